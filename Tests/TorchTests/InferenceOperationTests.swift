import Testing
import Torch

/// The operations that frozen layers are made of.
struct InferenceOperationTests {
  private static let formats = [MemoryFormat.contiguous, .channelsLast]

  @Test(arguments: formats)
  func `scale, shift and ReLU go by channel`(format: MemoryFormat) throws {
    let input = try Tensor([1, -2, 3, 4, -5, 6, 7, 8] as [Float], shape: [2, 2, 1, 2])
      .arranged(in: format)
    let scale = try Tensor([2, -1] as [Float], shape: [2])
    let shift = try Tensor([0.5, 1] as [Float], shape: [2])
    let behind = try input.scaledAndRectified(scale: scale, shift: shift)
    #expect(try behind.floats() == [2.5, 0, 0, 0, 0, 12.5, 0, 0])
    let before = try input.scaledAndRectified(scale: scale, shift: shift, rectifiedBefore: true)
    #expect(try before.floats() == [2.5, 0.5, -2, -3, 0.5, 12.5, -6, -7])
    #expect(try input.floats() == [1, -2, 3, 4, -5, 6, 7, 8])
  }

  @Test(arguments: formats)
  func `some channels of a tensor are scaled as a tensor of them alone`(
    format: MemoryFormat
  ) throws {
    let numbers = (0..<2 * 40 * 9).map { Float($0 % 37) - 18 }
    let whole = try Tensor(numbers, shape: [2, 40, 3, 3]).arranged(in: format)
    let scale = try Tensor((0..<19).map { Float($0) - 9 }, shape: [19])
    let shift = try Tensor((0..<19).map { 5 - Float($0) }, shape: [19])
    let part = try whole.channels(3..<22)
    let found = try part.scaledAndRectified(scale: scale, shift: shift)
    let alone = try part.copied().arranged(in: format)
      .scaledAndRectified(scale: scale, shift: shift)
    #expect(try found.floats() == alone.floats())
    #expect(try found.isDense(in: format))
    let expected = try part.floats().enumerated().map { index, value in
      let channel = index / 9 % 19
      return max(value * (Float(channel) - 9) + 5 - Float(channel), 0)
    }
    #expect(try found.floats() == expected)
  }

  @Test
  func `float64 is scaled in float64, and what is no number stays none`() throws {
    let input = try Tensor([1e-20, .nan] as [Double], shape: [1, 1, 1, 2])
    let one = try Tensor([1.0], shape: [1])
    let shift = try Tensor([1e-30], shape: [1])
    let found = try input.scaledAndRectified(scale: one, shift: shift).doubles()
    #expect(found[0] == 1e-20 + 1e-30)
    #expect(found[1].isNaN)
  }

  @Test(arguments: [(3, 1, 1), (3, 2, 1), (1, 2, 0), (5, 1, 2), (1, 1, 0)])
  func `without a bias it is the general convolution, of three channels too`(
    kernel: Int,
    stride: Int,
    padding: Int
  ) throws {
    func numbers(_ shape: [Int]) throws -> Tensor {
      let count = shape.reduce(1, *)
      return try Tensor((0..<count).map { Float($0 * $0 % 101) / 37 - 1.3 }, shape: shape)
        .arranged(in: .channelsLast)
    }
    let (input, weight) = (try numbers([2, 3, 8, 6]), try numbers([7, 3, kernel, kernel]))
    let general = try withoutGradients {
      try input.convolved(weight: weight, stride: stride, padding: padding)
    }
    for rectified in [false, true] {
      let found = try input.convolved(
        weight: weight,
        bias: nil,
        stride: stride,
        padding: padding,
        rectified: rectified
      )
      #expect(found.shape == general.shape)
      let pairs = zip(try found.floats(), try general.floats())
      #expect(pairs.allSatisfy { abs($0 - (rectified ? max($1, 0) : $1)) < 1e-4 })
    }
  }

  @Test(arguments: [false, true])
  func `a convolution with bias and ReLU is one`(rectified: Bool) throws {
    let input = try Tensor([1, 2, 3, 4, -1, -2, -3, -4] as [Float], shape: [1, 2, 2, 2])
    let weight = try Tensor([1, 1, -1, 1] as [Float], shape: [2, 2, 1, 1])
    let bias = try Tensor([0.5, 3] as [Float], shape: [2])
    let expected: [Float] = [0.5, 0.5, 0.5, 0.5, 1, -1, -3, -5]
    for format in Self.formats {
      let found = try input.arranged(in: format)
        .convolved(weight: weight, bias: bias, rectified: rectified)
      #expect(try found.floats() == (rectified ? expected.map { max($0, 0) } : expected))
      #expect(!found.requiresGradient)
    }
  }

