/// What a chart is made from: rows of values under named columns. The chart reads it and the CSV beside
/// the chart is it, so that both say the same.
public struct Table: Hashable, Sendable {
  /// One value.
  public enum Cell: Hashable, Sendable {
    /// A number; one that is not finite counts as no value.
    case number(Double)
    /// A word.
    case text(String)
    /// No value.
    case empty

    /// A number, or no value.
    static func optional(_ number: Double?) -> Cell { number.map(Cell.number) ?? .empty }

    /// A whole number.
    static func count(_ number: Int) -> Cell { .number(Double(number)) }
  }

  /// What the chart calls it.
  public var name: String
  /// The names of the columns, each a word in camel case.
  public var columns: [String]
  /// The rows, with a cell for each column.
  public var rows: [[Cell]]

  /// A table of the rows.
  public init(_ name: String, columns: [String], rows: [[Cell]]) {
    self.name = name
    self.columns = columns
    self.rows = rows
  }
}

// MARK: - As a chart reads it

extension Table {
  /// The rows as objects, as Vega-Lite takes them.
  var objects: [Object] {
    rows.map { Object(columns: columns, cells: $0) }
  }

  /// One row with the columns as keys.
  struct Object: Hashable, Sendable, Encodable {
    let columns: [String]
    let cells: [Cell]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      for (column, cell) in zip(columns, cells) {
        let key = Name(column)
        switch cell {
        case .number(let number) where number.isFinite: try container.encode(number, forKey: key)
        case .number, .empty: try container.encodeNil(forKey: key)
        case .text(let text): try container.encode(text, forKey: key)
        }
      }
    }
  }
}

/// A key of an object whose keys are known when the program runs.
struct Name: CodingKey {
  let stringValue: String
  let intValue: Int? = nil

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
