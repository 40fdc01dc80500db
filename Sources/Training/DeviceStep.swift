import Models
import Torch
import TorchNN

/// Training steps on a device that works on its own, as a GPU: all of a step is given to its queue, and so is the next
/// one, if there is one, before the loss is read.
///
/// Between two freeze events nothing about a step changes but its batch, its learning rates and the numbers of dropout.
/// They lie in memory of the device, so that a stage of the run is one piece of work: its first step is made operation
/// by operation, recorded, and then repeated. The numbers are the same either way.
final class DeviceStep {
  /// What steps are given to.
  let queue: WorkQueue
  /// How long recording took within the step begun last; nil where nothing was recorded in it.
  private(set) var recordingSeconds: Double?
  /// Why a step could not be recorded, after which none is any more; nil while that did not happen.
  private(set) var recordingFailure: String?
  /// The most bytes of the device that a step of the present stage had; nil where they are not counted.
  private(set) var peakBytes: Int?

  private let network: Network
  private let optimizer: StochasticGradientDescent
  private let joint: JointTraining?
  private let generator: Generator
  private let steps: DeviceSteps
  /// `[stages]`
  private let learningRates: Tensor
  /// 1 after a loss that was not finite, with which no weight moves any more.
  private let hasDiverged: Tensor
  private var recorded: RecordedStep?

  /// - Parameters:
  ///   - generator: Dropout's.
  /// - Throws: `TorchError`
  init(
    _ network: Network,
    _ optimizer: StochasticGradientDescent,
    _ generator: Generator,
    on device: Device,
    joint: JointTraining?,
    _ steps: DeviceSteps
  ) throws {
    self.network = network
    self.optimizer = optimizer
    self.joint = joint
    self.generator = generator
    self.steps = steps
    queue = try WorkQueue(on: device)
    learningRates = try .full([network.stages.count], value: 0, device: device)
    hasDiverged = try .full([1], value: 0, device: device)
  }

  deinit {
    // A communicator waits at its end for the recordings that sum by it, and `joint` would be the first to go.
    recorded = nil
  }

  /// Hands a step over. From the first loss on that is not finite, no step moves a weight.
  ///
  /// - Returns: The loss of the whole batch.
  /// - Throws: `TorchError`, `ProcessGroupError`
  func begin(
    features: Tensor,
    labels: Tensor,
    frozenCount: Int,
    learningRates rates: [Double?],
    share: Double
  ) throws -> LateNumber {
    recordingSeconds = nil
    return try queue.run {
      try learningRates.assign(numbers: rates.map { Float($0 ?? 0) })
      if let recorded, try recorded.fits(features, share: share) {
        return try recorded.run(features: features, labels: labels)
      }
      // What was recorded, evaluated or frozen meanwhile is no part of a step.
      _ = try queue.device.takePeakBytes()
      let loss = try LateNumber(of: enqueue(features, labels, frozenCount, share))
      if let bytes = try queue.device.takePeakBytes() { peakBytes = max(peakBytes ?? 0, bytes) }
      // The last batch of an epoch may be smaller: the others are what is worth it.
      let isLargest = recorded.map { $0.wholeCount < features.wholeCount(share) } ?? true
      if steps == .recorded, isLargest, recordingFailure == nil, try loss.value().isFinite {
        try record(like: features, labels, frozenCount, share)
      }
      return loss
    }
  }

  /// Lets weights move again after a loss that was not finite.
  ///
  /// - Throws: `TorchError`
  func forgetDivergence() throws {
    try queue.run { try hasDiverged.assign(numbers: [0]) }
  }

  /// Forgets the step of a stage that has ended, with its memory.
  func endStage() {
    (recorded, peakBytes) = (nil, nil)
  }

