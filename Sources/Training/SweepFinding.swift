/// What can be said of a sweep, and what cannot.
struct SweepFinding {
  private let rows: [SweepSummary.Row]
  /// The errors of each point's runs.
  private let errors: [[Double]]
  /// Whether `--seeds` gives more seeds.
  private let hasSeedsOption: Bool

  init(_ rows: [SweepSummary.Row], _ errors: [[Double]], hasSeedsOption: Bool) {
    self.rows = rows
    self.errors = errors
    self.hasSeedsOption = hasSeedsOption
  }

  private var baseline: SweepSummary.Row? { rows.first { $0.point == .baseline } }

  private var frozen: [SweepSummary.Row] { rows.filter { $0.point != .baseline } }

  /// The ways that took less time than the baseline.
  private var saving: [SweepSummary.Row] { frozen.filter { ($0.saving ?? 0) > 0 } }

  var sentences: [String] {
    guard let baseline else {
      return ["The baseline has no run yet: there is nothing to compare with."]
    }
    guard !frozen.isEmpty else { return ["Only the baseline has a run yet."] }
    guard let best = saving.min(by: { $0.errorMean < $1.errorMean }),
      let fastest = saving.max(by: { ($0.saving ?? 0) < ($1.saving ?? 0) })
    else { return [withoutSaving] }
    guard frozen.count > 1 else {
      return ["\(best.point.title) saved \(phrase(best, baseline)).", caution]
    }
    var sentences = [
      "Of the ways that saved time, \(best.point.title) had the least error: it saved "
        + "\(phrase(best, baseline))."
    ]
    if fastest.point != best.point {
      sentences.append("\(fastest.point.title) saved most: \(phrase(fastest, baseline)).")
    }
    sentences.append(caution)
    return sentences
  }

  /// What to say where nothing is known to have saved time.
  private var withoutSaving: String {
    let measured = frozen.filter { $0.saving != nil }
    guard !measured.isEmpty else {
      return "What was saved cannot be said: no seed has a run both with freezing and without."
    }
    if frozen.count == 1 { return "\(frozen[0].point.title) took no less time than the baseline." }
    return measured.count == frozen.count
      ? "None of the ways to freeze took less time than the baseline."
      : "None of the ways to freeze that have a seed in common with the baseline took less time than it."
  }

  private func phrase(_ row: SweepSummary.Row, _ baseline: SweepSummary.Row) -> String {
    let difference = row.errorMean - baseline.errorMean
    let size = Self.digits(abs(difference), 100)
    let error =
      abs(difference) < 0.005
      ? "the same error as" : "\(size) points \(difference < 0 ? "less" : "more") error than"
    return "\(Self.digits((row.saving ?? 0) * 100, 10)) % of the time, at \(error) the baseline's "
      + "\(Self.digits(baseline.errorMean, 100)) %"
  }

  /// How large a difference has to be to mean something: by Student's distribution, of two means with
  /// the standard deviation that all points have in common.
  private var caution: String {
    let samples = errors.filter { $0.count > 1 }
    guard let count = samples.map(\.count).min() else {
      let what = frozen.count == 1 ? "this difference" : "these differences"
      return "One seed cannot tell \(what) from chance"
        + (hasSeedsOption ? "; use --seeds 3 or more." : ".")
    }
    let degrees = samples.map { $0.count - 1 }.reduce(0, +)
    let squares = samples.map { sample in
      sample.reduce(0) { $0 + ($1 - sample.mean) * ($1 - sample.mean) }
    }
    let deviation = (squares.reduce(0, +) / Double(degrees)).squareRoot()
    let margin =
      [Double].quantile(degreesOfFreedom: degrees) * deviation
      * (2 / Double(count)).squareRoot()
    let single = rows.filter { $0.runCount == 1 }.map(\.point.title)
    return
      "\(frozen.count == 1 ? "Errors" : "Two of the errors") that differ by less than \(Self.digits(margin, 100)) points cannot be "
      + "told apart by \(count) seeds (at 95 % confidence)."
      + (single.isEmpty ? "" : " There is a single run of \(single.joined(separator: "; ")).")
  }

  private static func digits(_ number: Double, _ scale: Double) -> String {
    "\((number * scale).rounded() / scale)"
  }
}
