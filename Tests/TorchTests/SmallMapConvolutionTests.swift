import Testing
import Torch

/// Channels-last maps that are mostly edge take a way of their own; row-major ones go to libtorch.
struct SmallMapConvolutionTests {
  struct Sizes: Sendable, CustomTestStringConvertible {
    var images = 3
    var inputs = 5
    var outputs = 4
    var height: Int
    var width: Int
    var kernel = 3
    var stride = 1
    var padding = 1

    var testDescription: String {
      "\(images)x\(inputs)x\(height)x\(width) to \(outputs), kernel \(kernel), "
        + "stride \(stride), padding \(padding)"
    }
  }

  private static let sizes = [
    Sizes(height: 2, width: 2),
    Sizes(height: 1, width: 1),
    Sizes(height: 1, width: 2),
    Sizes(height: 2, width: 1),
    Sizes(images: 1, height: 2, width: 2),
    Sizes(inputs: 1, outputs: 1, height: 2, width: 2),
    Sizes(height: 2, width: 2, stride: 2),
    Sizes(height: 2, width: 2, kernel: 5, padding: 2),
    Sizes(height: 1, width: 1, kernel: 5, padding: 3),
    Sizes(height: 2, width: 2, padding: 3),
    Sizes(height: 4, width: 4, kernel: 5, stride: 4, padding: 4),
    // The corners of the result lie beyond every pixel.
    Sizes(height: 1, width: 1, stride: 2, padding: 3),
    // Not mostly edge: libtorch's in both.
    Sizes(height: 4, width: 4),
    Sizes(height: 2, width: 2, kernel: 1, padding: 0),
  ]

  @Test(arguments: sizes)
  func `the result and both gradients are the same in either order of memory`(
    sizes: Sizes
  ) throws {
    let rowMajor = try results(sizes, .contiguous)
    let channelsLast = try results(sizes, .channelsLast)
    for (expected, found) in zip(rowMajor, channelsLast) {
      #expect(expected.count == found.count)
      #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test
  func `weights that only ever meet the zeros beyond the edge are not multiplied`() throws {
    var weights = [Float](repeating: 2, count: 9)
    weights[0] = .infinity
    let weight = try Tensor(weights, shape: [1, 1, 3, 3]).arranged(in: .channelsLast)
    let pixel = try Tensor([3] as [Float], shape: [1, 1, 1, 1]).arranged(in: .channelsLast)
    #expect(try pixel.convolved(weight: weight, padding: 1).floats() == [6])
  }

  @Test
  func `ReLU may overwrite the result, and gradients of two passes add up`() throws {
    func gradients(_ format: MemoryFormat) throws -> [[Double]] {
      let input = try numbers([3, 5, 2, 2]).arranged(in: format)
      let weight = try numbers([4, 5, 3, 3]).arranged(in: format)
      try input.setRequiresGradient(true)
      try weight.setRequiresGradient(true)
      for _ in 0..<2 {
        let output = try input.convolved(weight: weight, padding: 1).reluInPlace()
        try output.backward(from: numbers(output.shape))
      }
      let (ofInput, ofWeight) = (try input.gradient, try weight.gradient)
      return try [#require(ofInput), #require(ofWeight)].map { try $0.doubles() }
    }
    let (rowMajor, channelsLast) = (try gradients(.contiguous), try gradients(.channelsLast))
    for (expected, found) in zip(rowMajor, channelsLast) {
      #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(found.contains { $0 != 0 })
    }
  }

  @Test
  func `only the gradients that are asked for are made`() throws {
    for (asksInput, asksWeight) in [(true, false), (false, true)] {
      let input = try numbers([2, 3, 2, 2]).arranged(in: .channelsLast)
      let weight = try numbers([4, 3, 3, 3]).arranged(in: .channelsLast)
      try input.setRequiresGradient(asksInput)
      try weight.setRequiresGradient(asksWeight)
      let output = try input.convolved(weight: weight, padding: 1)
      #expect(output.requiresGradient)
      try output.backward(from: numbers([2, 4, 2, 2]))
      #expect(try (input.gradient != nil) == asksInput)
      #expect(try (weight.gradient != nil) == asksWeight)
    }
  }

  @Test
  func `without gradients no graph is kept`() throws {
    let weight = try numbers([4, 3, 3, 3]).arranged(in: .channelsLast)
    try weight.setRequiresGradient(true)
    let input = try numbers([2, 3, 2, 2]).arranged(in: .channelsLast)
    let output = try withoutGradients { try input.convolved(weight: weight, padding: 1) }
    #expect(!output.requiresGradient)
  }

  /// The output, the gradient of the input and that of the weight, row by row.
  private func results(_ sizes: Sizes, _ format: MemoryFormat) throws -> [[Double]] {
    let input = try numbers([sizes.images, sizes.inputs, sizes.height, sizes.width])
      .arranged(in: format)
    let weight = try numbers([sizes.outputs, sizes.inputs, sizes.kernel, sizes.kernel])
      .arranged(in: format)
    try input.setRequiresGradient(true)
    try weight.setRequiresGradient(true)
    let output = try input.convolved(weight: weight, stride: sizes.stride, padding: sizes.padding)
    try output.backward(from: numbers(output.shape))
    let (ofInput, ofWeight) = (try input.gradient, try weight.gradient)
    return try [output, #require(ofInput), #require(ofWeight)].map { try $0.doubles() }
  }

  /// Numbers without a pattern that a mistake could keep.
  private func numbers(_ shape: [Int]) throws -> Tensor {
    let count = shape.reduce(1, *)
    return try Tensor((0..<count).map { Double($0 * $0 % 101) / 37 - 1.3 }, shape: shape)
  }
}
