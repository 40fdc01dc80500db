extension Table {
  /// The table as comma-separated values (RFC 4180, with line feeds): a heading and a line a row.
  public var csv: String {
    let lines = [columns.map(Self.quoted)] + rows.map { $0.map(Self.word) }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  private static func word(_ cell: Cell) -> String {
    switch cell {
    case .number(let number) where number.isFinite: digits(number)
    case .number, .empty: ""
    case .text(let text): quoted(text)
    }
  }

  /// The shortest digits that are this number; a whole one without a point.
  private static func digits(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }

  private static func quoted(_ text: String) -> String {
    // By scalars: a carriage return and a line feed are one character.
    let needsQuotes = text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
