import FreezeOut

/// One side of a comparison of freezing with not freezing.
public enum Arm: String, CaseIterable, Hashable, Sendable, Codable {
  /// Nothing freezes.
  case baseline
  /// What is asked about, in as many epochs as the baseline.
  case freezeOut = "freezeout"
  /// Freezing for as long as the baseline takes, by what was measured beforehand.
  case constantTime = "freezeout-constant-time"
  /// Nothing freezes, and the run is as short as the freezing one was, its rate annealed to zero in
  /// that time: what freezing has to beat.
  case shortenedBaseline = "baseline-shortened"

  /// What a person calls it.
  public var name: String {
    switch self {
    case .baseline: "baseline"
    case .freezeOut: "FreezeOut"
    case .constantTime: "FreezeOut at constant time"
    case .shortenedBaseline: "baseline in FreezeOut's time"
    }
  }

  /// The order in which the arms of a seed run: the two that are compared by time change places from
  /// seed to seed, so that a machine that slows down slows both.
  public static func order(ofSeed seed: Int) -> [Arm] {
    seed.isMultiple(of: 2)
      ? [.baseline, .freezeOut, .constantTime, .shortenedBaseline]
      : [.freezeOut, .baseline, .constantTime, .shortenedBaseline]
  }
}

/// What a run of an arm came to.
public struct ArmResult: Hashable, Sendable, Codable {
  /// The arm.
  public var arm: Arm
  /// The seed of the run.
  public var seed: UInt64
  /// The misclassified share at the end, in percent.
  public var errorPercent: Double
  /// The duration of training, in seconds.
  public var trainSeconds: Double
  /// The same as predicted before the run; nil where nothing was measured.
  public var predictedSeconds: Double?
  /// The length in iterations.
  public var iterations: Int
  /// How many images the error is of; nil where that is not known.
  public var evaluationImageCount: Int?
  /// Whether frozen layers could run beside the training step, on a core that it leaves idle; nil where
  /// that is not known.
  public var usesSpareCore: Bool?
  /// The share of the time of the baseline that it is held against; nil for that of its seed among the
  /// results.
  public var saving: Double?

  /// Collects the figures.
  public init(
    arm: Arm,
    seed: UInt64,
    errorPercent: Double,
    trainSeconds: Double,
    predictedSeconds: Double?,
    iterations: Int,
    evaluationImageCount: Int? = nil,
    usesSpareCore: Bool? = nil,
    saving: Double? = nil
  ) {
    self.arm = arm
    self.seed = seed
    self.errorPercent = errorPercent
    self.trainSeconds = trainSeconds
    self.predictedSeconds = predictedSeconds
    self.iterations = iterations
    self.evaluationImageCount = evaluationImageCount
    self.usesSpareCore = usesSpareCore
    self.saving = saving
  }
}

extension RunConfiguration {
  /// The run of an arm.
  ///
  /// - Parameters:
  ///   - costs: What was measured before the comparison.
  ///   - cacheCosts: What was measured of keeping features; nil where none are kept.
  ///   - trainImageCount: The number of images of an epoch.
  ///   - finished: The results of the same seed so far; the shortened baseline needs the baseline's
  ///     and FreezeOut's.
  /// - Throws: `TrainingError.setting` for a configuration that freezes nothing, and for a shortened
  ///   baseline before the two others.
  public func configuration(
    of arm: Arm,
    costs: MeasuredCosts,
    cacheCosts: CacheCosts? = nil,
    trainImageCount: Int,
    finished: [ArmResult]
  ) throws -> RunConfiguration {
    var baseline = self
    baseline.freezing = nil
    (baseline.views, baseline.redrawsViews, baseline.caching) = (nil, false, nil)
    switch arm {
    case .baseline: return baseline
    case .freezeOut: return self
    case .constantTime:
      return try atConstantTime(
        costs: costs,
        cacheCosts: cacheCosts,
        trainImageCount: trainImageCount
      )
    case .shortenedBaseline:
      guard let whole = finished.first(where: { $0.arm == .baseline }),
        let frozen = finished.first(where: { $0.arm == .freezeOut })
      else {
        throw TrainingError.setting(
          "the shortened baseline",
          "first",
          remedy: "run the baseline and FreezeOut before it"
        )
      }
      // Both come from files of earlier runs, perhaps.
      let length = Double(whole.iterations) * frozen.trainSeconds / whole.trainSeconds
      guard (0..<1e9).contains(length) else {
        throw TrainingError.setting(
          "the length of the shortened baseline",
          "\(length) iterations",
          remedy: "start the comparison anew with another --output"
        )
      }
      return baseline.lasting(
        iterations: max(1, Int(length)),
        iterationsPerEpoch: iterationsPerEpoch(trainImageCount: trainImageCount)
      )
    }
  }
}
