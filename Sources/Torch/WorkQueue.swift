internal import CTorch

/// The order in which a device works: it does what a queue was given one after the other, beside what other queues do.
///
/// Each thread gives its operations to its current queue. On the CPU, where an operation ends before its call returns,
/// a queue is nothing.
public final class WorkQueue: @unchecked Sendable {
  /// The device that works.
  public let device: Device
  private let handle: ct_queue

  /// A queue of a device, apart from its default one.
  ///
  /// - Throws: `TorchError` for a GPU that is not there.
  public init(on device: Device) throws {
    self.device = device
    var handle = ct_queue(pointer: nil)
    if device != .cpu { try check("WorkQueue") { ct_queue_new(device.code, &handle) } }
    self.handle = handle
  }

  deinit {
    ct_queue_free(handle)
  }

  /// Gives the queue what the body does, behind all that this thread's queue was given before; what this thread gives
  /// its own queue afterwards comes behind that.
  ///
  /// - Throws: `TorchError`, and what the body throws.
  public func run<Result>(_ body: () throws -> Result) throws -> Result {
    let (result, mark) = try begin(behind: true, body)
    try mark.wait()
    return result
  }

  /// Gives the queue what the body does, and lets this thread's queue go on meanwhile.
  ///
  /// - Parameter behind: Whether it comes behind all that this thread's queue was given before. (The queue that a thread
  ///   has at first is the same one for all threads.)
  /// - Returns: What the body returns, and the mark to wait for before that is read.
  /// - Throws: `TorchError`, and what the body throws.
  public func begin<Result>(
    behind: Bool,
    _ body: () throws -> Result
  ) throws -> (Result, WorkMark) {
    guard handle.pointer != nil else { return (try body(), try WorkMark(on: device)) }
    var before = ct_queue(pointer: nil)
    try check("WorkQueue") { ct_queue_enter(handle, behind, &before) }
    defer {
      // What was the current queue until now can be it again.
      var left = ct_queue(pointer: nil)
      _ = ct_queue_enter(before, false, &left)
      ct_queue_free(left)
      ct_queue_free(before)
    }
    let result = try body()
    return (result, try WorkMark(on: device))
  }
}

/// A place in the queue that was a thread's when it was made: all that it was given before.
public final class WorkMark: @unchecked Sendable {
  private let handle: ct_mark

  /// Marks what this thread's queue was given until now.
  ///
  /// - Throws: `TorchError` for a GPU that is not there.
  public init(on device: Device) throws {
    var handle = ct_mark(pointer: nil)
    if device != .cpu { try check("WorkMark") { ct_mark_new(device.code, false, &handle) } }
    self.handle = handle
  }

  deinit {
    ct_mark_free(handle)
  }

  /// Lets this thread's queue go on only when what is marked is done. The thread itself does not wait.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public func wait() throws {
    guard handle.pointer != nil else { return }
    try check("WorkMark") { ct_mark_wait(handle) }
  }
}

extension Tensor {
  /// Tells that this thread's queue reads a tensor that another queue made: its memory stays until that is done.
  ///
  /// - Throws: `TorchError` when libtorch refuses.
  public func useHere() throws {
    guard try device != .cpu else { return }
    try check("useHere", [self]) { ct_tensor_used(handle) }
  }
}
