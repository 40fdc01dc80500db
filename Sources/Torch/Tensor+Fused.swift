internal import CTorch

/// How fused layers run.
public struct Fusion: Hashable, Sendable {
  /// What the kernels are compiled for; at most `Instructions.best`.
  public var instructions: Instructions
  /// Whether batch norms use the batch's statistics and move their running ones. Only then are layers
  /// recorded for the backward pass.
  public var training: Bool
  /// How far running statistics move towards a batch's.
  public var momentum: Double
  /// What is added to a variance.
  public var epsilon: Double
  /// Over what a batch's statistics are made, where other processes have a part of the batch; nil for these images
  /// alone.
  public var statistics: StatisticsSum?

  /// How fused layers run.
  public init(
    instructions: Instructions,
    training: Bool,
    momentum: Double,
    epsilon: Double,
    statistics: StatisticsSum? = nil
  ) {
    self.instructions = instructions
    self.training = training
    self.momentum = momentum
    self.epsilon = epsilon
    self.statistics = statistics
  }

  fileprivate var code: ct_fusion {
    ct_fusion(
      instructions: instructions.code,
      training: training,
      momentum: momentum,
      epsilon: epsilon,
      sum: statistics.code
    )
  }
}

/// The tensors of a batch norm.
public struct NormTensors: Sendable {
  /// The scale of each channel, `[C]`.
  public var weight: Tensor
  /// The shift of each channel, `[C]`.
  public var bias: Tensor
  /// The mean over past batches, `[C]`.
  public var runningMean: Tensor
  /// The variance over past batches, `[C]`.
  public var runningVariance: Tensor

  /// The tensors of a batch norm.
  public init(weight: Tensor, bias: Tensor, runningMean: Tensor, runningVariance: Tensor) {
    self.weight = weight
    self.bias = bias
    self.runningMean = runningMean
    self.runningVariance = runningVariance
  }

  fileprivate var code: ct_norm {
    ct_norm(
      weight: weight.handle,
      bias: bias.handle,
      running_mean: runningMean.handle,
      running_variance: runningVariance.handle
    )
  }

  fileprivate var all: [Tensor] { [weight, bias, runningMean, runningVariance] }
}

/// The tensors of a batch norm and of a convolution beside it, of stride 1 and without a change of size.
public struct NormedConvolution: Sendable {
  /// The batch norm.
  public var norm: NormTensors
  /// `[outputs, inputs, K, K]` with K 1 or 3.
  public var weight: Tensor

  /// The tensors of a batch norm and of a convolution beside it.
  public init(norm: NormTensors, weight: Tensor) {
    self.norm = norm
    self.weight = weight
  }

  fileprivate var code: ct_normed_convolution {
    ct_normed_convolution(norm: norm.code, weight: weight.handle)
  }

  fileprivate var tensors: [Tensor] { norm.all + [weight] }
}

/// Densely connected layers, and what may stand behind them.
public struct FusedDenseBlock: Sendable {
  /// The layers in order: of each, two where there are bottlenecks (norm, ReLU, 1x1 convolution; norm,
  /// ReLU, 3x3 convolution), else one (ReLU, norm, 3x3 convolution).
  public var convolutions: [NormedConvolution]
  /// Whether each layer has a bottleneck.
  public var hasBottlenecks: Bool
  /// ReLU, norm, 1x1 convolution and the mean of 2x2 pixels; nil for none.
  public var transition: NormedConvolution?

  /// Densely connected layers, and what may stand behind them.
  public init(
    convolutions: [NormedConvolution],
    hasBottlenecks: Bool,
    transition: NormedConvolution?
  ) {
    self.convolutions = convolutions
    self.hasBottlenecks = hasBottlenecks
    self.transition = transition
  }
}

// MARK: - Several layers as one operation

extension Tensor {
  /// `[N, C, H, W]` through layers that each append channels: `[N, C + appended, H, W]`, or behind a
  /// transition `[N, outputs, H / 2, W / 2]`. Float32 or float64 on the CPU.
  ///
  /// - Throws: `TorchError` when sizes or types do not fit.
  public func through(_ block: FusedDenseBlock, _ fusion: Fusion) throws -> Tensor {
    let all = block.convolutions + (block.transition.map { [$0] } ?? [])
    return try .make("through(FusedDenseBlock)", [self] + all.flatMap(\.tensors)) { result in
      block.convolutions.map(\.code).withUnsafeBufferPointer { convolutions in
        var fusion = fusion.code
        let transition = block.transition.map { [$0.code] } ?? []
        return transition.withUnsafeBufferPointer { transition in
          var description = ct_dense_block(
            convolutions: convolutions.baseAddress,
            count: Int64(convolutions.count),
            bottleneck: block.hasBottlenecks,
            transition: transition.isEmpty ? nil : transition.baseAddress
          )
          return ct_dense_block_apply(handle, &description, &fusion, result)
        }
      }
    }
  }

  /// convolution(max(0, norm(x))) of `[N, C, H, W]`, and a residual added: `[N, outputs, H, W]`.
  ///
  /// - Parameter residual: `[N, outputs, H, W]`; nil for none.
  /// - Throws: `TorchError` when sizes or types do not fit.
  public func normedRectifiedConvolved(
    _ layer: NormedConvolution,
    adding residual: Tensor? = nil,
    _ fusion: Fusion
  ) throws -> Tensor {
    let operands = [self] + layer.tensors + (residual.map { [$0] } ?? [])
    return try .make("normedRectifiedConvolved", operands) {
      var (code, fusion) = (layer.code, fusion.code)
      let added = residual?.handle ?? ct_tensor(pointer: nil)
      return ct_norm_relu_conv2d(handle, &code, added, &fusion, $0)
    }
  }

  /// max(0, norm(convolution(x))) of `[N, C, H, W]`: `[N, outputs, H, W]`.
  ///
  /// - Throws: `TorchError` when sizes or types do not fit.
  public func convolvedNormedRectified(
    _ layer: NormedConvolution,
    _ fusion: Fusion
  ) throws -> Tensor {
    try .make("convolvedNormedRectified", [self] + layer.tensors) {
      var (code, fusion) = (layer.code, fusion.code)
      return ct_conv2d_norm_relu(handle, &code, &fusion, $0)
    }
  }

  /// The mean of max(0, norm(x)) over each image of `[N, C, H, W]`: `[N, C]`.
  ///
  /// - Throws: `TorchError` when sizes or types do not fit.
  public func normedRectifiedAveraged(_ norm: NormTensors, _ fusion: Fusion) throws -> Tensor {
    try .make("normedRectifiedAveraged", [self] + norm.all) {
      var (code, fusion) = (norm.code, fusion.code)
      return ct_norm_relu_mean(handle, &code, &fusion, $0)
    }
  }
}
