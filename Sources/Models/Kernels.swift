import Torch

/// What runs a network's layers.
public enum Kernels: Hashable, Sendable {
  /// libtorch's operations, one after the other.
  case libtorch
  /// Fused kernels where a layer has such a form, else libtorch's operations.
  case fused(Instructions)
}
