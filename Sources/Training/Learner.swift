import Datasets
import FreezeOut
import Models
import Processes
import Torch
import TorchNN

/// A network in training: its weights and momenta, and the iteration at which they stand.
///
/// This is where the schedule and the tensors meet. How many stages are frozen follows from the
/// iteration alone, so that nothing has to be remembered, and a learner that starts at iteration n
/// is the one that got there.
public final class Learner {
  /// The network, whose weights each step moves.
  public let network: Network

  /// Learning rates and freeze events by iteration; a layer of it is a stage of the network.
  public let schedule: Schedule

  /// The number of steps that were made or handed over, which is the iteration of the next one.
  public internal(set) var iteration: Int

  /// The stages that have been taken out of training, as a part of the data's way to the rest.
  public private(set) var prefix = FrozenPrefix()

  /// What the parts of the last step took; nil where a device makes the whole of it on its own.
  public internal(set) var stepSeconds: StepSeconds?

  /// The bytes on the heap at the end of the last forward pass, when a step needs most, and on a GPU the most that its
  /// tensors had in a step of the present stage; nil where they are not counted.
  public internal(set) var stepBytes: Int?

  /// How long it took to record the present stage's step within the step begun last; nil where nothing was recorded in it.
  public var recordingSeconds: Double? { deviceStep?.recordingSeconds }

  /// Why steps could not be recorded and go on operation by operation; nil where that did not happen.
  public var recordingFailure: String? { deviceStep?.recordingFailure }

  /// The processes that it trains with; nil for alone.
  let joint: JointTraining?

  /// How a GPU makes steps; nil on the CPU.
  let deviceStep: DeviceStep?

  let optimizer: StochasticGradientDescent
  let dropoutSeed: UInt64
  let dropoutGenerator: Generator

  /// Begins at an iteration, without momenta.
  ///
  /// - Parameters:
  ///   - network: A network with as many stages as the schedule has layers.
  ///   - rule: The arithmetic of a step.
  ///   - seed: Where dropout's numbers come from. Each iteration has its own, so that they do not
  ///     depend on what ran before.
  ///   - iteration: The first iteration, 0 but where a later stage of a run is looked at.
  ///   - device: The device that holds the network.
  ///   - processes: The processes that train the same network together, all from the same seed; nil for alone.
  ///   - synchronizesBatchNorm: Whether a batch's statistics are those of all its images, whichever process has them.
  ///   - steps: How steps are made on a device that works on its own; nil for what suits the device: recorded on a GPU,
  ///     and on the CPU operation by operation, with a look at the loss before the backward pass.
  /// - Precondition: the schedule has as many layers as the network has stages.
  /// - Throws: `TorchError` when the device has no generator.
  public init(
    network: Network,
    schedule: Schedule,
    rule: GradientDescent,
    seed: UInt64,
    startingAt iteration: Int = 0,
    device: Device = .cpu,
    processes: ProcessGroup? = nil,
    synchronizesBatchNorm: Bool = false,
    steps: DeviceSteps? = nil
  ) throws {
    precondition(
      network.stages.count == schedule.layerCount,
      "a schedule of \(schedule.layerCount) layers for \(network.stages.count) stages"
    )
    self.network = network
    self.schedule = schedule
    self.iteration = iteration
    let optimizer = StochasticGradientDescent(groups: network.stages.map(\.state), rule: rule)
    let joint = try processes.map {
      try JointTraining(network, $0, on: device, synchronizesBatchNorm: synchronizesBatchNorm)
    }
    let generator = try Generator(seed: seed, device: device)
    (self.optimizer, self.joint, dropoutGenerator) = (optimizer, joint, generator)
    dropoutSeed = seed
    deviceStep = try (steps ?? .suited(to: device)).map { steps in
      try DeviceStep(network, optimizer, generator, on: device, joint: joint, steps)
    }
  }

  /// How many stages, from the first, have been taken out of training.
  public var frozenCount: Int { prefix.count }

  /// Whether stages freeze at this iteration.
  var isFreezeDue: Bool { schedule.frozenCount(atIteration: iteration) > frozenCount }

  /// Freezes the stages whose time has come at this iteration: they leave the optimizer with their
  /// momenta and gradients, for good.
  ///
  /// - Returns: The stages that froze; empty between two freeze events.
  /// - Throws: `TorchError` when gradients cannot be given back.
  public func freezeDueStages() throws -> Range<Int> {
    try freezeStages(upTo: schedule.frozenCount(atIteration: iteration))
  }

  /// Lets the stages from the frozen prefix's end to `end` leave the optimizer, and tells which.
  private func freezeStages(upTo end: Int) throws -> Range<Int> {
    let freezing = frozenCount..<end
    try prefix.append(network.stages[freezing], kernels: network.kernels)
    for stage in freezing {
      try optimizer.release(group: stage)
    }
    if !freezing.isEmpty { deviceStep?.endStage() }
    return freezing
  }
}

// MARK: - Saving and restoring

extension Learner {
  /// The weights, running statistics and momenta; they share memory with the learner.
  public var stateDictionary: StateDictionary {
    var tensors = StateDictionary(network.state).prefixed(Self.weightPrefix).tensors
    for (name, momentum) in optimizer.momenta {
      tensors[Self.momentumPrefix + name] = momentum
    }
    return StateDictionary(tensors)
  }

  /// Continues from a state that a learner of the same network and schedule had.
  ///
  /// - Parameter iteration: The number of steps that had been made, in `0...schedule.iterations`.
  /// - Precondition: this learner has made no step itself: what it froze cannot thaw.
  /// - Throws: `StateDictionaryError` when the state is not one of this network at this iteration;
  ///   the learner is then as it was.
  public func restore(_ state: StateDictionary, iteration: Int) throws {
    precondition((0...schedule.iterations).contains(iteration), "iteration \(iteration)")
    precondition(
      frozenCount == 0 && optimizer.momenta.isEmpty,
      "a state to continue from after \(self.iteration) steps"
    )
    // What froze during the last step's iteration is frozen; what is due next freezes with the
    // next.
    let frozen = iteration == 0 ? 0 : schedule.frozenCount(atIteration: iteration - 1)
    let momenta = state.under(Self.momentumPrefix)
    // Stages cannot be taken back into the optimizer, so that the momenta have to fit before.
    try momenta.load(into: freshMomenta(ofStages: iteration == 0 ? [] : network.stages[frozen...]))
    try state.under(Self.weightPrefix).load(into: network.state)
    _ = try freezeStages(upTo: frozen)
    if iteration > 0 {
      try optimizer.loadMomenta(momenta)
    }
    self.iteration = iteration
  }

  /// Tensors of the sizes of the stages' momenta, by their parameters' names.
  private func freshMomenta(
    ofStages stages: ArraySlice<PlacedStage>
  ) throws -> [(name: String, tensor: Tensor)] {
    guard optimizer.rule.momentum != 0 else { return [] }
    return try withoutGradients {
      try stages.flatMap(\.state.parameters).map { name, parameter in
        (name: name, tensor: try parameter.value.copied())
      }
    }
  }

  private static let weightPrefix = "weights/"
  private static let momentumPrefix = "momenta/"
}
