/// What the runs of a comparison say together.
public struct ComparisonSummary: Sendable, Encodable {
  /// An arm over its seeds.
  public struct Row: Hashable, Sendable, Encodable {
    /// The arm.
    public var arm: Arm
    /// The number of its runs.
    public var runCount: Int
    /// The mean of the misclassified share, in percent.
    public var errorMean: Double
    /// Its standard deviation from run to run; nil for a single run.
    public var errorDeviation: Double?
    /// The mean duration of training, in seconds.
    public var secondsMean: Double
    /// The share of the baseline's time that was saved: the mean over the seeds, each by its own
    /// baseline. Nil without a baseline.
    public var saving: Double?
    /// The same as predicted.
    public var predictedSaving: Double?
    /// The error's change by the baseline's, as a share of the latter: the mean over the seeds.
    public var relativeErrorChange: Double?
  }

  /// An arm each, of those that have a run.
  public let rows: [Row]
  /// Whether freezing was worth it, in one sentence.
  public let verdict: String
  /// What makes the times of the arms less comparable; nil for nothing.
  public let caution: String?

  /// Sums up.
  public init(_ results: [ArmResult]) {
    rows = Arm.allCases.compactMap { Row($0, results) }
    caution = TimeCaution.sentence(
      jobs: 1,
      usesSpareCore: results.contains { $0.usesSpareCore == true }
    )
    verdict = ComparisonVerdict(results).sentence
  }
}

extension ComparisonSummary.Row {
  fileprivate init?(_ arm: Arm, _ results: [ArmResult]) {
    let runs = results.filter { $0.arm == arm }
    guard !runs.isEmpty else { return nil }
    self.arm = arm
    runCount = runs.count
    errorMean = runs.map(\.errorPercent).mean
    errorDeviation = runs.map(\.errorPercent).standardDeviation
    secondsMean = runs.map(\.trainSeconds).mean
    let pairs = runs.paired(with: results.filter { $0.arm == .baseline })
    guard !pairs.isEmpty else { return }
    saving = pairs.map { $0.saving ?? 1 - $0.trainSeconds / $1.trainSeconds }.mean
    let predicted = pairs.compactMap { run, baseline in
      if let seconds = run.predictedSeconds, let whole = baseline.predictedSeconds {
        1 - seconds / whole
      } else {
        nil
      }
    }
    predictedSaving = predicted.isEmpty ? nil : predicted.mean
    let changes = pairs.filter { $1.errorPercent > 0 }.map {
      $0.errorPercent / $1.errorPercent - 1
    }
    relativeErrorChange = changes.isEmpty ? nil : changes.mean
  }
}

extension [ArmResult] {
  /// The runs with those of another arm of the same seed.
  func paired(with others: [ArmResult]) -> [(ArmResult, ArmResult)] {
    compactMap { run in
      others.first { $0.seed == run.seed }.map { (run, $0) }
    }
  }
}
