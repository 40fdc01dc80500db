import Datasets
import Foundation
import FreezeOut
import Models
import Torch
import TorchNN

/// Training steps of a network of which a prefix is frozen, on the same random batch over and over:
/// what a step costs, without evaluation.
public final class StepBenchmark {
  /// What a step took, in seconds.
  public struct Sample: Hashable, Sendable, Codable {
    /// All of it.
    public var seconds: Double
    /// The frozen layers.
    public var prefix: Double
    /// The trained layers and the loss; this and what follows nil where a device makes the whole of a step on its own.
    public var forward: Double?
    /// The gradients.
    public var backward: Double?
    /// The move of the weights.
    public var optimizer: Double?
    /// The making of a batch, which in a run happens meanwhile on a thread of its own.
    public var batch: Double
  }

  let learner: Learner
  let device: Device
  let images: Tensor
  let labels: Tensor
  let batches: TrainingBatches
  /// The frozen layers as a run has them.
  let prefix: RecordedPrefix
  private var mostDeviceBytes = 0
  private var store: FeatureStore?

  /// Makes the network and the batch.
  ///
  /// - Parameters:
  ///   - batchSize: The number of images.
  ///   - frozenCount: How many stages are frozen, fewer than there are.
  ///   - kernels: What the layers are computed with.
  ///   - steps: How they are made on a device that works on its own; nil for what suits the device.
  /// - Throws: `ArchitectureError`, `KernelsError`, `WeightInitializerError`, `TrainingError.setting`,
  ///   `DatasetError`, `TorchError`
  public init(
    architecture: Architecture,
    classCount: Int,
    batchSize: Int,
    frozenCount: Int,
    device: Device = .cpu,
    kernels: Kernels = .libtorch,
    steps: DeviceSteps? = nil
  ) throws {
    let network = try architecture.makeNetwork(
      classCount: classCount,
      from: WeightInitializer(seed: 0, device: device),
      kernels: kernels
    )
    try Self.check(network, batchSize: batchSize, frozenCounts: [frozenCount])
    let schedule = try Self.schedule(layerCount: network.stages.count, baseLearningRate: 0.01)
    learner = try Learner(
      network: network,
      schedule: schedule,
      rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true),
      seed: 0,
      startingAt: frozenCount == 0 ? 0 : schedule.freezeIteration(ofLayer: frozenCount - 1) ?? 0,
      device: device,
      steps: steps
    )
    _ = try learner.freezeDueStages()
    self.device = device
    images = try Self.images(batchSize).moved(to: device)
    prefix = try RecordedPrefix(on: device, steps ?? .suited(to: device))
    labels = try Self.labels(batchSize, classCount: classCount).moved(to: device)
    batches = try Self.batches(batchSize, device: device)
  }

  /// What the layers are computed with, as `Network.kernelsDescription` says it.
  public var kernelsDescription: String { learner.network.kernelsDescription }

  /// The most bytes that tensors had on the GPU so far; nil for the CPU.
  ///
  /// - Throws: `TorchError`
  public var deviceBytes: Int? {
    get throws {
      guard let bytes = try device.takePeakBytes() else { return nil }
      mostDeviceBytes = max(mostDeviceBytes, bytes, learner.stepBytes ?? 0)
      return mostDeviceBytes
    }
  }

  /// The number of a network's layers, if steps of it can be made.
  ///
  /// - Throws: `ArchitectureError`, `WeightInitializerError`, `TorchError`, and `TrainingError.setting`
  ///   for a batch or a number of frozen layers that cannot be.
  public static func layerCount(
    of architecture: Architecture,
    classCount: Int,
    checkingBatchSize batchSize: Int,
    frozenCounts: [Int]
  ) throws -> Int {
    let network = try architecture.makeNetwork(
      classCount: classCount,
      from: WeightInitializer(seed: 0)
    )
    try check(network, batchSize: batchSize, frozenCounts: frozenCounts)
    return network.stages.count
  }

  private static func check(_ network: Network, batchSize: Int, frozenCounts: [Int]) throws {
    for count in frozenCounts {
      try TrainingError.require("number of frozen layers", count, in: 0...network.stages.count - 1)
    }
    try TrainingError.require("batch size", batchSize, in: network.minimumBatchSize...100_000)
  }

  /// Makes a step and tells what it took; where a device works on its own, the mean of a row of steps.
  ///
  /// - Throws: `TrainingError.diverged` after many steps on the same batch, `TorchError`
  public func step() throws -> Sample {
    guard learner.deviceStep == nil else { return try deviceSteps() }
    var whole = Stopwatch()
    var part = Stopwatch()
    let features = try learner.prefix.features(of: images)
    let prefix = part.lap()
    _ = try learner.step(features: features, labels: labels)
    let seconds = whole.lap()
    _ = part.lap()
    _ = try batches.batch(epoch: learner.iteration, index: 0)
    return Sample(
      seconds: seconds,
      prefix: prefix,
      forward: learner.stepSeconds?.forward,
      backward: learner.stepSeconds?.backward,
      optimizer: learner.stepSeconds?.optimizer,
      batch: part.lap()
    )
  }

  /// Makes a step behind features that are kept, read from a store, and tells what it took; the reading
  /// stands in the place of the frozen layers. Where a device works on its own, the mean of a row of steps.
  ///
  /// - Parameter file: Where the store is made at the first step.
  /// - Throws: `FeatureStoreError`, `TrainingError.diverged`, `TorchError`
  public func keptStep(storedAt file: URL) throws -> Sample {
    let store = try self.store ?? filledStore(file)
    self.store = store
    let count = images.shape[0]
    func read() throws -> Tensor {
      // Other slots in every step, as in a run: what was read a moment ago would still be in a cache.
      let first = learner.iteration % (store.layout.slotCount / count) * count
      return try store.features(ofSlots: Array(first..<first + count)).sent(to: device)
    }
    guard learner.deviceStep == nil else {
      var stopwatch = Stopwatch()
      _ = try read()
      try device.finishWork()
      let reading = stopwatch.lap()
      return Sample(seconds: try rowSeconds(read), prefix: reading, batch: 0)
    }
    var whole = Stopwatch()
    var part = Stopwatch()
    let features = try read()
    let reading = part.lap()
    _ = try learner.step(features: features, labels: labels)
    return Sample(
      seconds: whole.lap(),
      prefix: reading,
      forward: learner.stepSeconds?.forward,
      backward: learner.stepSeconds?.backward,
      optimizer: learner.stepSeconds?.optimizer,
      batch: 0
    )
  }

  /// A store of so many batches that it is larger than a processor's caches.
  private func filledStore(_ file: URL) throws -> FeatureStore {
    let features = try learner.prefix.features(of: images).moved(to: .cpu)
      .converted(to: .float32)
    let (count, shape) = (images.shape[0], Array(features.shape.dropFirst()))
    let batchBytes = shape.reduce(count * MemoryLayout<Float>.size, *)
    let batchCount = max(2, min(20, Self.storeBytes / batchBytes))
    let store = try FeatureStore(
      at: file,
      layout: FeatureLayout(
        identity: ContentDigest().bytes,
        slotCount: batchCount * count,
        shape: shape,
        precision: .float32
      )
    )
    for batch in 0..<batchCount {
      try store.keep(features, inSlots: Array(batch * count..<(batch + 1) * count))
    }
    // The mapping stays; the name is of no more use.
    store.remove()
    return store
  }

  /// The most that a benchmark's store takes, unless two batches take more.
  private static let storeBytes = 512_000_000

  /// Runs the frozen layers alone and tells what they took.
  ///
  /// - Throws: `TorchError`
  public func prefixPass() throws -> Sample {
    let seconds = try prefixSeconds()
    return Sample(
      seconds: seconds,
      prefix: seconds,
      forward: 0,
      backward: 0,
      optimizer: 0,
      batch: 0
    )
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

  /// Batches of so many augmented images.
  static func batches(_ count: Int, device: Device = .cpu) throws -> TrainingBatches {
    try TrainingBatches(
      dataset: GeneratedDataset(classes: .shapes, seed: 0)
        .pair(trainingCount: count, testCount: 1).training,
      normalization: .generated,
      augmentation: .published,
      batchSize: count,
      seed: 0,
      device: device
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
