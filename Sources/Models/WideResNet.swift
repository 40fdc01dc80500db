import Torch
import TorchNN

/// Wide residual networks (Zagoruyko and Komodakis 2016, arXiv 1605.07146) for images of 32 x 32
/// pixels: three groups of basic blocks with 16, 32 and 64 channels times the widen factor.
///
/// Layers as github.com/ajbrock/FreezeOut (WRN.py) numbers them: 0 is the stem; then every basic
/// block one layer; the last batch norm and the classifier are layer L.
public struct WideResNet: Hashable, Sendable, Codable {
  /// The number of layers with weights.
  public var depth: Int
  /// The factor k of the channels.
  public var widenFactor: Int
  /// The probability of dropout between a block's convolutions.
  public var dropout: Double

  /// The network of the FreezeOut paper's figure 4: WRN-40-4.
  public init(depth: Int = 40, widenFactor: Int = 4, dropout: Double = 0) {
    self.depth = depth
    self.widenFactor = widenFactor
    self.dropout = dropout
  }

  private static let stemChannels = 16
  private static let layersPerStep = 6

  /// The number of basic blocks in each of the three groups.
  public var blocksPerGroup: Int {
    (max(depth, 4) - 4) / Self.layersPerStep
  }

  /// Checks that there is such a network.
  ///
  /// - Throws: `ArchitectureError` with what to change.
  public func validate() throws {
    try ArchitectureError.require("widen factor", widenFactor)
    try ArchitectureError.require(
      depth: depth,
      layersPerStep: Self.layersPerStep,
      of: "Wide ResNet"
    )
    try ArchitectureError.require(dropout: dropout)
  }
}

extension WideResNet: CustomStringConvertible {
  /// The usual short name, as in "WRN-40-4".
  public var description: String {
    "WRN-\(depth)-\(widenFactor)"
  }
}

// MARK: - Layers in order

extension WideResNet {
  func network(classCount: Int, from initializer: WeightInitializer) throws -> Network {
    var size = Architecture.imageSize
    var stages = [
      try PlacedStage.stem(outputs: Self.stemChannels, size: size, from: initializer)
    ]
    for block in blocks {
      size /= block.stride
      let stage = try BasicBlock(block, dropout: dropout, from: initializer)
      stages.append(
        PlacedStage(stage, at: block.path, multiplyAdds: stage.multiplyAdds(size: size))
      )
    }
    stages.append(
      try .head(channels: groupWidth(3), classCount: classCount, from: initializer)
    )
    return Network(stages: stages, classCount: classCount)
  }

  func parameterCount(classCount: Double) -> Double {
    ConvolutionStem.parameterCount(outputs: Double(Self.stemChannels))
      + blocks.reduce(0) { $0 + $1.parameterCount }
      + ClassifierHead.parameterCount(channels: Double(groupWidth(3)), classCount)
  }

  /// The number of channels of a group, from 1.
  private func groupWidth(_ group: Int) -> Int {
    (16 << (group - 1)) * widenFactor
  }

  /// The basic blocks in order.
  private var blocks: [Block] {
    (1...3).flatMap { group in
      (0..<blocksPerGroup).map { index in
        let before = group == 1 ? Self.stemChannels : groupWidth(group - 1)
        return Block(
          path: "block\(group).\(index)",
          inputs: index == 0 ? before : groupWidth(group),
          outputs: groupWidth(group),
          stride: group > 1 && index == 0 ? 2 : 1
        )
      }
    }
  }

  /// What a basic block looks like, and its path.
  struct Block {
    let path: String
    let inputs: Int
    let outputs: Int
    let stride: Int

    var parameterCount: Double {
      let (inputs, outputs) = (Double(inputs), Double(outputs))
      let shortcut = inputs == outputs ? 0 : inputs * outputs
      return 2 * (inputs + outputs) + 9 * (inputs + outputs) * outputs + shortcut
    }
  }
}

/// Two 3x3 convolutions, each behind BN and ReLU, added to the input; where the width changes, to a
/// 1x1 convolution of the input behind the first BN and ReLU.
struct BasicBlock: Stage {
  let bn1: BatchNorm
  let conv1: Conv2d
  let bn2: BatchNorm
  let conv2: Conv2d
  let convShortcut: Conv2d?
  let dropout: Dropout
  private let inputs: Int
  private let outputs: Int

  init(_ block: WideResNet.Block, dropout: Double, from initializer: WeightInitializer) throws {
    (inputs, outputs) = (block.inputs, block.outputs)
    let stride = block.stride
    bn1 = try BatchNorm(channels: inputs, from: initializer)
    conv1 = try Conv2d(
      inputs: inputs,
      outputs: outputs,
      kernel: 3,
      stride: stride,
      padding: 1,
      from: initializer
    )
    bn2 = try BatchNorm(channels: outputs, from: initializer)
    conv2 = try Conv2d(inputs: outputs, outputs: outputs, kernel: 3, padding: 1, from: initializer)
    convShortcut =
      inputs == outputs
      ? nil
      : try Conv2d(inputs: inputs, outputs: outputs, kernel: 1, stride: stride, from: initializer)
    self.dropout = Dropout(probability: dropout)
  }

  /// `[N, inputs, H, W]` to `[N, outputs, H / stride, W / stride]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    let activated = try bn1(input, mode: mode).reluInPlace()
    let middle = try bn2(conv1(activated), mode: mode).reluInPlace()
    let residual = try conv2(dropout(middle, mode: mode))
    return try (convShortcut?(activated) ?? input).adding(residual)
  }

  var state: ModuleState {
    var state: ModuleState = ["bn1": bn1, "conv1": conv1, "bn2": bn2, "conv2": conv2]
    if let convShortcut {
      state.append(convShortcut.state, under: "convShortcut")
    }
    return state
  }

  /// Of one image whose output has `size` x `size` pixels.
  func multiplyAdds(size: Int) -> Int {
    let shortcut = convShortcut == nil ? 0 : inputs * outputs
    return (9 * (inputs + outputs) * outputs + shortcut) * size * size
  }
}
