import Torch
import TorchNN

/// BN, ReLU, 1x1 convolution to 4 k channels, BN, ReLU, 3x3 convolution to k channels, which are
/// appended to the input.
struct Bottleneck: Stage {
  let bn1: BatchNorm
  let conv1: Conv2d
  let bn2: BatchNorm
  let conv2: Conv2d
  let dropout: Dropout

  init(inputs: Int, growthRate: Int, dropout: Double, from initializer: WeightInitializer) throws {
    let middle = Self.width(growthRate: growthRate)
    bn1 = try BatchNorm(channels: inputs, from: initializer)
    conv1 = try Conv2d(inputs: inputs, outputs: middle, kernel: 1, from: initializer)
    bn2 = try BatchNorm(channels: middle, from: initializer)
    conv2 = try Conv2d(
      inputs: middle,
      outputs: growthRate,
      kernel: 3,
      padding: 1,
      from: initializer
    )
    self.dropout = Dropout(probability: dropout)
  }

  /// The number of channels between the two convolutions.
  static func width(growthRate: Int) -> Int {
    4 * growthRate
  }

  /// `[N, C, H, W]` to `[N, C + k, H, W]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    let narrowed = try dropout(conv1(bn1(input, mode: mode).reluInPlace()), mode: mode)
    let grown = try dropout(conv2(bn2(narrowed, mode: mode).reluInPlace()), mode: mode)
    return try .concatenated([input, grown])
  }

  var state: ModuleState {
    ["bn1": bn1, "conv1": conv1, "bn2": bn2, "conv2": conv2]
  }
}

/// ReLU, BN, 3x3 convolution to k channels, which are appended to the input. (The published code
/// puts ReLU first here, unlike the paper.)
struct PlainDenseLayer: Stage {
  let bn1: BatchNorm
  let conv1: Conv2d
  let dropout: Dropout

  init(inputs: Int, growthRate: Int, dropout: Double, from initializer: WeightInitializer) throws {
    bn1 = try BatchNorm(channels: inputs, from: initializer)
    conv1 = try Conv2d(
      inputs: inputs,
      outputs: growthRate,
      kernel: 3,
      padding: 1,
      from: initializer
    )
    self.dropout = Dropout(probability: dropout)
  }

  /// `[N, C, H, W]` to `[N, C + k, H, W]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    let grown = try dropout(conv1(bn1(input.relu(), mode: mode)), mode: mode)
    return try .concatenated([input, grown])
  }

  var state: ModuleState {
    ["bn1": bn1, "conv1": conv1]
  }
}

/// ReLU, BN, 1x1 convolution to fewer channels, the mean of 2x2 pixels. (The published code puts
/// ReLU first here, unlike the paper.)
struct Transition: Stage {
  let bn1: BatchNorm
  let conv1: Conv2d
  let dropout: Dropout

  init(inputs: Int, outputs: Int, dropout: Double, from initializer: WeightInitializer) throws {
    bn1 = try BatchNorm(channels: inputs, from: initializer)
    conv1 = try Conv2d(inputs: inputs, outputs: outputs, kernel: 1, from: initializer)
    self.dropout = Dropout(probability: dropout)
  }

  /// `[N, C, H, W]` to `[N, outputs, H / 2, W / 2]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    let normalized = try bn1(input.relu(), mode: mode)
    if case .training = mode, dropout.probability > 0 {
      return try dropout(conv1(normalized), mode: mode).averagePooled(size: 2)
    }
    // A 1x1 convolution and a mean over pixels commute, and the mean leaves a quarter of the pixels
    // to convolve.
    return try conv1(normalized.averagePooled(size: 2))
  }

  var state: ModuleState {
    ["bn1": bn1, "conv1": conv1]
  }
}
