import Torch

extension StepBenchmark {
  /// So many steps, or passes of the frozen layers, go to a device one behind the other, as in a run: by itself each would
  /// have the way to the device and back in it.
  private static let rowLength = 10

  /// Why steps or the frozen layers could not be recorded and are made operation by operation; nil where that did not
  /// happen.
  public var recordingFailure: String? { learner.recordingFailure ?? prefix.failure }

  /// The mean of a row of steps, each begun before the loss of the one before is read.
  func deviceSteps() throws -> Sample {
    let prefix = try prefixSeconds()
    let seconds = try rowSeconds(features)
    var stopwatch = Stopwatch()
    _ = try batches.batch(epoch: learner.iteration, index: 0)
    try device.finishWork()
    return Sample(seconds: seconds, prefix: prefix, batch: stopwatch.lap())
  }

  /// What a step takes in a row of them.
  func rowSeconds(_ features: () throws -> Tensor) throws -> Double {
    try device.finishWork()
    var stopwatch = Stopwatch()
    var open: BegunStep?
    for _ in 0..<Self.rowLength {
      let begun = try learner.begin(labels: labels, share: 1, features: features)
      if let open { _ = try learner.loss(of: open) }
      open = begun
    }
    if let open { _ = try learner.loss(of: open) }
    try device.finishWork()
    return stopwatch.lap() / Double(Self.rowLength)
  }

  /// What a pass of the frozen layers takes by itself; on a device that works on its own the mean of a row.
  func prefixSeconds() throws -> Double {
    let count = learner.deviceStep == nil ? 1 : Self.rowLength
    try device.finishWork()
    var stopwatch = Stopwatch()
    for _ in 0..<count { _ = try features() }
    try device.finishWork()
    return stopwatch.lap() / Double(count)
  }

  private func features() throws -> Tensor {
    try prefix.features(of: images, from: 0, by: learner.prefix)
  }
}
