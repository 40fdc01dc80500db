import Foundation
import Models
import Testing
import Torch
import TorchNN

/// How exact fused kernels are in float32, and that they repeat themselves.
struct FusedPrecisionTests {
  static let architectures: [Architecture] = [
    .denseNet(DenseNet(growthRate: 12, depth: 22)),
    .denseNet(DenseNet(growthRate: 6, depth: 13, bottleneck: false)),
    .wideResNet(WideResNet(depth: 10, widenFactor: 2)),
    .vgg(
      VGG(
        steps: [
          .convolution(64), .maxPool, .convolution(128), .maxPool, .maxPool, .maxPool,
          .convolution(512), .maxPool,
        ],
        dropout: 0
      )
    ),
  ]

  /// A network whose norms stand so far from 0 that no ReLU is at its kink: there the least rounding would
  /// decide whether a gradient is all or nothing.
  private func network(
    _ architecture: Architecture,
    _ type: ScalarType,
    _ kernels: Kernels
  ) throws -> Network {
    let network = try architecture.makeNetwork(
      classCount: 10,
      from: WeightInitializer(seed: 3, scalarType: type),
      kernels: kernels
    )
    // Other numbers are drawn in float64: the weights are those of float32 in both.
    let drawn = try architecture.makeNetwork(classCount: 10, from: WeightInitializer(seed: 3))
    try withoutGradients {
      for (named, other) in zip(network.state.tensors, drawn.state.tensors) {
        try named.tensor.assign(other.tensor)
      }
    }
    for named in network.state.parameters where named.name.contains("bn") {
      guard named.name.hasSuffix("bias") else { continue }
      let count = named.parameter.value.elementCount
      let biases = (0..<count).map { $0 % 3 == 0 ? -4.0 : 4.0 }
      try withoutGradients {
        try named.parameter.value.assign(Tensor(biases, shape: [count]))
      }
    }
    return network
  }

  private func gradients(
    _ architecture: Architecture,
    _ type: ScalarType,
    _ kernels: Kernels
  ) throws -> [String: [Double]] {
    let network = try network(architecture, type, kernels)
    try network(images(8).converted(to: type), mode: .training(Generator(seed: 1)))
      .negativeLogLikelihood(labels: labels(8)).backward()
    var gradients: [String: [Double]] = [:]
    for named in network.state.parameters {
      gradients[named.name] = try named.parameter.value.gradient?.doubles()
    }
    return gradients
  }

  /// The median over all parameters of the norm of a gradient's error by the gradient's.
  private func medianError(_ found: [String: [Double]], _ exact: [String: [Double]]) -> Double {
    let errors = exact.compactMap { name, expected -> Double? in
      guard let values = found[name] else { return .infinity }
      let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // Gradients that are zero but for rounding have no relative error.
      guard norm > 1e-9 else { return nil }
      return zip(values, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        / norm
    }
    return errors.sorted()[errors.count / 2]
  }

  @Test(arguments: architectures)
  func `gradients are as exact as libtorch's in float32`(architecture: Architecture) throws {
    let exact = try gradients(architecture, .float64, .libtorch)
    let libtorch = medianError(try gradients(architecture, .float32, .libtorch), exact)
    #expect(libtorch > 0 && libtorch < 1e-3)
    for instructions in Instructions.allCases where instructions <= .best {
      let fused = medianError(try gradients(architecture, .float32, .fused(instructions)), exact)
      #expect(fused > 0 && fused <= 2 * libtorch, "\(instructions)")
    }
  }

  @Test(arguments: architectures)
  func `a step has the same bits each time`(architecture: Architecture) throws {
    let first = try gradients(architecture, .float32, .fused(.best))
    let second = try gradients(architecture, .float32, .fused(.best))
    #expect(first == second)
  }

  @Test(arguments: [Float.nan, .infinity])
  func `what is no number stays none, so that a run that diverges is noticed`(
    value: Float
  ) throws {
    for architecture in Self.architectures {
      let network = try network(architecture, .float32, .fused(.best))
      var pixels = try images(4).floats()
      pixels[5] = value
      let output = try network(
        Tensor(pixels, shape: [4, 3, 32, 32]),
        mode: .training(Generator(seed: 1))
      )
      #expect(try output.floats().contains { !$0.isFinite }, "\(architecture)")
    }
  }
}
