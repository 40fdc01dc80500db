import Testing
import Torch

/// Fused layers against the same of libtorch's operations, in float64, on maps of awkward sizes.
struct FusedOperationTests {
  struct Sizes: Sendable, CustomTestStringConvertible {
    var images = 2
    var inputs: Int
    var outputs: Int
    var height: Int
    var width: Int
    var kernel = 3
    var format = MemoryFormat.channelsLast

    var testDescription: String {
      "\(images)x\(inputs)x\(height)x\(width) to \(outputs), kernel \(kernel), \(format)"
    }

    static let all = [
      Sizes(inputs: 3, outputs: 5, height: 1, width: 2),
      Sizes(inputs: 1, outputs: 1, height: 2, width: 2),
      Sizes(inputs: 17, outputs: 12, height: 5, width: 7),
      Sizes(images: 1, inputs: 12, outputs: 48, height: 8, width: 8),
      Sizes(images: 5, inputs: 33, outputs: 20, height: 4, width: 4, format: .contiguous),
      Sizes(inputs: 8, outputs: 4, height: 64, width: 64),
      Sizes(inputs: 6, outputs: 100, height: 3, width: 1),
      // In tiles of four pixels, of six, and of four because of many weights.
      Sizes(inputs: 10, outputs: 18, height: 6, width: 6),
      Sizes(inputs: 18, outputs: 10, height: 12, width: 19),
      Sizes(images: 1, inputs: 258, outputs: 260, height: 4, width: 4),
      Sizes(inputs: 24, outputs: 48, height: 7, width: 9, kernel: 1),
      Sizes(
        images: 3,
        inputs: 19,
        outputs: 3,
        height: 16,
        width: 16,
        kernel: 1,
        format: .contiguous
      ),
      // More channels than kernels keep numbers of on the stack.
      Sizes(inputs: 1030, outputs: 2, height: 2, width: 2, kernel: 1),
      Sizes(images: 1, inputs: 2, outputs: 1030, height: 2, width: 2, kernel: 1),
    ]
  }

  /// A norm and a convolution with tensors of their own.
  private func layer(normed: Int, _ sizes: Sizes) throws -> NormedConvolution {
    func values(_ count: Int, _ seed: Int, _ shift: Double) -> [Double] {
      numbers(count, seed: seed).map { $0 / 4 + shift }
    }
    func leaf(_ values: [Double], _ shape: [Int], _ format: MemoryFormat) throws -> Tensor {
      let tensor = try Tensor(values, shape: shape).arranged(in: format)
      try tensor.setRequiresGradient(true)
      return tensor
    }
    let taps = sizes.kernel * sizes.kernel
    return try NormedConvolution(
      norm: NormTensors(
        weight: leaf(values(normed, 1, 1), [normed], .contiguous),
        bias: leaf(values(normed, 2, 0.1), [normed], .contiguous),
        runningMean: Tensor(values(normed, 3, 0), shape: [normed]),
        runningVariance: Tensor(values(normed, 4, 1).map(abs), shape: [normed])
      ),
      weight: leaf(
        values(sizes.outputs * sizes.inputs * taps, 5, 0.03),
        [sizes.outputs, sizes.inputs, sizes.kernel, sizes.kernel],
        sizes.format
      )
    )
  }

  private func input(_ sizes: Sizes) throws -> Tensor {
    let shape = [sizes.images, sizes.inputs, sizes.height, sizes.width]
    let count = shape.reduce(1, *)
    let values = zip(numbers(count, seed: 6), 0..<count).map { $0 + Double($1 % 7) / 100 }
    let input = try Tensor(values, shape: shape).arranged(in: sizes.format)
    try input.setRequiresGradient(true)
    return input
  }

  private func normed(_ maps: Tensor, _ layer: NormedConvolution, training: Bool) throws -> Tensor {
    try maps.batchNormalized(
      weight: layer.norm.weight,
      bias: layer.norm.bias,
      runningMean: layer.norm.runningMean,
      runningVariance: layer.norm.runningVariance,
      training: training,
      momentum: 0.1,
      epsilon: 1e-5
    )
  }

