import Foundation
import Reports
import Training

/// What `freezeout sweep` prints.
struct SweepReport: Encodable {
  var summary: SweepSummary
  var results: [SweepResult]

  /// The table, and what can be said of it.
  var lines: [String] {
    var table = TextTable([
      ("", .left), ("rates", .left), ("t0", .left), ("error", .right), ("", .left),
      ("training", .right), ("saved", .right), ("predicted", .right), ("seeds", .right),
    ])
    for row in summary.rows {
      let freezing = row.point.freezing
      table.append([
        freezing?.growth.rawValue ?? "baseline", freezing?.scaling ?? "",
        freezing.map { "\($0.firstFreeze)" } ?? "", "\(row.errorMean.fixed(2)) %",
        row.errorDeviation.map { "+- \($0.fixed(2))" } ?? "", row.secondsMean.asDuration,
        freezing == nil ? "" : share(row.saving), freezing == nil ? "" : share(row.predictedSaving),
        "\(row.runCount)",
      ])
    }
    return table.lines + ["(means over the seeds; +- is the standard deviation)", ""]
      + summary.sentences.joined(separator: " ").wrapped(to: Self.width)
      + (summary.caution?.wrapped(to: Self.width) ?? [])
  }

  /// The columns of what goes into a file as well as onto a terminal.
  private static let width = 80

  private func share(_ share: Double?) -> String {
    share.map { "\(($0 * 100).fixed(1)) %" } ?? ""
  }

  /// Everything as an object.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
