import Datasets
import FreezeOut
import Models
import Torch

/// An iteration that was begun and not told yet.
struct OpenIteration {
  let step: BegunStep
  let imageCount: Int
  /// Whether its batch's features were kept and had only to be read.
  let isReading: Bool
  let dataSeconds: Double
  let recordingSeconds: Double?
  let frozenCount: Int
  let freeze: FreezeRecord?
  /// The end of the step before it in its epoch; nil for the first one, and where no device works on its own.
  let before: TimedMark?
  /// What is to be told of it, once its loss has been read and is a part of the run's records.
  var report: Trainer.IterationReport?
}

// An iteration is begun, read, and told. Where a device works on its own the next one is begun before this one is read,
// so that the device has work meanwhile; an event or a checkpoint finds the run between two iterations all the same.

extension Trainer {
  func runEpoch(_ tell: (Event) throws -> Void) throws {
    let begun = progress.imageCount > 0 ? learner.iteration - 1 : learner.iteration
    let epoch = begun / iterationsPerEpoch
    let start = learner.iteration - epoch * iterationsPerEpoch
    let pipeline = pipeline
    try pipeline.freeze(learner.prefix)
    let first = epoch * iterationsPerEpoch
    let queue = try batches.batches(epoch: epoch, startingAt: start) { make, index in
      try pipeline.prepared(make, iteration: first + index)
    }
    var last: TimedMark?
    stopwatch = Stopwatch()
    var dataStopwatch = Stopwatch()
    while learner.iteration < learner.schedule.iterations, let prepared = try queue.next() {
      let dataSeconds = dataStopwatch.lap()
      last = try runIteration(prepared, dataSeconds: dataSeconds, after: last, tell)
      dataStopwatch = Stopwatch()
    }
    try endIteration(tell)
    try endEpoch(epoch + 1, report: tell)
  }

  /// Begins an iteration, and ends the one before it; ends it too, where nothing works on it meanwhile.
  ///
  /// - Parameter last: The end of the step before it in its epoch.
  /// - Returns: The end of its own.
  private func runIteration(
    _ prepared: PreparedBatch,
    dataSeconds: Double,
    after last: TimedMark?,
    _ tell: (Event) throws -> Void
  ) throws -> TimedMark? {
    // What freezes leaves memory that a step in work may use.
    if learner.isFreezeDue { try endIteration(tell) }
    var freeze = try freezeDueLayers()
    let batch = prepared.batch
    let step = try learner.begin(
      labels: batch.labels,
      share: Double(batch.count) / Double(batch.wholeCount)
    ) { try pipeline.features(prepared) }
    freeze?.stepBytesAfter = learner.stepBytes
    freeze?.recordingSeconds = learner.recordingSeconds
    let begun = OpenIteration(
      step: step,
      imageCount: batch.wholeCount,
      isReading: prepared.isRead,
      dataSeconds: dataSeconds,
      recordingSeconds: learner.recordingSeconds.adding(pipeline.takeRecordingSeconds()),
      frozenCount: learner.frozenCount,
      freeze: freeze,
      before: last
    )
    try endIteration(tell, next: begun)
    if step.loss.isKnown { try endIteration(tell) }
    return step.end
  }

  /// Reads and tells the iteration that is open, if there is one.
  ///
  /// - Parameter next: The one that was begun meanwhile.
  func endIteration(_ tell: (Event) throws -> Void, next: OpenIteration? = nil) throws {
    try readIteration()
    let ended = openIteration
    openIteration = next
    guard let ended, let report = ended.report else { return }
    do {
      try self.tell(ended, report, tell)
    } catch {
      // Until somebody goes on, time passes that is no training.
      try? settle()
      throw error
    }
    // To tell is no training, unless that went on meanwhile.
    if openIteration == nil || openIteration?.report != nil { stopwatch = Stopwatch() }
  }

  /// Reads the iteration that is open, in this process alone, so that the records and the weights are of the same one.
  ///
  /// - Throws: `TrainingError.diverged` for a loss that is not finite, and `TorchError`.
  func settle() throws {
    // The other processes go on meanwhile, and cannot help to find the layer.
    if let step = openIteration?.step, learner.joint != nil {
      let loss = try step.loss.value()
      guard loss.isFinite else { throw learner.divergence(of: step, loss) }
    }
    try readIteration()
  }

  /// Waits for the loss of the iteration that is open, which is a part of the run's records then.
  func readIteration() throws {
    guard let open = openIteration, open.report == nil else { return }
    let report = IterationReport(
      iterations: open.step.iteration + 1,
      loss: try learner.loss(of: open.step),
      imageCount: open.imageCount,
      seconds: stopwatch.lap(),
      dataSeconds: open.dataSeconds,
      recordingSeconds: open.recordingSeconds,
      idleSeconds: try open.before.flatMap { try open.step.idleSeconds(since: $0) },
      frozenCount: open.frozenCount,
      learningRate: learner.schedule.learningRate(
        ofLayer: learner.schedule.layerCount - 1,
        atIteration: open.step.iteration
      ) ?? 0
    )
    progress.add(report)
    lossCurve.add(report, of: learner.schedule.iterations, trainSeconds: trainSeconds)
    if let freeze = open.freeze { records.append(.freeze(freeze)) }
    openIteration?.report = report
  }

  private func tell(
    _ iteration: OpenIteration,
    _ report: IterationReport,
    _ tell: (Event) throws -> Void
  ) throws {
    try learner.agreeOnStopping()
    if let freeze = iteration.freeze { try tell(.freeze(freeze)) }
    try tellOfRecording(tell)
    let known = placement.choice
    placement.record(
      seconds: report.seconds,
      frozenCount: report.frozenCount,
      isReading: iteration.isReading
    )
    pipeline.place(ahead: placement.runsAhead)
    if let choice = placement.choice, choice != known { try tell(.placement(choice)) }
    try tell(.iteration(report))
  }

  /// Tells of what cannot be recorded, once of each.
  func tellOfRecording(_ tell: (Event) throws -> Void) throws {
    for (part, failure) in [
      (RecordedPart.steps, learner.recordingFailure),
      (.frozenLayers, pipeline.recordingFailure), (.evaluation, evaluationPass.failure),
    ] {
      guard let failure, toldOfRecording.insert(part).inserted else { continue }
      try tell(.recordingFailed(part, reason: failure))
    }
  }

  private func freezeDueLayers() throws -> FreezeRecord? {
    let layers = try learner.freezeDueStages()
    guard !layers.isEmpty else { return nil }
    try pipeline.freeze(learner.prefix)
    returnFreedMemory()
    return FreezeRecord(
      iteration: learner.iteration,
      epoch: learner.iteration / iterationsPerEpoch + 1,
      layers: learner.network.stages[layers].map(\.name),
      frozenCount: learner.frozenCount,
      trainSeconds: trainSeconds,
      stepBytesBefore: learner.stepBytes,
      reducedBytes: reducedBytes
    )
  }

  /// Gives back what the steps with more layers in training needed. The next step has its memory zeroed
  /// anew, some tenths of a second, so not after every freeze of a short run.
  private func returnFreedMemory() {
    if device != .cpu { Runtime.returnFreedDeviceMemory() }
    guard trainSeconds - lastReturnSeconds >= Self.secondsBetweenReturns else { return }
    lastReturnSeconds = trainSeconds
    Runtime.returnFreedMemory()
  }
}