  /// Expects the same output, gradients and running statistics of two ways, each with tensors of its own.
  private func expectSame(
    _ sizes: Sizes,
    normed: Int,
    _ fused: (Tensor, NormedConvolution) throws -> Tensor,
    _ plain: (Tensor, NormedConvolution) throws -> Tensor
  ) throws {
    func results(of run: (Tensor, NormedConvolution) throws -> Tensor) throws -> [[Double]] {
      let (maps, layer) = (try input(sizes), try layer(normed: normed, sizes))
      let output = try run(maps, layer)
      let count = output.elementCount
      let gradient = try Tensor(numbers(count, seed: 9), shape: output.shape)
      if output.requiresGradient { try output.backward(from: gradient) }
      let gradients = try [maps, layer.norm.weight, layer.norm.bias, layer.weight].map {
        try $0.gradient?.doubles() ?? []
      }
      return try [output.doubles()] + gradients
        + [layer.norm.runningMean.doubles(), layer.norm.runningVariance.doubles()]
    }
    let names = ["output", "input", "norm's weight", "norm's bias", "weight", "mean", "variance"]
    for (name, (found, expected)) in zip(names, zip(try results(of: fused), try results(of: plain)))
    {
      let scale = expected.map(abs).max() ?? 0
      let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
      #expect(found.count == expected.count, "\(name)")
      #expect(error <= 1e-11 * max(scale, 1), "\(name)")
    }
  }

  static let instructions = Instructions.allCases.filter { $0 <= .best }

  private func fusion(_ instructions: Instructions, training: Bool = true) -> Fusion {
    Fusion(instructions: instructions, training: training, momentum: 0.1, epsilon: 1e-5)
  }

  @Test(arguments: Sizes.all, instructions)
  func `norm, ReLU and convolution`(sizes: Sizes, instructions: Instructions) throws {
    let padding = sizes.kernel / 2
    for training in [true, false] {
      let run = { (maps: Tensor, layer: NormedConvolution) in
        try maps.normedRectifiedConvolved(layer, fusion(instructions, training: training))
      }
      try expectSame(sizes, normed: sizes.inputs, run) { maps, layer in
        let activated = try normed(maps, layer, training: training).reluInPlace()
        let output = try activated.convolved(weight: layer.weight, padding: padding)
        return training ? output : try output.detached()
      }
    }
  }

  @Test(arguments: Sizes.all, instructions)
  func `convolution, norm and ReLU`(sizes: Sizes, instructions: Instructions) throws {
    let padding = sizes.kernel / 2
    for training in [true, false] {
      let run = { (maps: Tensor, layer: NormedConvolution) in
        try maps.convolvedNormedRectified(layer, fusion(instructions, training: training))
      }
      try expectSame(sizes, normed: sizes.outputs, run) { maps, layer in
        let middle = try maps.convolved(weight: layer.weight, padding: padding)
        let output = try normed(middle, layer, training: training).reluInPlace()
        return training ? output : try output.detached()
      }
    }
  }

  @Test(arguments: Sizes.all, instructions)
  func `norm, ReLU and the mean over the image`(sizes: Sizes, instructions: Instructions) throws {
    for training in [true, false] {
      let run = { (maps: Tensor, layer: NormedConvolution) in
        try maps.normedRectifiedAveraged(layer.norm, fusion(instructions, training: training))
      }
      try expectSame(sizes, normed: sizes.inputs, run) { maps, layer in
        let activated = try normed(maps, layer, training: training).reluInPlace()
        let output = try activated.globallyAveragePooled()
        return training ? output : try output.detached()
      }
    }
  }

