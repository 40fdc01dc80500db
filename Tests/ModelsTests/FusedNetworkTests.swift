import Models
import Testing
import Torch
import TorchNN

/// A network with a number of frozen stages, run by the kernels for some instructions.
struct FusedCase: Sendable, CustomTestStringConvertible {
  let architecture: Architecture
  let instructions: Instructions
  let frozenCount: Int

  var testDescription: String { "\(architecture) \(instructions) \(frozenCount) frozen" }

  /// Small networks with every kind of layer that can be fused, and widths that fill no vector.
  static let architectures: [Architecture] =
    SmallArchitecture.all.map(\.architecture) + [
      .denseNet(DenseNet(growthRate: 5, depth: 10, reduction: 0.7)),
      .denseNet(DenseNet(growthRate: 12, depth: 16)),
      // Some of a block's layers frozen, and where they end no vector does.
      .denseNet(DenseNet(growthRate: 5, depth: 22)),
      .wideResNet(WideResNet(depth: 10, widenFactor: 2)),
    ]

  static let all: [FusedCase] = architectures.flatMap { architecture in
    Instructions.allCases.filter { $0 <= .best }.flatMap { instructions in
      (0..<(stageCount(of: architecture) ?? 0)).map {
        FusedCase(architecture: architecture, instructions: instructions, frozenCount: $0)
      }
    }
  }

  private static func stageCount(of architecture: Architecture) -> Int? {
    try? architecture.makeNetwork(classCount: 10, from: WeightInitializer(seed: 1)).stages.count
  }

  func network(_ type: ScalarType, _ kernels: Kernels) throws -> Network {
    let network = try architecture.makeNetwork(
      classCount: 10,
      from: WeightInitializer(seed: 1, scalarType: type),
      kernels: kernels
    )
    // Norms that are not where they begin.
    for (index, named) in network.state.tensors.enumerated() where named.tensor.shape.count == 1 {
      try named.tensor.shake(seed: UInt64(index))
    }
    return network
  }
}

extension Tensor {
  /// Adds something between 0 and 0.2 to each element.
  fileprivate func shake(seed: UInt64) throws {
    let values = try doubles().enumerated().map { index, value in
      value + Double((index * 37 + Int(seed) * 11) % 41) / 205
    }
    try withoutGradients { try assign(Tensor(values, shape: shape)) }
  }
}

/// The greatest difference between two tensors, relative to the greatest element.
private func difference(_ first: Tensor, _ second: Tensor) throws -> Double {
  let (first, second) = try (first.doubles(), second.doubles())
  let scale = second.map(abs).max() ?? 0
  let greatest = zip(first, second).map { abs($0 - $1) }.max() ?? 0
  return scale == 0 ? greatest : greatest / scale
}

struct FusedNetworkTests {
  /// A forward and a backward pass of a network.
  private func pass(_ fused: FusedCase, _ kernels: Kernels) throws -> (Network, Tensor) {
    let network = try fused.network(.float64, kernels)
    let input = try images(3).converted(to: .float64)
    let output = try network(
      input,
      frozenCount: fused.frozenCount,
      mode: .training(Generator(seed: 1))
    )
    try output.negativeLogLikelihood(labels: labels(3)).backward()
    return (network, output)
  }

  @Test(arguments: FusedCase.all)
  func `in float64 fused kernels give what libtorch gives`(fused: FusedCase) throws {
    let (network, output) = try pass(fused, .fused(fused.instructions))
    let (plain, expected) = try pass(fused, .libtorch)
    #expect(try difference(output, expected) < 1e-11)
    for (first, second) in zip(network.state.parameters, plain.state.parameters) {
      let gradient = try first.parameter.value.gradient
      let expected = try second.parameter.value.gradient
      #expect((gradient == nil) == (expected == nil), "\(first.name)")
      guard let gradient, let expected else { continue }
      // Some gradients are zero but for rounding: of a bias in front of a batch norm.
      let scale = try expected.doubles().map(abs).max() ?? 0
      guard scale > 1e-12 else { continue }
      #expect(try difference(gradient, expected) < 1e-8, "\(first.name)")
    }
    for (first, second) in zip(network.state.buffers, plain.state.buffers) {
      #expect(try difference(first.buffer.value, second.buffer.value) < 1e-11, "\(first.name)")
    }
  }
}
