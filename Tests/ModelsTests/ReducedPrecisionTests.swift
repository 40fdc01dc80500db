import Models
import Testing
import Torch
import TorchNN

/// Networks whose convolutions and affine maps multiply in bfloat16, against the same in float32.
struct ReducedPrecisionTests {
  private static let bfloat16 = Kernels.reduced(.bfloat16)

  private struct Pass {
    var loss: Double
    var gradients: [String: [Double]]
    var types: Set<ScalarType>
  }

  /// A training step's forward and backward pass, and the types of everything that stays.
  private func pass(_ small: SmallArchitecture, _ kernels: Kernels) throws -> Pass {
    let network = try small.architecture.makeNetwork(
      classCount: 10,
      from: WeightInitializer(seed: 1),
      kernels: kernels
    )
    let labels = try Tensor((0..<8).map { Int64($0 % 10) }, shape: [8])
    let scores = try network(images(8), mode: .training(Generator(seed: 1)))
    #expect(try scores.scalarType == .float32)
    let loss = try scores.negativeLogLikelihood(labels: labels)
    try loss.backward()
    var gradients: [String: [Double]] = [:]
    var types = Set(try network.state.tensors.map { try $0.tensor.scalarType })
    for (name, parameter) in network.state.parameters {
      let gradient = try #require(try parameter.value.gradient)
      types.insert(try gradient.scalarType)
      gradients[name] = try gradient.doubles()
    }
    return Pass(loss: try loss.item(), gradients: gradients, types: types)
  }

  @Test(arguments: SmallArchitecture.all)
  func `loss and gradients are float32's within bfloat16's rounding, and what stays is float32`(
    small: SmallArchitecture
  ) throws {
    let (reduced, full) = (try pass(small, Self.bfloat16), try pass(small, .libtorch))
    #expect(reduced.types == [.float32])
    // Another number, or nothing was reduced at all.
    #expect(reduced.loss != full.loss)
    #expect(abs(reduced.loss - full.loss) <= 0.03 * full.loss)
    func size(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let largest = full.gradients.values.map(size).max() ?? 0
    for (name, expected) in full.gradients {
      let found = try #require(reduced.gradients[name])
      let product = zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 }
      // What a batch norm behind it takes away is rounding alone.
      guard size(expected) > 0.03 * largest else { continue }
      #expect(product >= 0.9 * size(found) * size(expected), "\(name)")
    }
  }

  @Test(arguments: SmallArchitecture.all)
  func `frozen layers compute in bfloat16 too, within its rounding`(small: SmallArchitecture) throws
  {
    let network = try small.network()
    for seed in 0..<3 as Range<UInt64> {
      _ = try withoutGradients {
        try network(images(8, seed: seed), mode: .training(Generator(seed: seed)))
      }
    }
    func features(_ kernels: Kernels) throws -> Tensor {
      var prefix = FrozenPrefix()
      try prefix.append(network.stages.dropLast(), kernels: kernels)
      return try prefix.features(of: images(5, seed: 9))
    }
    let (reduced, full) = (try features(Self.bfloat16), try features(.libtorch))
    #expect(try reduced.scalarType == .bfloat16 && full.scalarType == .float32)
    #expect(reduced.shape == full.shape)
    let expected = try full.doubles()
    let largest = expected.map(abs).max() ?? 0
    let found = try reduced.converted(to: .float32).doubles()
    let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(difference <= 0.03 * largest && difference > 0)
  }

