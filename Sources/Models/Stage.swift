import FreezeOut
import Torch
import TorchNN

/// One layer of a network as FreezeOut counts layers: what freezes as a whole.
public protocol Stage: Module {
  /// Maps the previous stage's output `[N, C, H, W]` to this stage's; the last stage's output are
  /// log-probabilities `[N, classes]`.
  ///
  /// - Throws: `TorchError` for an input of other sizes.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor

  /// What the stage is from now on if it freezes now.
  ///
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm
}

/// A stage at its place in a network.
public struct PlacedStage: Sendable {
  /// The layer itself.
  public let stage: any Stage

  /// The path that PyTorch puts before the names of the stage's tensors; empty where they stand at
  /// the top.
  public let path: String

  /// What a person calls the layer.
  public let name: String

  /// The multiplications with addition of one image's forward pass, in convolutions and affine
  /// maps, as this package computes them.
  public let multiplyAdds: Int

  /// Places a stage; a nil name stands for the path.
  init(_ stage: any Stage, at path: String, name: String? = nil, multiplyAdds: Int) {
    self.stage = stage
    self.path = path
    self.name = name ?? path
    self.multiplyAdds = multiplyAdds
  }

  /// The stage's parameters and buffers by their names in the network.
  public var state: ModuleState {
    [path: stage]
  }

  /// The stage's share of the work, for estimates of what freezing saves.
  public var cost: LayerCost {
    LayerCost(name: name, multiplyAdds: multiplyAdds, parameters: state.parameterCount)
  }
}
