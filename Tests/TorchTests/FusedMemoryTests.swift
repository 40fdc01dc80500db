import Testing
import Torch

/// That fused operations read and write their operands' memory alone, and leave nothing half done.
struct FusedMemoryTests {
  private let fusion = Fusion(
    instructions: .best,
    training: true,
    momentum: 0.1,
    epsilon: 1e-5
  )

  private func norm(_ channels: Int, runningCount: Int? = nil) throws -> NormTensors {
    let count = runningCount ?? channels
    return try NormTensors(
      weight: Tensor([Double](repeating: 1, count: channels), shape: [channels]),
      bias: Tensor([Double](repeating: 0.5, count: channels), shape: [channels]),
      runningMean: Tensor([Double](repeating: 0, count: count), shape: [count]),
      runningVariance: Tensor([Double](repeating: 1, count: count), shape: [count])
    )
  }

  private func maps(_ shape: [Int]) throws -> Tensor {
    try Tensor(numbers(shape.reduce(1, *), seed: 6), shape: shape)
  }

  @Test(arguments: [1, 3])
  func `a weight that is a part of another has the gradient of its copy`(kernel: Int) throws {
    let all = try maps([16, 64, kernel, kernel])
    let part = try all.channels(8..<16).detached()
    let copy = try Tensor(part.doubles(), shape: part.shape)
    let gradients = try [part, copy].map { weight in
      try weight.setRequiresGradient(true)
      let layer = NormedConvolution(norm: try norm(8), weight: weight)
      try maps([2, 8, 6, 6]).normedRectifiedConvolved(layer, fusion)
        .backward(from: maps([2, 16, 6, 6]))
      return try weight.gradient?.doubles()
    }
    #expect(gradients[0] == gradients[1])
  }

  @Test
  func `a residual of another type is an error`() throws {
    let layer = NormedConvolution(norm: try norm(4), weight: try maps([4, 4, 3, 3]))
    let input = try maps([2, 4, 5, 5])
    let residual = try input.converted(to: .float32)
    for training in [true, false] {
      var fusion = fusion
      fusion.training = training
      #expect(throws: TorchError.self) {
        try input.normedRectifiedConvolved(layer, adding: residual, fusion)
      }
    }
  }

  @Test
  func `a transition with 3x3 kernels, which the mean does not commute with, is an error`() throws {
    let transition = NormedConvolution(norm: try norm(4), weight: try maps([2, 4, 3, 3]))
    let block = FusedDenseBlock(convolutions: [], hasBottlenecks: true, transition: transition)
    #expect(throws: TorchError.self) { try maps([3, 4, 4, 4]).through(block, fusion) }
  }

  @Test(arguments: [3, 64])
  func `running statistics of another size are an error`(count: Int) throws {
    let weight = try maps([4, 4, 3, 3])
    let layer = NormedConvolution(norm: try norm(4, runningCount: count), weight: weight)
    let input = try maps([2, 4, 5, 5])
    #expect(throws: TorchError.self) { try input.normedRectifiedConvolved(layer, fusion) }
    #expect(throws: TorchError.self) { try input.convolvedNormedRectified(layer, fusion) }
    #expect(throws: TorchError.self) { try input.normedRectifiedAveraged(layer.norm, fusion) }
    let block = FusedDenseBlock(
      convolutions: [layer],
      hasBottlenecks: false,
      transition: nil
    )
    #expect(throws: TorchError.self) { try input.through(block, fusion) }
  }

  @Test(arguments: [3, 5000])
  func `a norm of other channels than the maps' is an error`(count: Int) throws {
    let layer = NormedConvolution(norm: try norm(count), weight: try maps([4, 4, 3, 3]))
    let input = try maps([2, 4, 5, 5])
    for training in [true, false] {
      var fusion = fusion
      fusion.training = training
      #expect(throws: TorchError.self) { try input.normedRectifiedConvolved(layer, fusion) }
      #expect(throws: TorchError.self) { try input.convolvedNormedRectified(layer, fusion) }
      #expect(throws: TorchError.self) { try input.normedRectifiedAveraged(layer.norm, fusion) }
      let block = FusedDenseBlock(convolutions: [layer], hasBottlenecks: false, transition: nil)
      #expect(throws: TorchError.self) { try input.through(block, fusion) }
    }
  }

  @Test
  func `an operation that fails leaves running statistics as they are`() throws {
    let input = try maps([2, 4, 5, 5])
    let fits = NormedConvolution(norm: try norm(4), weight: try maps([3, 4, 3, 3]))
    let five = NormedConvolution(norm: fits.norm, weight: try maps([3, 4, 5, 5]))
    #expect(throws: TorchError.self) { try input.normedRectifiedConvolved(five, fusion) }
    #expect(throws: TorchError.self) {
      try input.normedRectifiedConvolved(fits, adding: maps([2, 5, 5, 5]), fusion)
    }
    #expect(try fits.norm.runningMean.doubles() == [0, 0, 0, 0])
  }

  @Test
  func `maps too small to be pooled are an error, as libtorch's`() throws {
    let transition = NormedConvolution(norm: try norm(4), weight: try maps([2, 4, 1, 1]))
    let block = FusedDenseBlock(convolutions: [], hasBottlenecks: true, transition: transition)
    #expect(throws: TorchError.self) { try maps([3, 4, 1, 1]).through(block, fusion) }
  }

  @Test
  func `half a bottleneck is an error`() throws {
    let half = NormedConvolution(norm: try norm(4), weight: try maps([8, 4, 1, 1]))
    let block = FusedDenseBlock(convolutions: [half], hasBottlenecks: true, transition: nil)
    #expect(throws: TorchError.self) { try maps([3, 4, 2, 2]).through(block, fusion) }
  }
}
