import Datasets
import Foundation
import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

// MARK: - Small networks

/// One small network of every family, with the names of its layers in order.
enum Family: String, CaseIterable, CustomTestStringConvertible {
  case denseNetBC = "DenseNet-BC"
  case plainDenseNet = "DenseNet"
  case wideResNet = "Wide ResNet"
  case vgg = "VGG"

  var testDescription: String { rawValue }

  func architecture(dropout: Double = 0) -> Architecture {
    switch self {
    case .denseNetBC: .denseNet(DenseNet(growthRate: 4, depth: 10, dropout: dropout))
    case .plainDenseNet:
      .denseNet(
        DenseNet(growthRate: 3, depth: 10, bottleneck: false, reduction: 1, dropout: dropout)
      )
    case .wideResNet: .wideResNet(WideResNet(depth: 10, widenFactor: 1, dropout: dropout))
    case .vgg: .vgg(VGG(steps: Self.vggSteps, dropout: dropout))
    }
  }

  static let vggSteps: [VGG.Step] = [
    .convolution(4), .maxPool, .convolution(8), .maxPool, .convolution(8), .maxPool, .maxPool,
    .maxPool,
  ]

  var layerNames: [String] {
    switch self {
    case .denseNetBC: ["conv1", "dense1.0", "trans1", "dense2.0", "trans2", "dense3.0", "bn1, fc"]
    case .plainDenseNet:
      [
        "conv1", "dense1.0", "dense1.1", "trans1", "dense2.0", "dense2.1", "trans2", "dense3.0",
        "dense3.1", "bn1, fc",
      ]
    case .wideResNet: ["conv1", "block1.0", "block2.0", "block3.0", "bn1, fc"]
    case .vgg: ["features.0", "features.2", "features.4", "classifier"]
    }
  }
}

/// A network of three classes with the weights of a seed.
func network(_ architecture: Architecture, seed: UInt64 = 1) throws -> Network {
  try architecture.makeNetwork(classCount: 3, from: WeightInitializer(seed: seed))
}

/// A learner of a small network, with momentum and weight decay as published.
func learner(
  _ architecture: Architecture,
  iterations: Int = 12,
  firstFreeze: Double = 0.35,
  growth: Growth = .cubic,
  scalesLearningRates: Bool = true,
  baseLearningRate: Double = 0.01,
  seed: UInt64 = 7,
  steps: DeviceSteps? = nil
) throws -> Learner {
  let network = try network(architecture)
  return try Learner(
    network: network,
    schedule: Schedule(
      layerCount: network.stages.count,
      iterations: iterations,
      firstFreeze: firstFreeze,
      growth: growth,
      scalesLearningRates: scalesLearningRates,
      baseLearningRate: baseLearningRate
    ),
    rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true),
    seed: seed,
    steps: steps
  )
}

// MARK: - Small data

/// Images and labels of a step, another one for every number.
struct StepInput {
  let images: Tensor
  let labels: Tensor

  init(_ number: Int, count: Int = 4) throws {
    let images = try Tensor.full([count, 3, 32, 32], value: 0).arranged(in: .channelsLast)
    try images.fillNormal(deviation: 1, from: Generator(seed: UInt64(number) + 1_000))
    self.images = images
    labels = try Tensor((0..<count).map { Int64(($0 + number) % 3) }, shape: [count])
  }
}

/// Images of random bytes, of three classes.
func noise(count: Int, seed: UInt64) throws -> ImageDataset {
  var numbers = SeededGenerator(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count * ImageDataset.bytesPerImage)
  while bytes.count < count * ImageDataset.bytesPerImage {
    withUnsafeBytes(of: numbers.next() as UInt64) { bytes.append(contentsOf: $0) }
  }
  return try ImageDataset(
    name: "noise",
    classNames: ["one", "two", "three"],
    images: bytes,
    labels: (0..<count).map { $0 * 7 % 3 }
  )
}

/// 30 images to train on or to hold back, 8 to test with.
let tinyPair = Result {
  DatasetPair(
    training: try noise(count: 30, seed: 1),
    test: try noise(count: 8, seed: 2),
    normalization: .cifar10
  )
}

/// A run of three epochs of four iterations (27 images: 8, 8, 8 and 3) in which everything that
/// comes from the seed takes part.
func tinyConfiguration(_ family: Family = .denseNetBC) -> RunConfiguration {
  var configuration = RunConfiguration(
    architecture: family.architecture(dropout: 0.2),
    dataset: "noise"
  )
  configuration.epochs = 3
  configuration.batchSize = 8
  configuration.learningRate = 0.02
  configuration.seed = 5
  configuration.freezing = .init(firstFreeze: 0.6, growth: .cubic, scalesLearningRates: true)
  return configuration
}

func tinyTrainer(
  _ configuration: RunConfiguration,
  kernels: Kernels = .libtorch,
  steps: DeviceSteps? = nil
) throws -> Trainer {
  try Trainer(
    configuration: configuration,
    split: configuration.split(tinyPair.get()),
    kernels: kernels,
    steps: steps
  )
}

// MARK: - Bits

/// The bytes of every tensor, by name.
func bits(_ state: StateDictionary) throws -> [String: [UInt8]] {
  try state.tensors.mapValues { tensor in
    var bytes = [UInt8](
      repeating: 0,
      count: tensor.elementCount * (try tensor.scalarType.byteCount)
    )
    try bytes.withUnsafeMutableBytes { try tensor.copyBytes(to: $0) }
    return bytes
  }
}

func bits(_ state: ModuleState) throws -> [String: [UInt8]] {
  try bits(StateDictionary(state))
}

extension Trainer {
  /// Weights, running statistics and momenta, byte for byte.
  func bits() throws -> [String: [UInt8]] {
    try TrainingTests.bits(learner.stateDictionary)
  }

  /// The log without what the clock decides.
  var timelessRecords: [RunRecord] { records.map(\.timeless) }

  /// Its curve of the loss without what the clock decides.
  var timelessLosses: [[Double]] { lossCurve.points.map { [Double($0.iterations), $0.loss] } }
}

/// What a caller of `Trainer.run` throws to stop it.
struct Stop: Error {}
