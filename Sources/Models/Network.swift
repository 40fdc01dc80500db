import FreezeOut
import Torch
import TorchNN

/// An image classifier as an ordered list of stages, of which a prefix may be frozen.
///
/// There are no flags: how many stages are frozen is an argument of the call. The frozen ones run
/// as a part of the data's way to the network, in inference mode and without a graph, so that they
/// cannot move, whatever mode the rest runs in.
public struct Network: Module {
  /// The layers in forward order, numbered as FreezeOut numbers them: `0...L`.
  public let stages: [PlacedStage]

  /// The number of classes K.
  public let classCount: Int

  /// The fewest images that a training batch may have: batch norm over one value has no variance.
  public let minimumBatchSize: Int

  /// What its layers are computed with.
  public let kernels: Kernels

  init(
    stages: [PlacedStage],
    classCount: Int,
    minimumBatchSize: Int = 1,
    kernels: Kernels = .libtorch
  ) {
    self.stages = stages
    self.classCount = classCount
    self.minimumBatchSize = minimumBatchSize
    self.kernels = kernels
  }

  /// The same layers, sharing their weights, computed with other kernels.
  func computed(with kernels: Kernels) -> Network {
    Network(
      stages: stages,
      classCount: classCount,
      minimumBatchSize: minimumBatchSize,
      kernels: kernels
    )
  }

  /// What its layers are computed with in training, for a person: the kernels' name, for how many layers
  /// there are fused ones, and the first few that go on with libtorch.
  public var kernelsDescription: String {
    guard case .fused = kernels else { return "\(kernels)" }
    let others = stages.filter { ($0.stage as? any FusibleStage)?.isFusedInTraining != true }
    let description =
      "\(kernels) for \(stages.count - others.count) of \(stages.count) layers"
    guard !others.isEmpty else { return description }
    let shown = others.prefix(3).map(\.name) + (others.count > 3 ? ["..."] : [])
    return "\(description), libtorch for \(shown.joined(separator: ", "))"
  }

  /// All parameters and buffers by the names that the published models have in PyTorch.
  public var state: ModuleState {
    var state = ModuleState(parameters: [:])
    for placed in stages {
      state.append(placed.state)
    }
    return state
  }

  /// The layers' costs, in order.
  public var costs: [LayerCost] {
    stages.map(\.cost)
  }

  /// Log-probabilities of images.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, 32, 32]`
  ///   - frozenCount: The number of stages that are frozen, from the first: `0...stages.count`.
  ///   - mode: How the other stages run.
  /// - Returns: `[N, K]`
  /// - Precondition: `frozenCount` is in `0...stages.count`.
  /// - Throws: `TorchError` for images of other sizes.
  public func callAsFunction(_ images: Tensor, frozenCount: Int = 0, mode: Mode) throws -> Tensor {
    let features = try frozenFeatures(of: images, frozenCount: frozenCount)
    return try logProbabilities(ofFeatures: features, frozenCount: frozenCount, mode: mode)
  }

  /// The output of the frozen prefix `stages[..<frozenCount]`, which depends on nothing that still
  /// moves: running statistics, no dropout, no graph.
  ///
  /// - Parameter images: `[N, 3, 32, 32]`
  /// - Returns: `[N, C, H, W]`; the images themselves when nothing is frozen.
  /// - Precondition: `frozenCount` is in `0...stages.count`.
  /// - Throws: `TorchError` for images of other sizes.
  public func frozenFeatures(of images: Tensor, frozenCount: Int) throws -> Tensor {
    requireStages(frozenCount)
    return try withoutGradients {
      try kernels.apply(stages[..<frozenCount].map(\.stage), to: images, mode: .inference)
    }
  }

  /// Runs the trainable suffix `stages[frozenCount...]`.
  ///
  /// - Parameter features: The output of `frozenFeatures(of:frozenCount:)` for the same count.
  /// - Returns: Log-probabilities `[N, K]`.
  /// - Precondition: `frozenCount` is in `0...stages.count`.
  /// - Throws: `TorchError` for features of other sizes.
  public func logProbabilities(
    ofFeatures features: Tensor,
    frozenCount: Int,
    mode: Mode
  ) throws -> Tensor {
    requireStages(frozenCount)
    return try kernels.apply(stages[frozenCount...].map(\.stage), to: features, mode: mode)
  }

  /// Runs one stage alone, with the network's kernels.
  ///
  /// - Parameters:
  ///   - placed: A stage of the network.
  ///   - input: The output of the stage before it.
  /// - Throws: `TorchError` for an input of other sizes.
  public func output(of placed: PlacedStage, from input: Tensor, mode: Mode) throws -> Tensor {
    try kernels.apply(CollectionOfOne(placed.stage), to: input, mode: mode)
  }

  private func requireStages(_ frozenCount: Int) {
    precondition(
      (0...stages.count).contains(frozenCount),
      "a frozen count of \(frozenCount) for \(stages.count) stages"
    )
  }
}
