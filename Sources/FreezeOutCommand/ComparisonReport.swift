import Foundation
import Reports
import Training

/// What `freezeout compare` prints.
struct ComparisonReport: PrintableReport {
  var summary: ComparisonSummary
  var results: [ArmResult]

  /// The table, and the sentence that says whether freezing was worth it.
  var lines: [String] {
    var table = TextTable([
      ("", .left), ("error", .right), ("", .left), ("training", .right), ("saved", .right),
      ("predicted", .right),
    ])
    for row in summary.rows {
      table.append([
        row.arm.name, "\(row.errorMean.fixed(2)) %",
        row.errorDeviation.map { "+- \($0.fixed(2))" } ?? "", row.secondsMean.asDuration,
        row.saving?.percent ?? "", row.predictedSaving?.percent ?? "",
      ])
    }
    let runCount = summary.rows.map(\.runCount).max() ?? 0
    let seeds = runCount == 1 ? "1 seed" : "\(runCount) seeds, mean and standard deviation"
    return table.lines + ["(\(seeds))", ""]
      + [summary.verdict, summary.caution].compactMap { $0 }.flatMap { $0.wrapped(to: Self.width) }
  }
}
