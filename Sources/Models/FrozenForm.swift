import Torch
import TorchNN

/// What a stage becomes when it freezes: the same function of its input, in inference mode, made
/// once from the weights as they are then, with everything multiplied together that can be. (A stage that
/// fused kernels run keeps its own tensors, which do not move any more, and is made ready at each call.)
public enum FrozenForm: Sendable {
  /// `[N, C, H, W]` to the stage's output.
  case mapping(@Sendable (Tensor) throws -> Tensor)
  /// `[N, C, H, W]` to `channels` more, which the stage's output has behind its input. A run of such
  /// stages writes them into one tensor, where otherwise each would copy all before it.
  case appending(@Sendable (Tensor) throws -> Tensor, channels: Int)
  /// What fused kernels run, as many such stages at once as they can.
  case fused(any Stage, Kernels)
}

extension FrozenForm {
  /// The form with products of fewer bits. Its weights were made for that.
  fileprivate func computing(in precision: ReducedPrecision) -> FrozenForm {
    switch self {
    case .mapping(let map): .mapping { input in try precision.apply { try map(input.lowered()) } }
    case .appending(let make, let channels):
      .appending({ input in try precision.apply { try make(input.lowered()) } }, channels: channels)
    case .fused: self
    }
  }

  /// Raised whenever a form's arithmetic changes: features of another version are other numbers.
  public static let version = 5
}

extension Stage {
  /// What the stage is from now on if it freezes now, with these kernels.
  ///
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm(with kernels: Kernels) throws -> FrozenForm {
    if case .reduced(let precision) = kernels {
      return try precision.apply { try frozenForm() }.computing(in: precision)
    }
    return kernels.leadingRun(of: [self], in: .inference) == nil
      ? try frozenForm() : .fused(self, kernels)
  }

  /// A stage in which nothing can be multiplied together runs as it is.
  ///
  /// - Throws: `TorchError` when its numbers cannot be read.
  public func frozenForm() throws -> FrozenForm {
    .mapping { try callAsFunction($0, mode: .inference) }
  }
}

// MARK: - DenseNet and Wide ResNet

extension ConvolutionStem {
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm {
    let convolution = try FoldedConv2d(conv1)
    return .mapping { try convolution($0, rectified: false) }
  }
}

// MARK: - DenseNet

extension Bottleneck {
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm {
    let first = try FoldedBatchNorm(bn1)
    let narrowing = try FoldedConv2d(conv1, before: FoldedBatchNorm(bn2))
    let growing = try FoldedConv2d(conv2)
    return .appending(
      { try growing(narrowing(first.rectified($0), rectified: true), rectified: false) },
      channels: conv2.weight.value.shape[0]
    )
  }
}

extension PlainDenseLayer {
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm {
    let norm = try FoldedBatchNorm(bn1)
    let growing = try FoldedConv2d(conv1)
    return .appending(
      { try growing(norm.ofRectified($0), rectified: false) },
      channels: conv1.weight.value.shape[0]
    )
  }
}

extension Transition {
  /// The mean over pixels commutes with the batch norm and with the 1x1 convolution.
  ///
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm {
    let folded = try FoldedConv2d(conv1, behind: FoldedBatchNorm(bn1))
    return .mapping { try folded($0.relu().averagePooled(size: 2), rectified: false) }
  }
}

// MARK: - Wide ResNet

extension BasicBlock {
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm {
    let first = try FoldedBatchNorm(bn1)
    let middle = try FoldedConv2d(conv1, before: FoldedBatchNorm(bn2))
    let last = try FoldedConv2d(conv2)
    let shortcut = try convShortcut.map { try FoldedConv2d($0) }
    return .mapping { input in
      let activated = try first.rectified(input)
      let residual = try last(middle(activated, rectified: true), rectified: false)
      return try residual.addingInPlace(shortcut?(activated, rectified: false) ?? input)
    }
  }
}

// MARK: - VGG

extension ConvolutionLayer {
  /// - Throws: `TorchError` when its numbers cannot be read.
  func frozenForm() throws -> FrozenForm {
    let folded = try FoldedConv2d(conv1, before: FoldedBatchNorm(bn1))
    return .mapping { try pooled(folded($0, rectified: true)) }
  }
}