  @Test
  func `a convolution needs no bias`() throws {
    let input = try Tensor([1, 2, 3, 4, -1, -2, -3, -4] as [Float], shape: [1, 2, 2, 2])
    let weight = try Tensor([1, 1, -1, 1] as [Float], shape: [2, 2, 1, 1])
    for format in Self.formats {
      let found = try input.arranged(in: format)
        .convolved(weight: weight, bias: nil, rectified: false)
      #expect(try found.floats() == [0, 0, 0, 0, -2, -4, -6, -8])
      let rectified = try input.arranged(in: format)
        .convolved(weight: weight, bias: nil, rectified: true)
      #expect(try rectified.floats() == [0, 0, 0, 0, 0, 0, 0, 0])
    }
  }

  // The number of threads is the process's. With one, libtorch's own convolution of fewer than 16
  // images does not go to oneDNN.
  @Test
  func `a convolution of one image is that image's of a batch, with one thread too`() async {
    await #expect(processExitsWith: .success) {
      try Runtime.setThreadCount(1)
      let weight = try Tensor.full([114, 228, 1, 1], value: 0)
      try weight.fillNormal(deviation: 1, from: Generator(seed: 1))
      let images = try Tensor.full([16, 228, 8, 8], value: 0).arranged(in: .channelsLast)
      try images.fillNormal(deviation: 1, from: Generator(seed: 2))
      let together = try images.convolved(weight: weight, bias: nil, rectified: false)
        .rows(0..<1).floats()
      let alone = try images.rows(0..<1).convolved(weight: weight, bias: nil, rectified: false)
        .floats()
      try #require(alone == together)
    }
  }

  @Test
  func `kernels that are larger than the image are refused`() throws {
    let image = try Tensor.full([1, 1, 2, 2], value: 1).arranged(in: .channelsLast)
    for rectified in [false, true] {
      #expect(throws: TorchError.self) {
        try image.convolved(
          weight: Tensor.full([1, 1, 3, 3], value: 1),
          bias: nil,
          rectified: rectified
        )
      }
    }
  }

  @Test
  func `parts are views of the same memory`() throws {
    let whole = try Tensor((0..<12).map(Float.init), shape: [2, 3, 1, 2])
    #expect(try whole.rows(1..<2).floats() == [6, 7, 8, 9, 10, 11])
    #expect(try whole.channels(1..<2).floats() == [2, 3, 8, 9])
    try whole.channels(2..<3).assign(Tensor.full([2, 1, 1, 2], value: -1))
    #expect(try whole.floats() == [0, 1, 2, 3, -1, -1, 6, 7, 8, 9, -1, -1])
    #expect(try whole.rows(0..<0).elementCount == 0)
    let sum = try whole.rows(0..<1).addingInPlace(Tensor.full([1, 3, 1, 2], value: 1))
    #expect(try sum.floats() == [1, 2, 3, 4, 0, 0])
    #expect(try whole.floats().prefix(2) == [1, 2])
  }

  @Test
  func `sizes and types that do not fit are refused`() throws {
    let images = try Tensor.full([2, 3, 4, 4], value: 1)
    let two = try Tensor.full([2], value: 1)
    let doubles = try Tensor.full([3], value: 1, scalarType: .float64)
    #expect(throws: TorchError.self) { try images.scaledAndRectified(scale: two, shift: two) }
    #expect(throws: TorchError.self) {
      try images.scaledAndRectified(scale: doubles, shift: doubles)
    }
    #expect(throws: TorchError.self) { try two.scaledAndRectified(scale: two, shift: two) }
    for bias in [two, doubles] {
      for weights in [[5, 3, 1, 1], [5, 2, 1, 1], [5, 3]] {
        #expect(throws: TorchError.self) {
          try images.convolved(
            weight: Tensor.full(weights, value: 1),
            bias: bias,
            rectified: true
          )
        }
      }
    }
    #expect(throws: TorchError.self) { try images.channels(2..<4) }
    #expect(throws: TorchError.self) { try images.addingInPlace(two) }
  }

  @Test
  func `a backward pass in two parts is the whole one`() throws {
    let input = try Tensor([1, -2, 3] as [Float], shape: [1, 3])
    let leaf = try input.copied()
    try leaf.setRequiresGradient(true)
    let middle = try leaf.adding(leaf)
    let inner = try middle.detached()
    try inner.setRequiresGradient(true)
    let labels = try Tensor([2] as [Int64], shape: [1])
    try inner.logSoftmax().negativeLogLikelihood(labels: labels).backward()
    let gradient = try #require(try inner.gradient)
    try middle.backward(from: gradient)
    let whole = try input.copied()
    try whole.setRequiresGradient(true)
    try whole.adding(whole).logSoftmax().negativeLogLikelihood(labels: labels).backward()
    #expect(try leaf.gradient?.floats() == whole.gradient?.floats())
    #expect(throws: TorchError.self) { try whole.adding(whole).backward(from: labels) }
  }
}
