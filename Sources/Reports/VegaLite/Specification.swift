/// A chart in the language Vega-Lite, version 6 (vega.github.io/vega-lite): layers that share axes, of
/// marks that tables determine. It holds what the charts of this package use and no more.
public struct Specification: Hashable, Sendable, Encodable {
  /// Marks of one kind, a mark for each row of a table.
  struct Layer: Hashable, Sendable, Encodable {
    /// Which table it is made from.
    struct Source: Hashable, Sendable, Encodable {
      var name: String
    }

    /// Rows that are taken: those with a number in a column.
    struct Selection: Hashable, Sendable, Encodable {
      struct Filter: Hashable, Sendable, Encodable {
        var field: String
        var equal: Double
      }

      var filter: Filter

      init(_ field: String, _ equal: Double) { filter = Filter(field: field, equal: equal) }
    }

    var data: Source
    var transform: [Selection]?
    var mark: Mark
    var encoding: Encoding

    init(_ table: Table, only selection: Selection? = nil, _ mark: Mark, _ encoding: Encoding) {
      data = Source(name: table.name)
      transform = selection.map { [$0] }
      self.mark = mark
      self.encoding = encoding
    }
  }

  /// How wide it is.
  enum Width: Hashable, Sendable, Encodable {
    /// As wide as its place on the page.
    case container
    case pixels(Double)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .container: try container.encode("container")
      case .pixels(let pixels): try container.encode(pixels)
      }
    }
  }

  /// The words above it.
  struct Title: Hashable, Sendable, Encodable {
    var text: String
    var subtitle: [String]?
  }

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case description, title, width, height, background, datasets, layer, config
  }

  let schema = "https://vega.github.io/schema/vega-lite/v6.json"
  /// What it shows, for who cannot see it.
  var description: String
  var title: Title?
  var width: Width
  var height: Double
  var background: String
  /// The tables by name; without, whoever renders it adds them.
  var datasets: [String: [Table.Object]]?
  var layer: [Layer]
  var config: Theme.Configuration
}