  /// Gives the queue one step: forward, backward, and the move of the weights unless the loss is not finite.
  ///
  /// - Returns: The loss of the whole batch, one element that is not there yet.
  private func enqueue(
    _ features: Tensor,
    _ labels: Tensor,
    _ frozenCount: Int,
    _ share: Double
  ) throws -> Tensor {
    let own =
      try network
      .logProbabilities(
        ofFeatures: features,
        frozenCount: frozenCount,
        mode: .training(generator, statistics: joint?.statistics)
      )
      .negativeLogLikelihood(labels: labels)
    let loss = try withoutGradients {
      try joint?.wholeLoss(own.detached(), share: share) ?? own.detached()
    }
    try hasDiverged.flagLackOfFiniteness(of: loss)
    if let joint {
      try joint.backward(own, share: share, frozenCount: frozenCount)
    } else {
      try own.backward()
    }
    try optimizer.step(
      groups: frozenCount..<network.stages.count,
      learningRates: learningRates,
      unless: hasDiverged
    )
    return loss
  }

  /// Records the step that was just made, for batches of as many images. What cannot be recorded goes on operation by
  /// operation.
  ///
  /// - Throws: `ProcessGroupError`, `TorchError`
  private func record(
    like features: Tensor,
    _ labels: Tensor,
    _ frozenCount: Int,
    _ share: Double
  ) throws {
    recorded = nil
    var stopwatch = Stopwatch()
    // A recording has memory of its own, and does not take what the step before it left.
    if queue.device != .cpu { Runtime.returnFreedDeviceMemory() }
    do {
      recorded = try RecordedStep(
        like: features,
        labels,
        lossOf: try network.stages[frozenCount].state.parameters[0].parameter.value.scalarType,
        share: share,
        drawingFrom: generator
      ) { [unowned self] in try enqueue($0, $1, frozenCount, share) }
      recordingSeconds = stopwatch.lap()
    } catch {
      recordingFailure = "\(error)"
      // A backward pass that ended within itself has left some, to which the next one would add.
      try optimizer.releaseGradients(ofGroups: frozenCount..<network.stages.count)
    }
    // NCCL wants a sum to be recorded in all processes or in none.
    if let joint, try joint.isTrueAnywhere(recordingFailure != nil), recordingFailure == nil {
      recorded = nil
      recordingFailure = "another process could not"
    }
  }
}

extension Tensor {
  /// The images of a whole batch, of which these are so large a share.
  fileprivate func wholeCount(_ share: Double) -> Int {
    precondition(share > 0, "a step of no image")
    return Int((Double(shape[0]) / share).rounded())
  }
}

/// The recorded step of a stage, and the memory through which batches and losses come and go.
private final class RecordedStep {
  /// The images of the whole batch.
  let wholeCount: Int
  private let share: Double
  private let features: Tensor
  private let labels: Tensor
  private let loss: Tensor
  private let work: RecordedWork

  /// - Parameter step: Gives the queue the step of features and labels, and returns its loss.
  /// - Throws: `TorchError` for what cannot be recorded.
  init(
    like features: Tensor,
    _ labels: Tensor,
    lossOf scalarType: ScalarType,
    share: Double,
    drawingFrom generator: Generator,
    step: @escaping (Tensor, Tensor) throws -> Tensor
  ) throws {
    wholeCount = features.wholeCount(share)
    self.share = share
    let (ownFeatures, ownLabels) = try withoutGradients {
      (try features.copied(), try labels.copied())
    }
    let device = try features.device
    let loss = try Tensor.full([], value: 0, scalarType: scalarType, device: device)
    (self.features, self.labels, self.loss) = (ownFeatures, ownLabels, loss)
    work = try RecordedWork(on: device, drawingFrom: generator) {
      try loss.assign(step(ownFeatures, ownLabels))
    }
  }

  /// Whether it is the step of such a batch.
  func fits(_ features: Tensor, share: Double) throws -> Bool {
    try features.shape == self.features.shape && share == self.share
      && features.scalarType == self.features.scalarType
  }

  /// Hands the step of a batch over.
  func run(features: Tensor, labels: Tensor) throws -> LateNumber {
    try withoutGradients {
      try self.features.assign(features)
      try self.labels.assign(labels)
    }
    try work.run()
    return try LateNumber(of: loss)
  }
}
