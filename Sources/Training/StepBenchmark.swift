import Datasets
import FreezeOut
import Models
import Torch
import TorchNN

/// Training steps of a network of which a prefix is frozen, on the same random batch over and over:
/// what a step costs, without data and evaluation.
public final class StepBenchmark {
  private let learner: Learner
  private let images: Tensor
  private let labels: Tensor

  /// Makes the network and the batch.
  ///
  /// - Parameters:
  ///   - batchSize: The number of images.
  ///   - frozenCount: How many stages are frozen, fewer than there are.
  /// - Throws: `ArchitectureError`, `WeightInitializerError`, `TrainingError.setting`, `TorchError`
  public init(
    architecture: Architecture,
    classCount: Int,
    batchSize: Int,
    frozenCount: Int,
    device: Device = .cpu
  ) throws {
    let network = try architecture.makeNetwork(
      classCount: classCount,
      from: WeightInitializer(seed: 0, device: device)
    )
    try TrainingError.require(
      "number of frozen layers",
      frozenCount,
      in: 0...network.stages.count - 1
    )
    try TrainingError.require("batch size", batchSize, in: network.minimumBatchSize...100_000)
    let schedule = try Self.schedule(layerCount: network.stages.count, baseLearningRate: 0.1)
    learner = try Learner(
      network: network,
      schedule: schedule,
      rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true),
      seed: 0,
      startingAt: frozenCount == 0 ? 0 : schedule.freezeIteration(ofLayer: frozenCount - 1) ?? 0,
      device: device
    )
    images = try Self.images(batchSize).moved(to: device)
    labels = try Self.labels(batchSize, classCount: classCount).moved(to: device)
  }

  /// Makes a step and tells its duration in seconds.
  ///
  /// - Throws: `TrainingError.diverged` after many steps on the same batch, `TorchError`
  public func step() throws -> Double {
    let clock = ContinuousClock()
    let begin = clock.now
    _ = try learner.step(images: images, labels: labels)
    return (clock.now - begin).seconds
  }

  /// Computes the frozen prefix's features of the batch alone and tells the duration in seconds.
  ///
  /// - Throws: `TorchError`
  public func prefixPass() throws -> Double {
    _ = try learner.freezeDueStages()
    var stopwatch = Stopwatch()
    _ = try learner.prefix.features(of: images)
    return stopwatch.lap()
  }

  /// A run so long that between two freeze events there is room for any number of steps.
  static func schedule(layerCount: Int, baseLearningRate: Double) throws -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: 1_000_000_000,
      firstFreeze: 0.01,
      growth: .linear,
      scalesLearningRates: false,
      baseLearningRate: baseLearningRate
    )
  }

  /// The classes in turn, `[N]`.
  static func labels(_ count: Int, classCount: Int) throws -> Tensor {
    try Tensor((0..<count).map { Int64($0 % classCount) }, shape: [count])
  }

  /// Normal pixels, `[N, 3, 32, 32]`.
  static func images(_ count: Int) throws -> Tensor {
    let side = Architecture.imageSize
    let images = try Tensor.full([count, 3, side, side], value: 0).arranged(in: .channelsLast)
    try images.fillNormal(deviation: 1, from: Generator(seed: 0))
    return images
  }
}
