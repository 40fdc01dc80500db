import Torch

extension NormTensors {
  /// The tensors of a layer.
  public init(_ norm: BatchNorm) {
    self.init(
      weight: norm.weight.value,
      bias: norm.bias.value,
      runningMean: norm.runningMean.value,
      runningVariance: norm.runningVariance.value
    )
  }
}

extension NormedConvolution {
  /// The tensors of two layers; the convolution has stride 1 and does not change the size of its maps.
  public init(_ norm: BatchNorm, _ convolution: Conv2d) {
    self.init(norm: NormTensors(norm), weight: convolution.weight.value)
  }
}

extension Fusion {
  /// How fused layers run in a mode, with the constants of `BatchNorm`.
  public init(_ instructions: Instructions, mode: Mode) {
    self.init(
      instructions: instructions,
      training: false,
      momentum: BatchNorm.momentum,
      epsilon: BatchNorm.epsilon
    )
    if case .training(_, let statistics) = mode { (training, self.statistics) = (true, statistics) }
  }
}
