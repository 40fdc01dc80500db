import Datasets
import Models
import Torch
import TorchNN

/// A training step that was begun: made, or handed to a device that works on its own.
struct BegunStep {
  /// The iteration that it makes.
  let iteration: Int
  /// The mean loss of the batch, before the step: of the whole batch, where other processes have the rest.
  let loss: LateNumber
  /// What the frozen prefix made of the images, `[N, C, H, W]`.
  fileprivate let features: Tensor
  /// When the device begins with it; nil where none works on its own.
  fileprivate var beginning: TimedMark?
  /// When the device has ended it; nil where none works on its own.
  fileprivate(set) var end: TimedMark?

  /// How long the device had nothing to do since the end of another step, in seconds; nil where none works on its own.
  ///
  /// - Precondition: the losses of both are known.
  /// - Throws: `TorchError`
  func idleSeconds(since end: TimedMark) throws -> Double? {
    try beginning.map { max(0, try $0.seconds(since: end)) }
  }
}

extension Learner {
  /// Makes one iteration: freezes what is due, computes the loss of the batch, its gradients behind
  /// the frozen prefix, and moves the weights of the stages that are left.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, 32, 32]`, normalised.
  ///   - labels: `[N]` of `int64`.
  /// - Returns: The mean loss of the batch, before the step.
  /// - Precondition: `iteration` is before the schedule's end.
  /// - Throws: `TorchError`; `TrainingError.diverged` for a loss that is not finite, before any
  ///   weight or momentum moves; running statistics have moved.
  public func step(images: Tensor, labels: Tensor) throws -> Double {
    _ = try freezeDueStages()
    return try step(features: prefix.features(of: images), labels: labels)
  }

  /// Makes one iteration of the stages behind the frozen prefix.
  ///
  /// - Parameters:
  ///   - features: What the frozen prefix makes of the images, `[N, C, H, W]`.
  ///   - labels: `[N]` of `int64`.
  ///   - share: What part of the batch this is, where other processes have the rest.
  /// - Returns: The mean loss of the batch, before the step: of the whole batch, where other processes have the rest.
  /// - Precondition: `iteration` is before the schedule's end, and what is due at it is frozen.
  /// - Throws: As `step(images:labels:)`, and `ProcessGroupError`.
  public func step(features: Tensor, labels: Tensor, share: Double = 1) throws -> Double {
    try loss(of: begin(labels: labels, share: share) { features })
  }

  /// Begins one iteration of the stages behind the frozen prefix. Where a device works on its own the step is handed to
  /// it, behind the one before; elsewhere it is made.
  ///
  /// - Parameter features: What the frozen prefix makes of the images, `[N, C, H, W]`; computed as a part of the step.
  /// - Precondition: `iteration` is before the schedule's end, and what is due at it is frozen.
  /// - Throws: As `step(features:labels:share:)`, but the loss of a step that was handed over is not known yet.
  func begin(
    labels: Tensor,
    share: Double,
    features: () throws -> Tensor
  ) throws -> BegunStep {
    precondition(iteration < schedule.iterations, "a step at iteration \(iteration), the end")
    precondition(
      frozenCount == schedule.frozenCount(atIteration: iteration),
      "\(frozenCount) stages are frozen at iteration \(iteration)"
    )
    try reseedDropout()
    let step =
      try deviceStep.map { try handOver($0, features, labels, share) }
      ?? make(features(), labels, share)
    iteration += 1
    return step
  }

  /// Waits for the loss of a step. Steps are asked in the order in which they were begun.
  ///
  /// - Throws: `TrainingError.diverged` for a loss that is not finite. Neither that step nor any later one has moved a
  ///   weight or a momentum then, and the learner stands at its iteration. In several processes all have to ask.
  func loss(of step: BegunStep) throws -> Double {
    let value = try step.loss.value()
    guard !value.isFinite else { return value }
    iteration = step.iteration
    try deviceStep?.forgetDivergence()
    throw divergence(of: step, value, at: try firstLayerWithoutFiniteOutput(of: step.features))
  }

  /// Lets all processes know whether any of them wants to stop, where they have not learnt it with the loss.
  ///
  /// - Throws: `ProcessGroupError`
  func agreeOnStopping() throws {
    if deviceStep != nil { try joint?.agreeOnStopping() }
  }

  /// The error of a step whose loss is not finite.
  func divergence(of step: BegunStep, _ loss: Double, at layer: String? = nil) -> TrainingError {
    .diverged(iteration: step.iteration, loss: loss, layer: layer)
  }

  /// Makes the step where every operation has ended when it returns.
  private func make(_ features: Tensor, _ labels: Tensor, _ share: Double) throws -> BegunStep {
    var (stopwatch, seconds) = (Stopwatch(), StepSeconds())
    let loss =
      try network
      .logProbabilities(
        ofFeatures: features,
        frozenCount: frozenCount,
        mode: trainingMode
      )
      .negativeLogLikelihood(labels: labels)
    let value = try joint?.wholeLoss(loss.item(), share: share) ?? loss.item()
    let step = BegunStep(iteration: iteration, loss: LateNumber(value), features: features)
    _ = try self.loss(of: step)
    seconds.forward = stopwatch.lap()
    stepBytes = Runtime.allocatedBytes
    if let joint {
      try joint.backward(loss, share: share, frozenCount: frozenCount)
    } else {
      try loss.backward()
    }
    seconds.backward = stopwatch.lap()
    try optimizer.step(learningRates: schedule.learningRates(atIteration: iteration))
    seconds.optimizer = stopwatch.lap()
    stepSeconds = seconds
    return step
  }

  /// Hands the step to a device that works on its own.
  private func handOver(
    _ device: DeviceStep,
    _ features: () throws -> Tensor,
    _ labels: Tensor,
    _ share: Double
  ) throws -> BegunStep {
    let begin = try TimedMark(on: device.queue.device)
    let features = try features()
    let loss = try device.begin(
      features: features,
      labels: labels,
      frozenCount: frozenCount,
      learningRates: schedule.learningRates(atIteration: iteration),
      share: share
    )
    stepBytes = device.peakBytes
    let end = try TimedMark(on: device.queue.device)
    return BegunStep(
      iteration: iteration,
      loss: loss,
      features: features,
      beginning: begin,
      end: end
    )
  }

  /// How stages run that are trained.
  var trainingMode: Mode { .training(dropoutGenerator, statistics: joint?.statistics) }

  func reseedDropout() throws {
    let rank = UInt64(joint?.processes.rank ?? 0)
    var numbers = SeededGenerator(
      seed: dropoutSeed,
      purpose: .dropout,
      UInt64(iteration) | rank << 40
    )
    try dropoutGenerator.reseed(numbers.next())
  }
}
