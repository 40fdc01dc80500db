internal import CTorch

/// In how many bits convolutions and affine maps multiply, where that is fewer than float32 has. Sums, weights, batch
/// norm's statistics and the loss stay float32.
public enum ReducedPrecision: String, CaseIterable, Hashable, Sendable, Codable {
  /// TF32 on CUDA GPUs from compute capability 8.0 on: operands of 10 bits of fraction, memory as in float32.
  case tf32
  /// bfloat16, of 7 bits of fraction: what layers hand on takes half the memory.
  case bfloat16

  /// Runs the body in this precision, on this thread. The backward pass of what it makes runs in it too.
  ///
  /// TF32 is the process's as a whole: `allowTF32(_:)`.
  ///
  /// - Throws: What the body throws.
  public func apply<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard self == .bfloat16 else { return try body() }
    let before = ct_bfloat16_set_enabled(true)
    defer { _ = ct_bfloat16_set_enabled(before) }
    return try body()
  }

  /// Sets whether products of float32 may be of TF32 on the GPUs of this process.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public static func allowTF32(_ isAllowed: Bool) throws {
    try check("allowTF32") { ct_tf32_set_allowed(isAllowed) }
  }
}

extension Tensor {
  /// These float32 numbers as bfloat16, within `ReducedPrecision.bfloat16`; this tensor elsewhere.
  ///
  /// - Throws: `TorchError` without memory for it.
  public func lowered() throws -> Tensor {
    try .make("lowered", [self]) { ct_tensor_lowered(handle, $0) }
  }
}
