import FreezeOut

/// What the runs of a sweep say together.
public struct SweepSummary: Sendable, Encodable {
  /// A way to freeze over its seeds.
  public struct Row: Hashable, Sendable, Encodable {
    /// How it freezes.
    public var point: SweepPoint
    /// The number of its runs.
    public var runCount: Int
    /// The mean of the misclassified share, in percent.
    public var errorMean: Double
    /// Its standard deviation from run to run; nil for a single run.
    public var errorDeviation: Double?
    /// The mean duration of training, in seconds.
    public var secondsMean: Double
    /// The share of the baseline's time that was saved: the mean over the seeds, each by its own
    /// baseline. Nil without one.
    public var saving: Double?
    /// The mean share saved by the pace of each run's own iterations before its first freeze.
    public var savingByOwnPace: Double?
    /// What was predicted to be saved.
    public var predictedSaving: Double?
  }

  /// The baseline, then the strategies, each from the earliest first freeze.
  public let rows: [Row]
  /// What came out, a sentence each.
  public let sentences: [String]

  /// What makes the times of the runs less comparable; nil for nothing.
  public let caution: String?

  /// Sums up.
  ///
  /// - Parameters:
  ///   - jobs: How many of the runs went on at a time.
  ///   - hasSeedsOption: Whether who reads the sentences can ask for more seeds by `--seeds`.
  public init(_ results: [SweepResult], jobs: Int = 1, hasSeedsOption: Bool = true) {
    caution = TimeCaution.sentence(
      jobs: jobs,
      usesSpareCore: results.contains { $0.usesSpareCore == true }
    )
    let groups = Dictionary(grouping: results, by: \.point)
    let baselines = groups[.baseline] ?? []
    rows = groups.map { Row($0, $1, baselines: baselines) }.sorted {
      $0.point.place.lexicographicallyPrecedes($1.point.place)
    }
    let errors = rows.map { row in (groups[row.point] ?? []).map(\.errorPercent) }
    sentences = SweepFinding(rows, errors, hasSeedsOption: hasSeedsOption).sentences
  }
}

extension SweepSummary.Row {
  fileprivate init(_ point: SweepPoint, _ runs: [SweepResult], baselines: [SweepResult]) {
    self.point = point
    runCount = runs.count
    errorMean = runs.map(\.errorPercent).mean
    errorDeviation = runs.map(\.errorPercent).standardDeviation
    secondsMean = runs.map(\.trainSeconds).mean
    let pairs = runs.compactMap { run in
      baselines.first { $0.seed == run.seed }.map { (run, $0) }
    }
    saving = pairs.map { $0.saving ?? 1 - $0.trainSeconds / $1.trainSeconds }.meanOrNil
    savingByOwnPace = runs.compactMap(\.savingByOwnPace).meanOrNil
    predictedSaving =
      pairs.compactMap { run, baseline in
        guard let seconds = run.predictedSeconds, let whole = baseline.predictedSeconds else {
          return nil
        }
        return 1 - seconds / whole
      }.meanOrNil
  }
}

extension SweepPoint {
  /// What it is sorted by in a table.
  fileprivate var place: [Double] {
    guard let freezing else { return [0] }
    let growth = Growth.allCases.firstIndex(of: freezing.growth) ?? 0
    return [Double(growth + 1), freezing.scalesLearningRates ? 0 : 1, freezing.firstFreeze]
  }
}

extension [Double] {
  fileprivate var meanOrNil: Double? { isEmpty ? nil : mean }
}
