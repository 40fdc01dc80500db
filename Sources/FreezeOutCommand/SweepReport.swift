import Foundation
import Reports
import Training

/// What `freezeout sweep` prints.
struct SweepReport: PrintableReport {
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
        freezing == nil ? "" : row.saving?.percent ?? "",
        freezing == nil ? "" : row.predictedSaving?.percent ?? "",
        "\(row.runCount)",
      ])
    }
    return table.lines + ["(means over the seeds; +- is the standard deviation)", ""]
      + summary.sentences.joined(separator: " ").wrapped(to: Self.width)
      + (summary.caution?.wrapped(to: Self.width) ?? [])
  }
}
