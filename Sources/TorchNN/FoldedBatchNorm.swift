import Torch

/// A batch norm whose running statistics move no more, as what it then is: a scale and a shift of
/// each channel, `y = scale * x + shift`, fused with the ReLU beside it.
public struct FoldedBatchNorm: Sendable {
  /// `weight / sqrt(running variance + epsilon)`, by channel.
  let scales: [Double]
  /// `bias - running mean * scale`, by channel.
  let shifts: [Double]

  private let scale: Tensor
  private let shift: Tensor

  /// Takes over what the batch norm is now; what becomes of it later is not seen.
  ///
  /// - Throws: `TorchError` when its numbers cannot be read.
  public init(_ norm: BatchNorm) throws {
    let variances = try norm.runningVariance.value.doubles()
    let weights = try norm.weight.value.doubles()
    let means = try norm.runningMean.value.doubles()
    let biases = try norm.bias.value.doubles()
    let scales = zip(weights, variances).map { $0 / ($1 + BatchNorm.epsilon).squareRoot() }
    self.scales = scales
    shifts = biases.indices.map { biases[$0] - means[$0] * scales[$0] }
    scale = try Tensor(scales, shape: [scales.count]).like(norm.weight.value)
    shift = try Tensor(shifts, shape: [shifts.count]).like(norm.weight.value)
  }

  /// `max(scale * x + shift, 0)` of `[N, C, H, W]`, in one pass over memory.
  ///
  /// - Throws: `TorchError` when the sizes do not fit.
  public func rectified(_ input: Tensor) throws -> Tensor {
    try input.scaledAndRectified(scale: scale, shift: shift)
  }

  /// `scale * max(x, 0) + shift` of `[N, C, H, W]`, in one pass over memory.
  ///
  /// - Throws: `TorchError` when the sizes do not fit.
  public func ofRectified(_ input: Tensor) throws -> Tensor {
    try input.scaledAndRectified(scale: scale, shift: shift, rectifiedBefore: true)
  }
}

extension Tensor {
  /// The same values in the type of another tensor, and on its device.
  func like(_ other: Tensor) throws -> Tensor {
    try converted(to: other.scalarType).moved(to: other.device)
  }
}
