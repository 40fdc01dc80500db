internal import CTorch

/// The moment at which a device has done all that this thread's queue was given until a place.
public final class TimedMark {
  private let handle: ct_mark
  /// On the CPU that is when the mark was made.
  private let instant = ContinuousClock.now

  /// Marks what this thread's queue was given until now.
  ///
  /// - Throws: `TorchError` for a GPU that is not there.
  public init(on device: Device) throws {
    var handle = ct_mark(pointer: nil)
    if device != .cpu { try check("TimedMark") { ct_mark_new(device.code, true, &handle) } }
    self.handle = handle
  }

  deinit {
    ct_mark_free(handle)
  }

  /// The seconds between two marks of the same device.
  ///
  /// - Throws: `TorchError` unless the device has reached both.
  public func seconds(since earlier: TimedMark) throws -> Double {
    guard handle.pointer != nil else { return (instant - earlier.instant) / .seconds(1) }
    var seconds = 0.0
    try check("TimedMark") { ct_mark_seconds(earlier.handle, handle, &seconds) }
    return seconds
  }
}
