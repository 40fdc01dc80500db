import Torch
import TorchNN

/// A layer that appends channels to its input.
private protocol AppendingStage: FusibleStage {
  /// Its norms and convolutions in order.
  var convolutions: [NormedConvolution] { get }
  static var hasBottleneck: Bool { get }
}

extension AppendingStage {
  /// All layers of the same kind in a row, and a transition behind them.
  func fusedRun(with following: [any FusibleStage]) -> FusedRun {
    let layers = [self] + following.prefix { $0 is Self }.compactMap { $0 as? Self }
    let transition =
      following.dropFirst(layers.count - 1).first.flatMap { $0 as? Transition }
    let block = FusedDenseBlock(
      convolutions: layers.flatMap(\.convolutions),
      hasBottlenecks: Self.hasBottleneck,
      transition: transition?.convolution
    )
    return FusedRun(count: layers.count + (transition == nil ? 0 : 1)) { try $0.through(block, $1) }
  }
}

extension Bottleneck: AppendingStage {
  static var hasBottleneck: Bool { true }

  var convolutions: [NormedConvolution] {
    [NormedConvolution(bn1, conv1), NormedConvolution(bn2, conv2)]
  }

  var isFusedInTraining: Bool { dropout.probability == 0 }
}

extension PlainDenseLayer: AppendingStage {
  static var hasBottleneck: Bool { false }

  var convolutions: [NormedConvolution] { [NormedConvolution(bn1, conv1)] }

  var isFusedInTraining: Bool { dropout.probability == 0 }
}

extension Transition: FusibleStage {
  fileprivate var convolution: NormedConvolution { NormedConvolution(bn1, conv1) }

  var isFusedInTraining: Bool { dropout.probability == 0 }

  func fusedRun(with following: [any FusibleStage]) -> FusedRun {
    let block = FusedDenseBlock(convolutions: [], hasBottlenecks: true, transition: convolution)
    return FusedRun(count: 1) { try $0.through(block, $1) }
  }
}
