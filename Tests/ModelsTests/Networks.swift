import Foundation
import Models
import Testing
import Torch
import TorchNN

/// A small architecture of each kind, for tests that run it.
struct SmallArchitecture: Sendable, CustomTestStringConvertible {
  let architecture: Architecture
  /// The name and the arguments by which Benchmarks/reference/models.py builds it.
  let reference: String

  var testDescription: String { "\(architecture)" }

  static let all: [SmallArchitecture] = [
    .init(
      architecture: .denseNet(DenseNet(growthRate: 4, depth: 16)),
      reference: #"{"model": "densenet-bc", "architecture": {"growth_rate": 4, "depth": 16}"#
    ),
    .init(
      architecture: .denseNet(DenseNet(growthRate: 4, depth: 10, bottleneck: false)),
      reference: #"{"model": "densenet", "architecture": {"growth_rate": 4, "depth": 10}"#
    ),
    .init(
      architecture: .wideResNet(WideResNet(depth: 10, widenFactor: 1)),
      reference: #"{"model": "wide-resnet", "architecture": {"widen_factor": 1, "depth": 10}"#
    ),
    .init(
      architecture: .vgg(
        VGG(
          steps: [
            .convolution(8), .maxPool, .convolution(16), .maxPool, .maxPool, .convolution(16),
            .convolution(512), .maxPool, .maxPool,
          ],
          dropout: 0
        )
      ),
      reference: #"{"model": "vgg", "architecture": {"configuration": "#
        + #"[8, "M", 16, "M", "M", 16, 512, "M", "M"]}"#
    ),
  ]

  func network(seed: UInt64 = 1, classCount: Int = 10) throws -> Network {
    try architecture.makeNetwork(classCount: classCount, from: WeightInitializer(seed: seed))
  }
}

extension Architecture {
  /// The same architecture with another dropout.
  func with(dropout: Double) -> Architecture {
    switch self {
    case .denseNet(var value):
      value.dropout = dropout
      return .denseNet(value)
    case .wideResNet(var value):
      value.dropout = dropout
      return .wideResNet(value)
    case .vgg(var value):
      value.dropout = dropout
      return .vgg(value)
    }
  }
}

/// Normal pixels, `[count, 3, 32, 32]`.
func images(_ count: Int, seed: UInt64 = 7) throws -> Tensor {
  let images = try Tensor.full([count, 3, 32, 32], value: 0).arranged(in: .channelsLast)
  try images.fillNormal(deviation: 1, from: Generator(seed: seed))
  return images
}

/// The labels 0, 3, 6, 9, 2, ...
func labels(_ count: Int) throws -> Tensor {
  try Tensor((0..<count).map { Int64($0 * 3 % 10) }, shape: [count])
}

extension Network {
  /// Makes gradients by a forward and a backward pass in training.
  func makeGradients(frozenCount: Int, seed: UInt64 = 3) throws {
    try self(
      images(4, seed: seed),
      frozenCount: frozenCount,
      mode: .training(Generator(seed: seed))
    ).negativeLogLikelihood(labels: labels(4)).backward()
  }

  /// An optimizer with a group for each stage.
  func optimizer() -> StochasticGradientDescent {
    StochasticGradientDescent(
      groups: stages.map(\.state),
      rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true)
    )
  }
}

/// The bits of every number of a tensor, which tell more than `==` does.
func bits(_ tensor: Tensor) throws -> [UInt32] {
  try tensor.floats().map(\.bitPattern)
}
