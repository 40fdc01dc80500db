import Torch
import TorchNN

/// The first layer of DenseNet and Wide ResNet: a 3x3 convolution of the image.
struct ConvolutionStem: Stage {
  let conv1: Conv2d

  init(outputs: Int, from initializer: WeightInitializer) throws {
    conv1 = try Conv2d(inputs: 3, outputs: outputs, kernel: 3, padding: 1, from: initializer)
  }

  /// `[N, 3, H, W]` to `[N, outputs, H, W]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    try conv1(input)
  }

  var state: ModuleState {
    ["conv1": conv1]
  }

  static func parameterCount(outputs: Double) -> Double {
    3 * 9 * outputs
  }
}

extension PlacedStage {
  /// The stem of a network whose images have `size` x `size` pixels.
  static func stem(
    outputs: Int,
    size: Int,
    from initializer: WeightInitializer
  ) throws -> PlacedStage {
    PlacedStage(
      try ConvolutionStem(outputs: outputs, from: initializer),
      at: "",
      name: "conv1",
      multiplyAdds: 3 * outputs * 9 * size * size
    )
  }
}
