import Torch

/// A convolution of images with square kernels, zeros around the image, and no bias.
public struct Conv2d: Module {
  /// `[outputs, inputs, kernel, kernel]`
  public let weight: Parameter
  /// The step between two windows, in pixels.
  public let stride: Int
  /// The width of the border of zeros, in pixels.
  public let padding: Int

  /// Draws the weights from a normal distribution of variance `2 / (kernel * kernel * outputs)`
  /// (He et al. 2015, arXiv 1502.01852, equation 14; "fan out"), as the published models do.
  ///
  /// - Throws: `TorchError` and `WeightInitializerError` when such a weight cannot be held.
  public init(
    inputs: Int,
    outputs: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Int = 0,
    from initializer: WeightInitializer
  ) throws {
    let variance = 2 / Double(kernel * kernel * outputs)
    weight = try initializer.parameter(
      [outputs, inputs, kernel, kernel],
      .normal(deviation: variance.squareRoot())
    )
    self.stride = stride
    self.padding = padding
  }

  /// `[N, inputs, H, W]` to `[N, outputs, H', W']`.
  ///
  /// - Throws: `TorchError` when the sizes do not fit.
  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    try input.convolved(weight: weight.value, stride: stride, padding: padding)
  }

  /// `weight`
  public var state: ModuleState {
    ModuleState(parameters: ["weight": weight])
  }
}
