internal import CTorch

/// Runs the body without recording its operations for the backward pass, on this thread.
///
/// What it makes carries no graph: no input is kept for a gradient, and none flows back through it.
///
/// - Throws: What the body throws.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_gradients_set_enabled(false)
  defer { _ = ct_gradients_set_enabled(before) }
  return try body()
}

extension Tensor {
  /// Whether operations on this tensor are recorded for the backward pass.
  public var requiresGradient: Bool {
    var result = false
    return ct_tensor_requires_gradient(handle, &result) == CT_OK && result
  }

  /// Marks a leaf as one whose gradient the backward pass makes, or no longer makes.
  ///
  /// - Throws: `TorchError` for a tensor that an operation made, and for one of integers.
  public func setRequiresGradient(_ requiresGradient: Bool) throws {
    try check("setRequiresGradient", [self]) {
      ct_tensor_set_requires_gradient(handle, requiresGradient)
    }
  }

  /// The same memory, apart from the graph that made it.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public func detached() throws -> Tensor {
    try .make("detached", [self]) { ct_tensor_detach(handle, $0) }
  }

  /// Computes the derivative of this tensor of one element by every leaf that led to it, adds it to
  /// the leaf's `gradient`, and releases the graph.
  ///
  /// - Throws: `TorchError` when it has more elements, or no graph.
  public func backward() throws {
    try check("backward", [self]) { ct_tensor_backward(handle) }
  }

  /// Computes the derivatives as `backward()` does, from this tensor's own derivative on: a part of
  /// a network whose rest was differentiated before.
  ///
  /// - Parameter gradient: The derivative of the loss by this tensor, of its sizes.
  /// - Throws: `TorchError` when the sizes differ, or there is no graph.
  public func backward(from gradient: Tensor) throws {
    try check("backward", [self, gradient]) { ct_tensor_backward_from(handle, gradient.handle) }
  }

  /// The gradient of a leaf, of the leaf's sizes; nil when no backward pass reached it since it was
  /// last released.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public var gradient: Tensor? {
    get throws {
      var result = ct_tensor()
      try check("gradient", [self]) { ct_tensor_gradient(handle, &result) }
      return result.pointer == nil ? nil : Tensor(owning: result)
    }
  }

  /// Gives back the memory of the gradients of the leaves.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public static func releaseGradients(of leaves: [Tensor]) throws {
    try check("releaseGradients", leaves) {
      ct_tensors_release_gradients(leaves.map(\.handle), Int64(leaves.count))
    }
  }
}
