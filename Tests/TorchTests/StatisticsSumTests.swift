import Testing

@testable import Torch

/// Statistics over several processes, of which each of these tests is one: the others are told by what their sums
/// would add.
struct StatisticsSumTests {
  private static let (channels, outputs) = (5, 4)

  private func numbers(_ count: Int, _ factor: Double) -> [Double] {
    (0..<count).map { Double(($0 * 37 + 11) % 23) / 11 * factor - factor }
  }

  private func leaf(_ shape: [Int], _ factor: Double, _ format: MemoryFormat = .contiguous) throws
    -> Tensor
  {
    let leaf = try Tensor(numbers(shape.reduce(1, *), factor), shape: shape).arranged(in: format)
    try leaf.setRequiresGradient(true)
    return leaf
  }

  private func layer(normed: Int, inputs: Int, kernel: Int) throws -> NormedConvolution {
    try NormedConvolution(
      norm: NormTensors(
        weight: leaf([normed], 1.3),
        bias: leaf([normed], 0.4),
        runningMean: Tensor(numbers(normed, 0.2), shape: [normed]),
        runningVariance: Tensor([Double](repeating: 1, count: normed), shape: [normed])
      ),
      weight: leaf([Self.outputs, inputs, kernel, kernel], 0.3, .channelsLast)
    )
  }

  /// Images, or twice the same images as one batch.
  private func images(twice: Bool) throws -> Tensor {
    let once = numbers(3 * Self.channels * 16, 0.9)
    let all = try Tensor(twice ? once + once : once, shape: [twice ? 6 : 3, Self.channels, 4, 4])
      .arranged(in: .channelsLast)
    try all.setRequiresGradient(true)
    return all
  }

  enum Kind: CaseIterable {
    case batchNorm, normReluConvolution, convolutionNormRelu, mean, denseBlock
  }

  /// Output, gradients of images and parameters, and running statistics.
  private func results(
    _ kind: Kind,
    _ instructions: Instructions,
    twice: Bool,
    statistics: StatisticsSum?
  ) throws -> (ofImages: [[Double]], ofParameters: [[Double]], running: [[Double]]) {
    let maps = try images(twice: twice)
    let fusion = Fusion(
      instructions: instructions,
      training: true,
      momentum: 0.1,
      epsilon: 1e-5,
      statistics: statistics
    )
    var layers = [
      try layer(
        normed: kind == .convolutionNormRelu ? Self.outputs : Self.channels,
        inputs: Self.channels,
        kernel: kind == .denseBlock ? 1 : 3
      )
    ]
    let output: Tensor
    switch kind {
    case .batchNorm:
      output = try maps.batchNormalized(
        weight: layers[0].norm.weight,
        bias: layers[0].norm.bias,
        runningMean: layers[0].norm.runningMean,
        runningVariance: layers[0].norm.runningVariance,
        training: true,
        momentum: 0.1,
        epsilon: 1e-5,
        statistics: statistics
      )
    case .normReluConvolution: output = try maps.normedRectifiedConvolved(layers[0], fusion)
    case .convolutionNormRelu: output = try maps.convolvedNormedRectified(layers[0], fusion)
    case .mean: output = try maps.normedRectifiedAveraged(layers[0].norm, fusion)
    case .denseBlock:
      layers.append(try layer(normed: Self.outputs, inputs: Self.outputs, kernel: 3))
      layers.append(
        try layer(
          normed: Self.channels + Self.outputs,
          inputs: Self.channels + Self.outputs,
          kernel: 1
        )
      )
      output = try maps.through(
        FusedDenseBlock(
          convolutions: Array(layers.prefix(2)),
          hasBottlenecks: true,
          transition: layers[2]
        ),
        fusion
      )
    }
    let once = numbers(output.elementCount / (twice ? 2 : 1), 1.1)
    try output.backward(from: Tensor(twice ? once + once : once, shape: output.shape))
    let parameters = layers.flatMap { [$0.norm.weight, $0.norm.bias, $0.weight] }
    return (
      ofImages: try [output.doubles(), maps.gradient?.doubles() ?? []],
      ofParameters: try parameters.map { try $0.gradient?.doubles() ?? [] },
      running: try layers.flatMap {
        try [$0.norm.runningMean.doubles(), $0.norm.runningVariance.doubles()]
      }
    )
  }

  private func expectEqual(_ found: [Double], _ expected: some Collection<Double>, _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    let scale = max(1, expected.map(abs).max() ?? 0)
    let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(error <= 1e-11 * scale, "\(what)")
  }

  static let instructions = Instructions.allCases.filter { $0 <= .best }

  @Test(arguments: Kind.allCases, instructions)
  func `another process with the same images makes the half of a batch of both`(
    kind: Kind,
    instructions: Instructions
  ) throws {
    let both = StatisticsSum { values in
      for index in values.indices { values[index] *= 2 }
      return true
    }
    let half = try results(kind, instructions, twice: false, statistics: both)
    let whole = try results(kind, instructions, twice: true, statistics: nil)
    for (found, expected) in zip(half.ofImages, whole.ofImages) {
      expectEqual(found, expected.prefix(expected.count / 2), "\(kind) of images")
    }
    for (found, expected) in zip(half.ofParameters, whole.ofParameters) {
      expectEqual(found, expected.map { $0 / 2 }, "\(kind) of parameters")
    }
    for (found, expected) in zip(half.running, whole.running) {
      expectEqual(found, expected, "\(kind)'s running statistics")
    }
  }

  @Test(arguments: Kind.allCases)
  func `without a sum the images stand alone`(kind: Kind) throws {
    let alone = try results(kind, .best, twice: false, statistics: nil)
    let none = try results(kind, .best, twice: false, statistics: StatisticsSum { _ in true })
    for (found, expected) in zip(none.ofImages + none.running, alone.ofImages + alone.running) {
      expectEqual(found, expected, "\(kind)")
    }
    let whole = try results(kind, .best, twice: true, statistics: nil)
    // The unbiased variance tells how many values there were.
    #expect(alone.running[1] != whole.running[1])
  }

  @Test(arguments: Kind.allCases)
  func `a sum that fails is an error of the operation`(kind: Kind) throws {
    #expect(throws: TorchError.self) {
      try results(kind, .best, twice: false, statistics: StatisticsSum { _ in false })
    }
  }
}
