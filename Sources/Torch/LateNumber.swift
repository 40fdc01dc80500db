internal import CTorch

/// A number that a device works out while this process goes on.
public final class LateNumber {
  private enum Form {
    case known(Double)
    case coming(ct_number)
    /// On the CPU there is nothing to wait for; it is looked at only when a device's number would be.
    case here(Tensor)
  }

  private var form: Form

  /// A number that is not late.
  public init(_ value: Double) {
    form = .known(value)
  }

  /// Has the number of a tensor of one element sent here, as it is when all is done that this thread's queue was given
  /// until now.
  ///
  /// - Throws: `TorchError` for more elements or none.
  public init(of tensor: Tensor) throws {
    guard try tensor.device != .cpu else {
      form = .here(try withoutGradients { try tensor.copied() })
      return
    }
    var number = ct_number(pointer: nil)
    try check("LateNumber", [tensor]) { ct_number_begin(tensor.handle, &number) }
    form = .coming(number)
  }

  deinit {
    if case .coming(let number) = form { ct_number_free(number) }
  }

  /// Whether it has been waited for.
  public var isKnown: Bool {
    if case .known = form { true } else { false }
  }

  /// The number, waited for.
  ///
  /// - Throws: `TorchError` for what the device could not do.
  public func value() throws -> Double {
    var value = 0.0
    switch form {
    case .known(let known): return known
    case .here(let tensor): value = try tensor.item()
    case .coming(let number):
      try check("LateNumber") { ct_number_wait(number, &value) }
      ct_number_free(number)
    }
    form = .known(value)
    return value
  }
}

extension Tensor {
  /// The same values on the device, which are not waited for; this memory when they are there already. A tensor on the
  /// CPU can change afterwards.
  ///
  /// - Throws: `TorchError` when there is no such device, or no memory on it.
  public func sent(to device: Device) throws -> Tensor {
    try .make("sent", [self]) { ct_tensor_send(handle, device.code, $0) }
  }

  /// Gives this thread's queue the copy of numbers into this tensor of as many `float32`, `[count]`; nothing is waited
  /// for.
  ///
  /// - Throws: `TorchError` for another type or number of elements.
  public func assign(numbers: [Float]) throws {
    try check("assign", [self]) { ct_tensor_assign_floats(handle, numbers, Int64(numbers.count)) }
  }
}
