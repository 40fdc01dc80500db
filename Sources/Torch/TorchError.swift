internal import CTorch

/// What libtorch refused to do, and why.
public struct TorchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The operation that failed, as this module names it.
  public let operation: String

  /// The shapes of the operation's operands, in its own order.
  public let operandShapes: [[Int]]

  /// libtorch's own explanation.
  public let message: String

  /// Whether there was not memory enough.
  public let isOutOfMemory: Bool

  /// Describes a failure, of libtorch or before it is asked.
  public init(
    operation: String,
    operandShapes: [[Int]] = [],
    message: String,
    isOutOfMemory: Bool = false
  ) {
    self.operation = operation
    self.operandShapes = operandShapes
    self.message = message
    self.isOutOfMemory = isOutOfMemory
  }

  /// One sentence for a person: the operation, what it was applied to, and libtorch's reason.
  public var description: String {
    let operands = operandShapes.map { "\($0)" }.joined(separator: ", ")
    let subject = "\(operation)\(operands.isEmpty ? "" : " of \(operands)")"
    guard isOutOfMemory else { return "\(subject) failed: \(message)" }
    return
      "there is not enough memory for \(subject): use a smaller batch or network, or free memory"
  }
}

/// Runs a call of the C boundary while its operands are kept alive, and throws what it reports.
func check(_ operation: StaticString, _ operands: [Tensor] = [], _ call: () -> ct_status) throws {
  let status = withExtendedLifetime(operands, call)
  guard status == CT_OK else {
    throw TorchError(
      operation: "\(operation)",
      operandShapes: operands.map(\.shape),
      message: String(cString: ct_last_error()),
      isOutOfMemory: status == CT_OUT_OF_MEMORY
    )
  }
}

extension Tensor {
  /// The tensor that a call of the C boundary makes from the operands.
  static func make(
    _ operation: StaticString,
    _ operands: [Tensor] = [],
    _ call: (UnsafeMutablePointer<ct_tensor>) -> ct_status
  ) throws -> Tensor {
    var handle = ct_tensor()
    try check(operation, operands) { call(&handle) }
    return Tensor(owning: handle)
  }
}
