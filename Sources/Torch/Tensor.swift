internal import CTorch

/// An array of numbers of one type on one device, and its place in the graph of the backward pass.
///
/// A value of this class owns one reference to a libtorch tensor, which is released with it. Several
/// may share memory; operations whose names say so (`assign`, `...InPlace`, `fill...`) change it,
/// every other operation makes a tensor of its own.
///
/// Tensors may be passed between threads. Reading one on several threads at once is safe; changing
/// one while another thread uses it is not.
public final class Tensor: @unchecked Sendable {
  let handle: ct_tensor

  /// Takes over a handle that the C boundary gave out.
  init(owning handle: ct_tensor) {
    self.handle = handle
  }

  deinit {
    ct_tensor_free(handle)
  }

  /// The number of tensors that are alive in this process: what a test of leaks counts.
  public static var liveCount: Int {
    Int(ct_tensor_live_count())
  }
}

// MARK: - Shape, type and place

extension Tensor {
  /// The sizes, outermost first; empty for a tensor of one element without dimensions.
  public var shape: [Int] {
    // Both calls refuse a null handle alone, which this class never owns.
    var rank: Int64 = 0
    guard ct_tensor_rank(handle, &rank) == CT_OK else { return [] }
    var sizes = [Int64](repeating: 0, count: Int(rank))
    guard ct_tensor_sizes(handle, &sizes) == CT_OK else { return [] }
    return sizes.map(Int.init)
  }

  /// The number of elements.
  public var elementCount: Int {
    // The other sizes of a tensor without elements may have a product beyond an integer.
    shape.contains(0) ? 0 : shape.reduce(1, *)
  }

  /// The type of the elements.
  ///
  /// - Throws: `TorchError` when it is none of `ScalarType`.
  public var scalarType: ScalarType {
    get throws {
      var type = CT_FLOAT32
      try check("scalarType", [self]) { ct_tensor_dtype(handle, &type) }
      return ScalarType(type)
    }
  }

  /// The device that holds the elements.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public var device: Device {
    get throws {
      var device = ct_device(index: -1)
      try check("device", [self]) { ct_tensor_device(handle, &device) }
      return Device(device)
    }
  }

  /// Whether the elements lie in memory in the given order, without gaps.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public func isDense(in format: MemoryFormat) throws -> Bool {
    var result = false
    try check("isDense", [self]) { ct_tensor_is_dense(handle, format.code, &result) }
    return result
  }
}
