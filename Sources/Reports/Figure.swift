import Foundation

/// A chart with the tables that it is made from and the words around it.
public struct Figure: Sendable {
  /// Its name, for files and for the page: small letters, digits and hyphens.
  public var name: String
  /// What is seen in it, in a few words.
  public var title: String
  /// How it is to be read.
  public var caption: String
  /// What it is made from. The first is the one that it is about.
  public var tables: [Table]
  /// Its height without axes and words, in pixels.
  var height = 280.0
  /// Its marks in the colours of a theme.
  var layers: @Sendable (Theme) -> [Specification.Layer]

  /// The width of a figure that stands by itself, in pixels.
  static let width = 640.0
  /// As many letters of a caption are about as wide.
  private static let captionWidth = 116

  /// The chart by itself, with its data.
  ///
  /// - Parameter isTitled: Whether it says what is seen in it, as it must where nothing around it does.
  public func specification(_ theme: Theme, isTitled: Bool = true) -> Specification {
    var specification = bareSpecification(theme)
    specification.width = .pixels(Self.width)
    specification.title =
      isTitled ? .init(text: title, subtitle: caption.wrapped(to: Self.captionWidth)) : nil
    specification.datasets = datasets
    return specification
  }

  /// The chart as a page shows it: as wide as its place, without the words and data that the page has.
  func bareSpecification(_ theme: Theme) -> Specification {
    Specification(
      description: "\(title). \(caption)",
      width: .container,
      height: height,
      background: theme.background,
      layer: layers(theme),
      config: theme.configuration
    )
  }

  /// The tables' rows by the tables' names.
  var datasets: [String: [Table.Object]] {
    Dictionary(tables.map { ($0.name, $0.objects) }) { first, _ in first }
  }

  /// The files of comma-separated values behind the chart, by name.
  public var csvFiles: [(name: String, text: String)] {
    tables.enumerated().map { index, table in
      (name: index == 0 ? "\(name).csv" : "\(name)-\(table.name).csv", text: table.csv)
    }
  }
}

extension Encodable {
  /// The value as JSON with its keys in order.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  public func sortedJSON() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
