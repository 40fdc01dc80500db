import Torch

/// An affine map of feature vectors.
public struct Linear: Module {
  /// `[outputs, inputs]`
  public let weight: Parameter
  /// `[outputs]`, from 0.
  public let bias: Parameter

  /// Draws the weights.
  ///
  /// - Parameter weights: Where they come from; nil for uniform in +-1 / sqrt(inputs), which is what
  ///   PyTorch does by itself (torch.nn.Linear).
  /// - Throws: `TorchError` and `WeightInitializerError` when such a weight cannot be held.
  public init(
    inputs: Int,
    outputs: Int,
    weights: WeightInitializer.Distribution? = nil,
    from initializer: WeightInitializer
  ) throws {
    weight = try initializer.parameter(
      [outputs, inputs],
      weights ?? .uniform(bound: 1 / Double(inputs).squareRoot())
    )
    bias = try initializer.parameter([outputs], .constant(0))
  }

  /// `[N, inputs]` to `[N, outputs]`.
  ///
  /// - Throws: `TorchError` when the sizes do not fit.
  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    try input.linear(weight: weight.value, bias: bias.value)
  }

  /// `weight`, `bias`
  public var state: ModuleState {
    ModuleState(parameters: ["weight": weight, "bias": bias])
  }
}
