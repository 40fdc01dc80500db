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

  /// Sums up.
  public init(_ results: [ArmResult]) {
    rows = Arm.allCases.compactMap { Row($0, results) }
    verdict = Verdict(results).sentence
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
    saving = pairs.map { 1 - $0.trainSeconds / $1.trainSeconds }.mean
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

/// Whether freezing beat the baseline that had as much time.
private struct Verdict {
  let sentence: String

  /// Below this, a saving is less than two runs of the same settings differ by.
  private static let leastSaving = 0.03

  init(_ results: [ArmResult]) {
    func runs(_ arm: Arm) -> [ArmResult] { results.filter { $0.arm == arm } }
    let savings = runs(.freezeOut).paired(with: runs(.baseline)).map {
      1 - $0.trainSeconds / $1.trainSeconds
    }
    let differences = runs(.freezeOut).paired(with: runs(.shortenedBaseline)).map {
      $0.errorPercent - $1.errorPercent
    }
    guard !savings.isEmpty, !differences.isEmpty else {
      sentence = "Not all arms have a run yet: there is nothing to say."
      return
    }
    let saving = (savings.mean * 1000).rounded() / 10
    let start = "Freezing saved \(saving) % of the time"
    guard savings.mean >= Self.leastSaving else {
      sentence = start + ", less than runs differ by: it was not worth it here."
      return
    }
    let difference = differences.mean
    let size = Self.word(abs(difference))
    let comparison =
      "and ended at \(size) points \(difference < 0 ? "less" : "more") error than a baseline that had "
      + "as much time"
    guard let margin = differences.confidenceMargin else {
      sentence =
        "\(start) \(comparison); one seed cannot tell that from chance: use --seeds 3 or more."
      return
    }
    let judgement =
      if difference < -margin { "it was worth it here" } else if difference > margin {
        "it was not worth it here, a shorter baseline is better"
      } else {
        "\(differences.count) seeds cannot tell that from chance, so that it is not shown to be worth it"
      }
    sentence = "\(start) \(comparison) (+-\(Self.word(margin)), 95 %): \(judgement)."
  }

  private static func word(_ number: Double) -> String {
    "\((number * 100).rounded() / 100)"
  }
}

extension [ArmResult] {
  /// The runs with those of another arm of the same seed.
  fileprivate func paired(with others: [ArmResult]) -> [(ArmResult, ArmResult)] {
    compactMap { run in
      others.first { $0.seed == run.seed }.map { (run, $0) }
    }
  }
}

extension [Double] {
  /// The sum by the count; not a number of none.
  var mean: Double {
    reduce(0, +) / Double(count)
  }

  /// The standard deviation of what these are a sample of; nil of fewer than two.
  var standardDeviation: Double? {
    guard count > 1 else { return nil }
    let mean = mean
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
  }

  /// Half the width of the interval that holds the mean of what these are a sample of with 95 %,
  /// by Student's distribution; nil of fewer than two.
  var confidenceMargin: Double? {
    standardDeviation.map { deviation in
      let degrees = count - 1
      let quantile = degrees <= Self.quantiles.count ? Self.quantiles[degrees - 1] : 2.09
      return quantile * deviation / Double(count).squareRoot()
    }
  }

  /// Student's two-sided quantiles at 95 % by degrees of freedom, from 1. Further ones are below the
  /// last, 2.09.
  private static let quantiles = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
  ]
}
