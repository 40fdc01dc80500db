/// A look for light or for dark surroundings.
///
/// The colours of strategies are those of Okabe and Ito, "Color Universal Design" (jfly.uni-koeln.de/color,
/// 2008), which people of every kind of colour vision tell apart; each theme has those that stand out from
/// its background. Shapes and dashes say the same a second time. Depth in the network is viridis (van der
/// Walt and Smith 2015), which grows evenly in lightness, less the end that the background swallows.
public enum Theme: String, CaseIterable, Hashable, Sendable {
  /// Dark on white.
  case light
  /// Light on nearly black.
  case dark

  /// Behind everything.
  var background: String { self == .light ? "#ffffff" : "#0d1117" }
  /// Text.
  var ink: String { self == .light ? "#1f2328" : "#e6edf3" }
  /// Axes, and text that only accompanies.
  var quietInk: String { self == .light ? "#59636e" : "#9aa4af" }
  /// Lines of the grid.
  var grid: String { self == .light ? "#e4e8ec" : "#262d36" }
  /// What is compared with: the baseline, a run that froze nothing.
  var neutral: String { self == .light ? "#4a4f55" : "#c3cad1" }

  /// Colours for strategies, in the order in which they are given out.
  var strategyColors: [String] {
    switch self {
    case .light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
    case .dark: ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#f0e442"]
    }
  }

  /// Colours for the depth of a layer.
  var depthScheme: Scale.Scheme {
    .init(name: "viridis", extent: self == .light ? [0, 0.88] : [0.2, 1])
  }

  /// Shapes for strategies, in the same order.
  static let shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
  /// Dashes for strategies, in the same order; the first is a whole line.
  static let dashes: [[Double]] = [
    [1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 3],
  ]
}

extension Theme {
  /// What holds for every chart of the theme.
  struct Configuration: Hashable, Sendable, Encodable {
    struct AxisStyle: Hashable, Sendable, Encodable {
      var labelColor: String
      var titleColor: String
      var domainColor: String
      var tickColor: String
      var gridColor: String
      var labelFontSize = 11.0
      var titleFontSize = 12.0
      var titleFontWeight = "normal"
      var titlePadding = 8.0
      var labelOverlap = "greedy"
      /// How many pixels there are between two numbers at least; fewer stand in a narrow chart.
      var labelSeparation = 6.0
    }

    struct LegendStyle: Hashable, Sendable, Encodable {
      var labelColor: String
      var titleColor: String
      var orient = "top"
      var direction = "horizontal"
      var columns = 2
      var labelFontSize = 12.0
      var labelLimit = 420.0
      var titleFontWeight = "normal"
      var symbolSize = 90.0
      var symbolStrokeWidth = 2.0
      /// Of a mark that lets others shine through the key shows the whole colour.
      var symbolOpacity = 1.0
      var layout = Layout()
      var rowPadding = 3.0
      var columnPadding = 18.0
    }

    /// Keys above a chart stand one above the other.
    struct Layout: Hashable, Sendable, Encodable {
      struct Place: Hashable, Sendable, Encodable {
        var direction = "vertical"
        var anchor = "start"
        var margin = 4.0
      }
      var top = Place()
    }

    struct TitleStyle: Hashable, Sendable, Encodable {
      var color: String
      var subtitleColor: String
      var anchor = "start"
      var fontSize = 14.0
      var subtitleFontSize = 12.0
      var offset = 12.0
    }

    struct TextStyle: Hashable, Sendable, Encodable {
      var color: String
      var fontSize = 11.0
    }

    struct ViewStyle: Hashable, Sendable, Encodable {
      var stroke: String?
      private enum CodingKeys: CodingKey { case stroke }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stroke, forKey: .stroke)
      }
    }

    var font = "Helvetica, Arial, sans-serif"
    var axis: AxisStyle
    var legend: LegendStyle
    var title: TitleStyle
    var text: TextStyle
    var view = ViewStyle()
  }

  var configuration: Configuration {
    Configuration(
      axis: .init(
        labelColor: quietInk,
        titleColor: quietInk,
        domainColor: quietInk,
        tickColor: quietInk,
        gridColor: grid
      ),
      legend: .init(labelColor: ink, titleColor: quietInk),
      title: .init(color: ink, subtitleColor: quietInk),
      text: .init(color: ink)
    )
  }
}
