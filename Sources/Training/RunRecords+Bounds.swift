import FreezeOut

// What bounds the records of a run, whether they come from a checkpoint or from its log.

extension Schedule {
  /// The iterations that are made when an epoch ends: the last one may end within itself, with the run.
  ///
  /// - Parameter epoch: From 1.
  package func end(ofEpoch epoch: Int, iterationsPerEpoch: Int) -> Int {
    min(epoch * iterationsPerEpoch, iterations)
  }
}

extension Double {
  /// Whether it can be a duration in seconds: up to thirty years, so that sums of durations stay numbers.
  package var isDuration: Bool { (0...1e9).contains(self) }
}

extension RunRecord {
  /// What of its measurements no run can have measured, as a part of a sentence; nil for nothing.
  package var implausibility: String? {
    switch self {
    case .epoch(let record): record.implausibility
    case .freeze(let record):
      Self.implausibility(ofSeconds: [record.trainSeconds, record.recordingSeconds ?? 0])
    }
  }

  fileprivate static func implausibility(ofSeconds durations: [Double]) -> String? {
    durations.first { !$0.isDuration }.map { "something took \($0) s" }
  }
}

extension EpochRecord {
  fileprivate var implausibility: String? {
    guard trainLoss.isFinite, evaluationLoss?.isFinite ?? true else { return "a loss is no number" }
    guard (0...100).contains(evaluationError ?? 0) else {
      return "an error of \(evaluationError ?? 0) %"
    }
    guard imagesPerSecond >= 0, imagesPerSecond.isFinite else {
      return "\(imagesPerSecond) images a second"
    }
    return RunRecord.implausibility(
      ofSeconds: [
        trainSeconds, evaluationSeconds, dataSeconds, recordingSeconds ?? 0, idleSeconds ?? 0,
      ]
    )
  }
}
