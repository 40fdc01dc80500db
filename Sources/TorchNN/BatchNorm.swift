import Torch

/// Batch normalisation over every dimension but the channels (Ioffe and Szegedy 2015, arXiv
/// 1502.03167), with PyTorch's constants: momentum 0.1, epsilon 1e-5.
///
/// PyTorch's `BatchNorm1d` and `BatchNorm2d` at once: `[N, C]` or `[N, C, H, W]`.
public struct BatchNorm: Module {
  /// The scale of each channel, `[C]`, from 1.
  public let weight: Parameter
  /// The shift of each channel, `[C]`, from 0.
  public let bias: Parameter
  /// The mean of each channel over past batches, `[C]`.
  public let runningMean: Buffer
  /// The variance of each channel over past batches, `[C]`.
  public let runningVariance: Buffer

  static let momentum = 0.1
  static let epsilon = 1e-5

  /// A normalisation that changes nothing yet: mean 0, variance 1, scale 1, shift 0.
  ///
  /// - Throws: `TorchError` and `WeightInitializerError` when it cannot be held.
  public init(channels: Int, from initializer: WeightInitializer) throws {
    weight = try initializer.parameter([channels], .constant(1))
    bias = try initializer.parameter([channels], .constant(0))
    runningMean = Buffer(try initializer.tensor([channels], .constant(0)))
    runningVariance = Buffer(try initializer.tensor([channels], .constant(1)))
  }

  /// `[N, C]` or `[N, C, H, W]`, to the same sizes.
  ///
  /// - Throws: `TorchError` when the sizes do not fit, and in training for one value a channel.
  public func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    guard case .training(_, let statistics) = mode else {
      return try self(input, training: false, statistics: nil)
    }
    return try self(input, training: true, statistics: statistics)
  }

  /// As among fused layers.
  ///
  /// - Throws: As for a mode.
  public func callAsFunction(_ input: Tensor, _ fusion: Fusion) throws -> Tensor {
    try self(input, training: fusion.training, statistics: fusion.statistics)
  }

  private func callAsFunction(
    _ input: Tensor,
    training: Bool,
    statistics: StatisticsSum?
  ) throws -> Tensor {
    try input.batchNormalized(
      weight: weight.value,
      bias: bias.value,
      runningMean: runningMean.value,
      runningVariance: runningVariance.value,
      training: training,
      momentum: Self.momentum,
      epsilon: Self.epsilon,
      statistics: statistics
    )
  }

  /// `weight`, `bias`, `running_mean`, `running_var`
  public var state: ModuleState {
    ModuleState(
      parameters: ["weight": weight, "bias": bias],
      buffers: ["running_mean": runningMean, "running_var": runningVariance]
    )
  }
}
