/// What a run of a sweep came to.
public struct SweepResult: Hashable, Sendable, Codable {
  /// How it froze.
  public var point: SweepPoint
  /// The seed of the run.
  public var seed: UInt64
  /// The misclassified share at the end, in percent.
  public var errorPercent: Double
  /// The duration of training, in seconds.
  public var trainSeconds: Double
  /// The same as predicted before the run; nil where nothing was measured.
  public var predictedSeconds: Double?
  /// The share of its time that freezing saved, by the run's own pace before its first freeze; nil
  /// where that has none.
  public var savingByOwnPace: Double?
  /// The length in iterations.
  public var iterations: Int
  /// Whether frozen layers could run beside the training step, on a core that it leaves idle; nil where
  /// that is not known.
  public var usesSpareCore: Bool?
  /// The share of the time of the baseline that it is held against; nil for that of its seed among the
  /// results.
  public var saving: Double?

  /// Collects the figures.
  public init(
    point: SweepPoint,
    seed: UInt64,
    errorPercent: Double,
    trainSeconds: Double,
    predictedSeconds: Double?,
    savingByOwnPace: Double?,
    iterations: Int,
    usesSpareCore: Bool? = nil,
    saving: Double? = nil
  ) {
    self.point = point
    self.seed = seed
    self.errorPercent = errorPercent
    self.trainSeconds = trainSeconds
    self.predictedSeconds = predictedSeconds
    self.savingByOwnPace = savingByOwnPace
    self.iterations = iterations
    self.usesSpareCore = usesSpareCore
    self.saving = saving
  }

  /// Whether these are figures of a run, as those of a file may not be.
  public var isPossible: Bool {
    (0...100).contains(errorPercent) && trainSeconds > 0 && trainSeconds.isFinite && iterations >= 1
      && (predictedSeconds ?? 1) > 0
  }
}
