import Torch
import TorchNN

/// The last layer of DenseNet and Wide ResNet: batch norm, ReLU, the mean over the image, and an
/// affine map to the classes. It never freezes.
struct ClassifierHead: Stage {
  let bn1: BatchNorm
  let fc: Linear

  init(channels: Int, classCount: Int, from initializer: WeightInitializer) throws {
    bn1 = try BatchNorm(channels: channels, from: initializer)
    fc = try Linear(inputs: channels, outputs: classCount, from: initializer)
  }

  /// `[N, channels, H, W]` to log-probabilities `[N, classes]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    try probabilities(of: bn1(input, mode: mode).reluInPlace().globallyAveragePooled())
  }

  fileprivate func probabilities(of means: Tensor) throws -> Tensor {
    try fc(means).logSoftmax()
  }

  var state: ModuleState {
    ["bn1": bn1, "fc": fc]
  }
  static func parameterCount(channels: Double, _ classCount: Double) -> Double {
    2 * channels + (channels + 1) * classCount
  }
}

extension ClassifierHead: FusibleStage {
  var isFusedInTraining: Bool { true }

  func fusedRun(with following: [any FusibleStage]) -> FusedRun {
    FusedRun(count: 1) { input, fusion in
      try probabilities(of: input.normedRectifiedAveraged(NormTensors(bn1), fusion))
    }
  }
}

extension PlacedStage {
  /// The head of a network.
  static func head(
    channels: Int,
    classCount: Int,
    from initializer: WeightInitializer
  ) throws -> PlacedStage {
    PlacedStage(
      try ClassifierHead(channels: channels, classCount: classCount, from: initializer),
      at: "",
      name: "bn1, fc",
      multiplyAdds: channels * classCount
    )
  }
}