  @Test(arguments: Sizes.all, instructions)
  func `norm, ReLU and convolution, and a residual added`(
    sizes: Sizes,
    instructions: Instructions
  ) throws {
    let shape = [sizes.images, sizes.outputs, sizes.height, sizes.width]
    let values = numbers(shape.reduce(1, *), seed: 7)
    for training in [true, false] {
      let (maps, layer) = (try input(sizes), try layer(normed: sizes.inputs, sizes))
      let residual = try Tensor(values, shape: shape)
      try residual.setRequiresGradient(true)
      let fusion = fusion(instructions, training: training)
      let alone = try maps.normedRectifiedConvolved(layer, fusion)
      let sum = try maps.normedRectifiedConvolved(layer, adding: residual, fusion)
      let expected = zip(try alone.doubles(), values).map { $0 + $1 }
      #expect(zip(try sum.doubles(), expected).allSatisfy { abs($0 - $1) < 1e-11 })
      guard training else { continue }
      let gradient = numbers(values.count, seed: 9)
      try sum.backward(from: Tensor(gradient, shape: shape))
      #expect(try residual.gradient?.doubles() == gradient)
    }
  }

  @Test(arguments: [(4, 4), (5, 7), (7, 4), (2, 3)], instructions)
  func `a dense layer and a transition`(size: (Int, Int), instructions: Instructions) throws {
    func sizes(_ inputs: Int, _ outputs: Int, kernel: Int) -> Sizes {
      Sizes(
        images: 3,
        inputs: inputs,
        outputs: outputs,
        height: size.0,
        width: size.1,
        kernel: kernel,
        format: .contiguous
      )
    }
    let shapes = [sizes(5, 12, kernel: 1), sizes(12, 3, kernel: 3), sizes(8, 6, kernel: 1)]
    func gradients(_ run: (Tensor, [NormedConvolution]) throws -> Tensor) throws -> [[Double]] {
      let maps = try input(shapes[0])
      let layers = try shapes.map { try layer(normed: $0.inputs, $0) }
      let output = try run(maps, layers)
      let values = numbers(output.elementCount, seed: 9)
      try output.backward(from: Tensor(values, shape: output.shape))
      let leaves = [maps] + layers.flatMap { [$0.norm.weight, $0.norm.bias, $0.weight] }
      let statistics = layers.flatMap { [$0.norm.runningMean, $0.norm.runningVariance] }
      return try [output.doubles()] + leaves.map { try $0.gradient?.doubles() ?? [] }
        + statistics.map { try $0.doubles() }
    }
    let found = try gradients { maps, layers in
      let block = FusedDenseBlock(
        convolutions: Array(layers.prefix(2)),
        hasBottlenecks: true,
        transition: layers[2]
      )
      return try maps.through(block, fusion(instructions))
    }
    let expected = try gradients { maps, layers in
      let narrow = try normed(maps, layers[0], training: true).reluInPlace()
        .convolved(weight: layers[0].weight)
      let more = try normed(narrow, layers[1], training: true).reluInPlace()
        .convolved(weight: layers[1].weight, padding: 1)
      let all = try Tensor.concatenated([maps, more]).relu()
      return try normed(all, layers[2], training: true).convolved(weight: layers[2].weight)
        .averagePooled(size: 2)
    }
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      let scale = expected.map(abs).max() ?? 0
      let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
      #expect(found.count == expected.count, "\(index)")
      #expect(error <= 1e-10 * max(scale, 1), "\(index)")
    }
  }

  @Test(arguments: instructions)
  func `a gradient of means that does not lie in one piece`(instructions: Instructions) throws {
    let sizes = Sizes(images: 3, inputs: 5, outputs: 1, height: 2, width: 3)
    func gradient(_ run: (Tensor, NormedConvolution) throws -> Tensor) throws -> [Double]? {
      let (maps, layer) = (try input(sizes), try layer(normed: 5, sizes))
      // Each of the two gets a part of every row of the gradient.
      let output = try Tensor.concatenated([run(maps, layer), run(maps, layer)])
      try output.backward(from: Tensor(numbers(30, seed: 9), shape: [3, 10]))
      return try maps.gradient?.doubles()
    }
    let found = try gradient {
      try $0.normedRectifiedAveraged($1.norm, fusion(instructions))
    }
    let expected = try gradient {
      try normed($0, $1, training: true).reluInPlace().globallyAveragePooled()
    }
    let pairs = zip(try #require(found), try #require(expected))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-11 })
  }

  @Test(arguments: instructions)
  func `channels that are constant have no variance, not a negative one`(
    instructions: Instructions
  ) throws {
    let values: [Float] = [1000.1, 1000.3, 777.7, 333.33, 5555.5, 0.1, -901.7, 1234.567]
    let pixels = (0..<2 * 8 * 16).map { values[$0 / 16 % 8] }
    let norm = try NormTensors(
      weight: Tensor([Float](repeating: 1, count: 8), shape: [8]),
      bias: Tensor([Float](repeating: 0, count: 8), shape: [8]),
      runningMean: Tensor([Float](repeating: 0, count: 8), shape: [8]),
      runningVariance: Tensor([Float](repeating: 0, count: 8), shape: [8])
    )
    let means = try Tensor(pixels, shape: [2, 8, 4, 4])
      .normedRectifiedAveraged(norm, fusion(instructions))
    #expect(try means.floats().allSatisfy(\.isFinite))
    #expect(try norm.runningVariance.floats().allSatisfy { $0 >= 0 })
  }

  @Test(arguments: instructions)
  func `a variance in float32 survives a mean far from 0`(instructions: Instructions) throws {
    let count = 4 * 20 * 20
    let values = numbers(3 * count, seed: 6).map { 1000 + $0 }
    let maps = try Tensor(values, shape: [4, 3, 20, 20]).converted(to: .float32)
    func moved(_ run: (NormTensors) throws -> Tensor) throws -> [Double] {
      let norm = try NormTensors(
        weight: Tensor([Float](repeating: 1, count: 3), shape: [3]),
        bias: Tensor([Float](repeating: 0, count: 3), shape: [3]),
        runningMean: Tensor([Float](repeating: 0, count: 3), shape: [3]),
        runningVariance: Tensor([Float](repeating: 0, count: 3), shape: [3])
      )
      _ = try run(norm)
      return try norm.runningVariance.doubles()
    }
    // Each channel by itself, so that the convolution's results are its input.
    let identity = try Tensor([Float]([1, 0, 0, 0, 1, 0, 0, 0, 1]), shape: [3, 3, 1, 1])
    let fusion = fusion(instructions)
    let found = try [
      moved { try maps.normedRectifiedAveraged($0, fusion) },
      moved {
        try maps.convolvedNormedRectified(NormedConvolution(norm: $0, weight: identity), fusion)
      },
    ]
    let expected = try moved {
      try maps.batchNormalized(
        weight: $0.weight,
        bias: $0.bias,
        runningMean: $0.runningMean,
        runningVariance: $0.runningVariance,
        training: true,
        momentum: 0.1,
        epsilon: 1e-5
      )
    }
    for variances in found {
      #expect(zip(variances, expected).allSatisfy { abs($0 - $1) < 1e-5 * $1 }, "\(variances)")
    }
  }

  // MARK: - What does not fit

  @Test
  func `layers that do not fit are errors with words`() throws {
    let sizes = Sizes(inputs: 4, outputs: 3, height: 4, width: 4)
    let layer = try layer(normed: 4, sizes)
    let fits = try input(sizes)
    let wide = try input(Sizes(inputs: 5, outputs: 3, height: 4, width: 4))
    let integers = try Tensor([Int64](repeating: 1, count: 64), shape: [1, 4, 4, 4])
    for wrong in [wide, integers, try fits.flattened()] {
      #expect(throws: TorchError.self) {
        try wrong.normedRectifiedConvolved(layer, fusion(.best))
      }
    }
    var five = layer
    five.weight = try Tensor([Double](repeating: 0, count: 300), shape: [3, 4, 5, 5])
    var narrow = layer
    narrow.norm.weight = try Tensor([1.0, 1], shape: [2])
    for wrong in [five, narrow] {
      #expect(throws: TorchError.self) {
        try fits.normedRectifiedConvolved(wrong, fusion(.best))
      }
      #expect(throws: TorchError.self) {
        try fits.convolvedNormedRectified(wrong, fusion(.best))
      }
    }
    #expect(throws: TorchError.self) {
      try fits.normedRectifiedAveraged(narrow.norm, fusion(.best))
    }
    let one = try input(Sizes(images: 1, inputs: 4, outputs: 3, height: 1, width: 1))
    #expect(throws: TorchError.self) { try one.normedRectifiedConvolved(layer, fusion(.best)) }
  }
}
