import Torch

/// A tensor that training moves: a weight or a bias.
///
/// Its value is a leaf of the graph, so that the backward pass makes its gradient.
public struct Parameter: Sendable {
  /// The numbers, changed in place by the optimizer.
  public let value: Tensor

  /// Makes the tensor a leaf with a gradient.
  ///
  /// - Throws: `TorchError` for a tensor of integers.
  public init(_ value: Tensor) throws {
    self.value = try value.detached()
    try self.value.setRequiresGradient(true)
  }
}

/// A tensor that belongs to a layer's state but is not trained: running statistics.
///
/// It is a type of its own, so that no list of parameters can hold one by mistake.
public struct Buffer: Sendable {
  /// The numbers, changed in place by the layer that owns it.
  public let value: Tensor

  /// Wraps the numbers.
  public init(_ value: Tensor) {
    self.value = value
  }
}
