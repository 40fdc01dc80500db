internal import CTorch

/// The gradients of leaves, and what else belongs to them, side by side in one piece of memory: what a sum over
/// several processes takes at once.
public struct FlatGradients: Sendable {
  /// Whose gradients they are.
  public let leaves: [Tensor]
  /// What stands behind the gradients.
  public let others: [Tensor]

  /// The bytes of it.
  public let byteCount: Int

  /// All of them, `[n]`.
  public let memory: Tensor

  /// Memory for the gradients of leaves, and for others.
  ///
  /// - Throws: `TorchError` for tensors that are not all of one floating type on one device, or where there is no
  ///   memory.
  public init(leaves: [Tensor], others: [Tensor]) throws {
    self.leaves = leaves
    self.others = others
    let count = (leaves + others).reduce(0) { $0 + $1.elementCount }
    guard let first = (leaves + others).first else {
      memory = try Tensor([Float](), shape: [0])
      byteCount = 0
      return
    }
    memory = try withoutGradients { try first.uninitialized([count], format: .contiguous) }
    byteCount = try count * first.scalarType.byteCount
  }

  /// Copies gradients and others into it, the others times a factor.
  ///
  /// - Throws: `TorchError` for a leaf without a gradient, and for a type that is not the memory's.
  public func gather(othersTimes factor: Double) throws {
    try check("gather", leaves + others) {
      ct_gradients_gather(
        leaves.map(\.handle),
        Int64(leaves.count),
        others.map(\.handle),
        Int64(others.count),
        factor,
        memory.handle
      )
    }
  }

  /// Copies it back: gradients and others become what it has.
  ///
  /// - Throws: `TorchError`, as `gather(othersTimes:)`.
  public func scatter() throws {
    try check("scatter", leaves + others) {
      ct_gradients_scatter(
        leaves.map(\.handle),
        Int64(leaves.count),
        others.map(\.handle),
        Int64(others.count),
        memory.handle
      )
    }
  }

  /// Its numbers in memory.
  public enum Numbers {
    /// Of float32.
    case float32(UnsafeMutableBufferPointer<Float>)
    /// Of float64.
    case float64(UnsafeMutableBufferPointer<Double>)
  }

  /// Its numbers in memory, which lives as long as this value.
  ///
  /// - Throws: `TorchError`
  public var numbers: Numbers {
    get throws {
      var data: UnsafeMutableRawPointer?
      try check("numbers", [memory]) { ct_tensor_memory(memory.handle, &data) }
      let count = memory.elementCount
      if try memory.scalarType == .float64 {
        return .float64(
          UnsafeMutableBufferPointer(
            start: data?.assumingMemoryBound(to: Double.self),
            count: count
          )
        )
      }
      return .float32(
        UnsafeMutableBufferPointer(start: data?.assumingMemoryBound(to: Float.self), count: count)
      )
    }
  }
}

// MARK: - When a gradient is complete

/// Tells of gradients as a backward pass completes them. As long as it lives, it is told; one at a time for a leaf.
public final class GradientWatch {
  private let leaves: [Tensor]
  private let tell: (Int) -> Void

  /// Watches leaves.
  ///
  /// - Parameter tell: Called with a leaf's index, on the thread that runs the backward pass.
  /// - Throws: `TorchError` for a tensor that is no leaf with a gradient.
  public init(_ leaves: [Tensor], tell: @escaping (Int) -> Void) throws {
    self.leaves = leaves
    self.tell = tell
    let context = Unmanaged.passUnretained(self).toOpaque()
    for (index, leaf) in leaves.enumerated() {
      try check("GradientWatch", [leaf]) {
        ct_on_gradient(
          leaf.handle,
          { context, index in
            guard let context else { return }
            Unmanaged<GradientWatch>.fromOpaque(context).takeUnretainedValue().tell(Int(index))
          },
          context,
          Int64(index)
        )
      }
    }
  }

  deinit {
    for leaf in leaves { _ = ct_on_gradient(leaf.handle, nil, nil, 0) }
  }
}
