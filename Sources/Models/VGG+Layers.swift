import Torch
import TorchNN

extension VGG {
  func network(classCount: Int, from initializer: WeightInitializer) throws -> Network {
    var size = Architecture.imageSize
    var channels = 3
    var stages: [PlacedStage] = []
    for (index, step) in steps.enumerated() {
      guard case .convolution(let outputs) = step else { continue }
      let pools = steps[(index + 1)...].prefix { $0 == .maxPool }.count
      stages.append(
        PlacedStage(
          try ConvolutionLayer(
            inputs: channels,
            outputs: outputs,
            size: size,
            poolCount: pools,
            from: initializer
          ),
          at: "features.\(index)",
          multiplyAdds: 9 * channels * outputs * size * size
        )
      )
      channels = outputs
      size >>= pools
    }
    let features = channels * size * size
    stages.append(
      PlacedStage(
        try VGGClassifier(
          inputs: features,
          classCount: classCount,
          dropout: dropout,
          from: initializer
        ),
        at: "classifier",
        multiplyAdds: (features + VGGClassifier.width + classCount) * VGGClassifier.width
      )
    )
    return Network(stages: stages, classCount: classCount, minimumBatchSize: 2)
  }

  func parameterCount(classCount: Double) -> Double {
    var channels = 3.0
    var count = 0.0
    for case .convolution(let outputs) in steps {
      count += (9 * channels + 2) * Double(outputs)
      channels = Double(outputs)
    }
    let features = channels * Double(featureSizes.size * featureSizes.size)
    let width = Double(VGGClassifier.width)
    // Three affine maps with biases, and three batch norms.
    return count + (features + width + classCount) * width + 2 * width + classCount + 6 * width
  }
}

/// A 3x3 convolution, batch norm, ReLU, and the pools behind them.
struct ConvolutionLayer: Stage {
  let conv1: Conv2d
  let bn1: BatchNorm
  /// The width and height of the maps, in pixels.
  let size: Int
  private let poolCount: Int

  init(
    inputs: Int,
    outputs: Int,
    size: Int,
    poolCount: Int,
    from initializer: WeightInitializer
  ) throws {
    self.size = size
    conv1 = try Conv2d(inputs: inputs, outputs: outputs, kernel: 3, padding: 1, from: initializer)
    bn1 = try BatchNorm(channels: outputs, from: initializer)
    self.poolCount = poolCount
  }

  /// `[N, inputs, H, W]` to `[N, outputs, H', W']`, halved once for every pool.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    try pooled(bn1(conv1(input), mode: mode).reluInPlace())
  }

  /// `[N, outputs, H, W]`, halved once for every pool.
  func pooled(_ features: Tensor) throws -> Tensor {
    try (0..<poolCount).reduce(features) { features, _ in try features.maxPooled(size: 2) }
  }

  var state: ModuleState {
    ["conv1": conv1, "bn1": bn1]
  }
}

/// The published classifier: 512 to 512 to 512 to the classes, with batch norm, ReLU and dropout
/// between. Its numbers are the places of PyTorch's `Sequential`.
struct VGGClassifier: Stage {
  let linear0: Linear
  let bn1: BatchNorm
  let linear4: Linear
  let bn5: BatchNorm
  let bn7: BatchNorm
  let linear9: Linear
  let dropout: Dropout

  static let width = 512
  private static let weights = WeightInitializer.Distribution.normal(deviation: 0.01)

  init(
    inputs: Int,
    classCount: Int,
    dropout: Double,
    from initializer: WeightInitializer
  ) throws {
    func linear(_ inputs: Int, _ outputs: Int) throws -> Linear {
      try Linear(inputs: inputs, outputs: outputs, weights: Self.weights, from: initializer)
    }
    linear0 = try linear(inputs, Self.width)
    bn1 = try BatchNorm(channels: Self.width, from: initializer)
    linear4 = try linear(Self.width, Self.width)
    bn5 = try BatchNorm(channels: Self.width, from: initializer)
    bn7 = try BatchNorm(channels: Self.width, from: initializer)
    linear9 = try linear(Self.width, classCount)
    self.dropout = Dropout(probability: dropout)
  }

  /// `[N, C, H, W]` to log-probabilities `[N, classes]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    let first = try bn1(linear0(input.flattened()), mode: mode).reluInPlace()
    let second = try bn5(linear4(dropout(first, mode: mode)), mode: mode).reluInPlace()
    let third = try dropout(bn7(second, mode: mode), mode: mode)
    return try linear9(third).logSoftmax()
  }

  var state: ModuleState {
    ["0": linear0, "1": bn1, "4": linear4, "5": bn5, "7": bn7, "9": linear9]
  }
}
