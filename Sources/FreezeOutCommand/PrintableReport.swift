import Foundation
import Reports

/// What a command prints as a table, or with `--json` as an object.
protocol PrintableReport: Encodable {
  /// The table, and what can be said of it.
  var lines: [String] { get }
}

extension PrintableReport {
  /// The columns of what goes into a file as well as onto a terminal.
  static var width: Int { 80 }

  /// Everything as an object.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
