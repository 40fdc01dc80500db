internal import CTorch

// MARK: - From numbers to tensors

extension Tensor {
  /// A tensor on the CPU with a copy of the numbers in row-major order.
  ///
  /// - Throws: `TorchError` when their count is not the product of `shape`.
  public convenience init(_ values: [Float], shape: [Int]) throws {
    try self.init(copying: values, shape: shape, scalarType: .float32)
  }

  /// A tensor on the CPU with a copy of the numbers in row-major order.
  ///
  /// - Throws: `TorchError` when their count is not the product of `shape`.
  public convenience init(_ values: [Double], shape: [Int]) throws {
    try self.init(copying: values, shape: shape, scalarType: .float64)
  }

  /// A tensor on the CPU with a copy of the numbers in row-major order.
  ///
  /// - Throws: `TorchError` when their count is not the product of `shape`.
  public convenience init(_ values: [Int64], shape: [Int]) throws {
    try self.init(copying: values, shape: shape, scalarType: .int64)
  }

  /// A tensor on the CPU with a copy of row-major elements, little-endian.
  ///
  /// - Throws: `TorchError` when the number of bytes is not what shape and type need.
  public convenience init(
    bytes: UnsafeRawBufferPointer,
    shape: [Int],
    scalarType: ScalarType
  ) throws {
    self.init(owning: try Tensor.handle(copying: bytes, shape: shape, scalarType: scalarType))
  }

  /// A `float32` tensor on the CPU of the sizes `[N, C, H, W]` whose channels move fastest in
  /// memory. `fill` writes every element, in the order N, H, W, C.
  ///
  /// - Throws: `TorchError` for other than four sizes, and what `fill` throws.
  public convenience init(
    channelsLast shape: [Int],
    fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    var handle = ct_tensor()
    let sizes = shape.map(Int64.init)
    try check("Tensor") {
      ct_tensor_empty(
        sizes,
        Int64(sizes.count),
        CT_FLOAT32,
        CT_CHANNELS_LAST,
        Device.cpu.code,
        &handle
      )
    }
    self.init(owning: handle)
    var address: UnsafeMutableRawPointer?
    try check("Tensor", [self]) { ct_tensor_data(handle, &address) }
    try withExtendedLifetime(self) {
      try fill(
        UnsafeMutableBufferPointer(
          start: address?.assumingMemoryBound(to: Float.self),
          count: elementCount
        )
      )
    }
  }

  /// A tensor with every element equal to `value`.
  ///
  /// - Throws: `TorchError` for a negative size, and without memory or device for it.
  public static func full(
    _ shape: [Int],
    value: Double,
    scalarType: ScalarType = .float32,
    device: Device = .cpu
  ) throws -> Tensor {
    let sizes = shape.map(Int64.init)
    return try make("full") {
      ct_tensor_full(sizes, Int64(sizes.count), value, scalarType.code, device.code, $0)
    }
  }
}

extension Tensor {
  private convenience init<Element: BitwiseCopyable>(
    copying values: [Element],
    shape: [Int],
    scalarType: ScalarType
  ) throws {
    self.init(
      owning: try values.withUnsafeBytes {
        try Tensor.handle(copying: $0, shape: shape, scalarType: scalarType)
      }
    )
  }

  private static func handle(
    copying bytes: UnsafeRawBufferPointer,
    shape: [Int],
    scalarType: ScalarType
  ) throws -> ct_tensor {
    var handle = ct_tensor()
    let sizes = shape.map(Int64.init)
    try check("Tensor") {
      ct_tensor_from_bytes(
        bytes.baseAddress,
        Int64(bytes.count),
        sizes,
        Int64(sizes.count),
        scalarType.code,
        &handle
      )
    }
    return handle
  }
}

// MARK: - From tensors to numbers

extension Tensor {
  /// Whether no element is infinite or not a number.
  ///
  /// - Throws: `TorchError` when there is no memory to find out.
  public var isFinite: Bool {
    get throws {
      var result = false
      try check("isFinite", [self]) { ct_tensor_is_finite(handle, &result) }
      return result
    }
  }

  /// The elements in row-major order, converted to `float32` where they are of another type.
  ///
  /// - Throws: `TorchError` when they cannot be converted or copied.
  public func floats() throws -> [Float] {
    try converted(to: .float32).elements(zero: 0)
  }

  /// The elements in row-major order, converted to `float64` where they are of another type.
  ///
  /// - Throws: `TorchError` when they cannot be converted or copied.
  public func doubles() throws -> [Double] {
    try converted(to: .float64).elements(zero: 0)
  }

  /// The elements in row-major order, converted to `int64` where they are of another type.
  ///
  /// - Throws: `TorchError` when they cannot be converted or copied.
  public func integers() throws -> [Int64] {
    try converted(to: .int64).elements(zero: 0)
  }

  /// Copies the elements, row-major and little-endian, to memory.
  ///
  /// - Throws: `TorchError` when the memory is not of exactly their size.
  public func copyBytes(to target: UnsafeMutableRawBufferPointer) throws {
    try check("copyBytes", [self]) {
      ct_tensor_copy_bytes(handle, target.baseAddress, Int64(target.count))
    }
  }

  /// Calls the body with the elements of a tensor on the CPU, in the order in which they lie in
  /// memory. The body may change them.
  ///
  /// - Throws: `TorchError` unless the tensor is dense in memory, and what the body throws.
  public func withMemory<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) throws -> Result {
    var address: UnsafeMutableRawPointer?
    try check("withMemory", [self]) { ct_tensor_data(handle, &address) }
    let byteCount = try elementCount * scalarType.byteCount
    return try withExtendedLifetime(self) {
      try body(UnsafeMutableRawBufferPointer(start: address, count: byteCount))
    }
  }

  /// Makes this flag, one `float32`, 1 where a number of the same device is infinite or not a number. One that is 1 stays
  /// so. Nothing is waited for.
  ///
  /// - Throws: `TorchError` for more elements than one.
  public func flagLackOfFiniteness(of number: Tensor) throws {
    try check("flagLackOfFiniteness", [self, number]) {
      ct_tensor_flag_lack_of_finiteness(handle, number.handle)
    }
  }

  /// The value of a tensor of one element.
  ///
  /// - Throws: `TorchError` when there are more elements, or none.
  public func item() throws -> Double {
    var value = 0.0
    try check("item", [self]) { ct_tensor_item(handle, &value) }
    return value
  }

  private func elements<Element: BitwiseCopyable>(zero: Element) throws -> [Element] {
    var elements = [Element](repeating: zero, count: elementCount)
    try elements.withUnsafeMutableBytes { try copyBytes(to: $0) }
    return elements
  }
}