  @Test
  func `features that were kept in float32 are lowered to the same bits`() throws {
    for small in SmallArchitecture.all {
      let network = try small.architecture.makeNetwork(
        classCount: 10,
        from: WeightInitializer(seed: 1),
        kernels: Self.bfloat16
      )
      var prefix = FrozenPrefix()
      try prefix.append(network.stages.dropLast(), kernels: Self.bfloat16)
      let whole = try prefix.features(of: images(4))
      for middle in 1..<prefix.count {
        let kept = try prefix.features(of: images(4), to: middle).converted(to: .float32)
        let found = try prefix.features(of: kept, from: middle)
        #expect(
          try found.converted(to: .float32).floats() == whole.converted(to: .float32).floats()
        )
        // What is trained behind them cannot tell them apart either.
        func scores(_ features: Tensor) throws -> [Float] {
          try network.logProbabilities(
            ofFeatures: features,
            frozenCount: middle,
            mode: .training(Generator(seed: 1))
          ).floats()
        }
        let computed = try prefix.features(of: images(4), to: middle)
        #expect(try scores(kept) == scores(computed))
      }
    }
  }

  @Test
  func `a weight that has moved since is lowered anew`() throws {
    func network() throws -> Network {
      try SmallArchitecture.all[2].architecture.makeNetwork(
        classCount: 10,
        from: WeightInitializer(seed: 1),
        kernels: Self.bfloat16
      )
    }
    func scores(_ network: Network) throws -> [Float] {
      try network(images(4), mode: .training(Generator(seed: 1))).floats()
    }
    func move(_ network: Network) throws {
      for (_, parameter) in network.state.parameters {
        try withoutGradients { try parameter.value.assign(parameter.value.scaled(by: 1.5)) }
      }
    }
    let (used, fresh) = (try network(), try network())
    let before = try scores(used)
    try move(used)
    try move(fresh)
    let after = try scores(used)
    #expect(after == (try scores(fresh)))
    #expect(after != before)
  }

  @Test
  func `it is switched off behind the network, on this thread`() throws {
    let network = try SmallArchitecture.all[2].architecture.makeNetwork(
      classCount: 10,
      from: WeightInitializer(seed: 1),
      kernels: Self.bfloat16
    )
    _ = try network(images(2), mode: .training(Generator(seed: 1)))
    func lowered() throws -> ScalarType { try images(2).lowered().scalarType }
    #expect(try lowered() == .float32)
    let within = try ReducedPrecision.bfloat16.apply {
      let first = try lowered()
      ReducedPrecision.bfloat16.apply {}
      let second = try lowered()
      return try [first, second, ReducedPrecision.tf32.apply { try lowered() }]
    }
    #expect(within == [.bfloat16, .bfloat16, .bfloat16])
    #expect(throws: Failure.self) { try ReducedPrecision.bfloat16.apply { throw Failure() } }
    #expect(try lowered() == .float32)
  }

  private struct Failure: Error {}

  @Test
  func `dropout in bfloat16 scales by float32's factor`() throws {
    // 1.3203125 / 0.7 is 1.88616, to the nearest bfloat16 1.8828125; by the nearest bfloat16 of 1 / 0.7,
    // which is 1.4296875, it would be 1.88763, and 1.890625.
    let values = try Tensor.full([1, 100_000], value: 1.3203125).converted(to: .bfloat16)
    let dropped = try values.droppedOut(probability: 0.3, from: Generator(seed: 1))
    #expect(try dropped.scalarType == .bfloat16)
    #expect(Set(try dropped.converted(to: .float32).floats()) == [0, 1.8828125])
  }

  @Test
  func `a batch norm over several processes has its statistics in float32`() throws {
    let values = try Tensor.full([64, 2, 4, 4], value: 0)
    try values.fillNormal(mean: 3, deviation: 1, from: Generator(seed: 1))
    func normed(_ input: Tensor) throws -> (output: Tensor, mean: [Double]) {
      let mean = try Tensor.full([2], value: 0)
      let output = try input.batchNormalized(
        weight: .full([2], value: 1),
        bias: .full([2], value: 0),
        runningMean: mean,
        runningVariance: .full([2], value: 1),
        training: true,
        momentum: 1,
        epsilon: 1e-5,
        statistics: StatisticsSum { _ in true }
      )
      return (output, try mean.doubles())
    }
    let lowered = try values.converted(to: .bfloat16)
    let (reduced, full) = (try normed(lowered), try normed(lowered.converted(to: .float32)))
    #expect(try reduced.output.scalarType == .bfloat16)
    #expect(zip(reduced.mean, full.mean).allSatisfy { abs($0 - $1) < 1e-5 })
    // And its arithmetic: what comes out is rounded once.
    let rounded = try full.output.converted(to: .bfloat16).converted(to: .float32).floats()
    #expect(try reduced.output.converted(to: .float32).floats() == rounded)
  }

  @Test(arguments: [false, true])
  func `norm and ReLU of a frozen layer round once`(rectifiedBefore: Bool) throws {
    let values = try images(3).converted(to: .bfloat16)
    let scale = try Tensor([1.237, -0.731, 0.0173] as [Float], shape: [3])
    let shift = try Tensor([0.217, 0.613, -3.31] as [Float], shape: [3])
    func result(_ input: Tensor) throws -> Tensor {
      try input.scaledAndRectified(scale: scale, shift: shift, rectifiedBefore: rectifiedBefore)
    }
    let rounded = try result(values.converted(to: .float32)).converted(to: .bfloat16)
    let found = try result(values)
    #expect(try found.scalarType == .bfloat16)
    #expect(try found.converted(to: .float32).floats() == rounded.converted(to: .float32).floats())
  }
}
