internal import CTorch

extension Tensor {
  /// The same values on the device; this memory when it is there already.
  ///
  /// - Throws: `TorchError` when there is no such device, or no memory on it.
  public func moved(to device: Device) throws -> Tensor {
    try .make("moved", [self]) { ct_tensor_to_device(handle, device.code, $0) }
  }

  /// The same values as another type; this memory when it is of that type already.
  ///
  /// - Throws: `TorchError` when there is no memory for it.
  public func converted(to scalarType: ScalarType) throws -> Tensor {
    try .make("converted", [self]) { ct_tensor_to_dtype(handle, scalarType.code, $0) }
  }

  /// The same values in the given order of memory; this memory when it has that order already.
  ///
  /// - Throws: `TorchError` for `channelsLast` and other than four sizes.
  public func arranged(in format: MemoryFormat) throws -> Tensor {
    try .make("arranged", [self]) { ct_tensor_to_format(handle, format.code, $0) }
  }

  /// A copy with memory of its own, on the same device and in the same order.
  ///
  /// - Throws: `TorchError` when there is no memory for it.
  public func copied() throws -> Tensor {
    try .make("copied", [self]) { ct_tensor_clone(handle, $0) }
  }

  /// Overwrites the elements with those of `source`, which has the same sizes. Type, device and
  /// order in memory stay; the backward pass does not see it.
  ///
  /// - Throws: `TorchError` when the sizes differ.
  public func assign(_ source: Tensor) throws {
    try check("assign", [self, source]) { ct_tensor_assign(handle, source.handle) }
  }
}
