import Torch

/// A convolution that moves no more, with the batch norm before or behind it, if any, multiplied into
/// its weights: it costs what the convolution alone costs.
///
/// Unlike `Conv2d` it computes an image's output in the same way whatever the batch
/// (`Tensor.convolved(weight:bias:stride:padding:rectified:)`). Made within `ReducedPrecision.apply(_:)`, it has its
/// weights in that precision.
public struct FoldedConv2d: Sendable {
  private let weight: Tensor
  private let bias: Tensor?
  private let stride: Int
  private let padding: Int

  /// `convolution(x)`, with its weights as they are.
  ///
  /// - Throws: `TorchError` without memory for weights of another precision.
  public init(_ convolution: Conv2d) throws {
    weight = try convolution.weight.value.lowered()
    bias = nil
    stride = convolution.stride
    padding = convolution.padding
  }

  /// `norm(convolution(x))` as one convolution: each output's weights times its scale, its shift as
  /// the bias.
  ///
  /// - Throws: `TorchError` when the numbers cannot be read.
  public init(_ convolution: Conv2d, before norm: FoldedBatchNorm) throws {
    let perOutput = convolution.weight.value.shape.dropFirst().reduce(1, *)
    try self.init(convolution, bias: norm.shifts) { weights in
      for index in weights.indices { weights[index] *= norm.scales[index / perOutput] }
    }
  }

  /// `convolution(scale * x + shift)` as one convolution.
  ///
  /// - Precondition: the convolution is 1x1 and without padding. Zeros around the image would be
  ///   shifted as well, and in `convolution` they are not.
  /// - Throws: `TorchError` when the numbers cannot be read.
  public init(_ convolution: Conv2d, behind norm: FoldedBatchNorm) throws {
    precondition(
      convolution.padding == 0 && convolution.weight.value.shape[2...] == [1, 1],
      "a convolution of \(convolution.weight.value.shape) with padding \(convolution.padding)"
    )
    let inputs = norm.scales.count
    let weights = try convolution.weight.value.doubles()
    let bias = (0..<weights.count / inputs).map { output in
      zip(weights[(output * inputs)...], norm.shifts).reduce(0) { $0 + $1.0 * $1.1 }
    }
    try self.init(convolution, bias: bias) { weights in
      for index in weights.indices { weights[index] *= norm.scales[index % inputs] }
    }
  }

  /// - Parameter scale: Changes the weights, `[outputs, inputs, kernel, kernel]` row by row.
  private init(
    _ convolution: Conv2d,
    bias: [Double],
    scale: (inout [Double]) -> Void
  ) throws {
    let original = convolution.weight.value
    var weights = try original.doubles()
    scale(&weights)
    weight = try Tensor(weights, shape: original.shape).like(original)
      .arranged(in: original.isDense(in: .contiguous) ? .contiguous : .channelsLast)
      .lowered()
    self.bias = try Tensor(bias, shape: [bias.count]).like(original).lowered()
    stride = convolution.stride
    padding = convolution.padding
  }

  /// `[N, inputs, H, W]` to `[N, outputs, H', W']`.
  ///
  /// - Parameter rectified: Whether the result is max(x, 0).
  /// - Throws: `TorchError` when the sizes do not fit.
  public func callAsFunction(_ input: Tensor, rectified: Bool) throws -> Tensor {
    try input.convolved(
      weight: weight,
      bias: bias,
      stride: stride,
      padding: padding,
      rectified: rectified
    )
  }
}
