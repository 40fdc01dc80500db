/// Rows of words in columns that are as wide as their widest word.
struct TextTable {
  /// How the words of a column stand.
  enum Alignment {
    case left, right
  }

  private let alignments: [Alignment]
  private var rows: [[String]]

  /// A table of a heading alone.
  init(_ columns: [(heading: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map(\.heading)]
  }

  /// Adds a row with a word for each column.
  mutating func append(_ row: [String]) {
    rows.append(row)
  }

  /// The heading and the rows.
  var lines: [String] {
    let widths = alignments.indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      let words = row.indices.map { column in
        switch alignments[column] {
        case .left: row[column].filled(to: widths[column])
        case .right: row[column].padded(to: widths[column])
        }
      }
      let line = words.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
