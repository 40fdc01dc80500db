internal import CTorch

/// Where tensors live and operations run.
public enum Device: Hashable, Sendable, CustomStringConvertible {
  /// The processor, with the threads of `Runtime.threadCount`.
  case cpu
  /// A CUDA GPU by its number, from 0.
  case cuda(Int)

  /// Reads `cpu`, `cuda` (the first GPU), `cuda:N`, or `auto`: the first GPU where there is one that libtorch can use,
  /// else the processor.
  ///
  /// - Throws: `DeviceError.unknownName` for any other text, `TorchError` when libtorch cannot count its GPUs.
  public init(parsing text: String) throws {
    try self.init(parsing: text, cudaDeviceCount: Runtime.cudaDeviceCount)
  }

  init(parsing text: String, cudaDeviceCount: @autoclosure () throws -> Int) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("auto", 1): self = try cudaDeviceCount() > 0 ? .cuda(0) : .cpu
    case ("cpu", 1): self = .cpu
    case ("cuda", 1): self = .cuda(0)
    case ("cuda", 2):
      guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = Int(parts[1]),
        index < Self.cudaLimit
      else {
        throw DeviceError.unknownName(text)
      }
      self = .cuda(index)
    default: throw DeviceError.unknownName(text)
    }
  }

  /// libtorch counts the GPUs of a machine in a signed byte.
  private static let cudaLimit = 128

  /// The name that `init(parsing:)` reads.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  /// Checks that this libtorch can use the device.
  ///
  /// - Throws: `DeviceError.unavailable` when it cannot, and `otherVersion`.
  public func requireAvailable() throws {
    guard case .cuda(let index) = self else { return }
    // Between versions libtorch's classes for CUDA change their sizes, and nothing else would tell.
    guard ct_is_version_loaded() else { throw DeviceError.otherVersion(built: Runtime.version) }
    let count = try Runtime.cudaDeviceCount
    guard (0..<count).contains(index) else {
      throw DeviceError.unavailable(self, cudaDeviceCount: count)
    }
  }

  /// Waits until the device has done everything that it was asked to do. Operations of a GPU only
  /// begin when they are called; those of the CPU end.
  ///
  /// - Throws: `TorchError` for a device that is not there, and for work that failed.
  public func finishWork() throws {
    guard case .cuda(let index) = self else { return }
    try check("finishWork") { ct_device_finish(Int64(index)) }
  }

  /// The most bytes that tensors had on a GPU since this was asked for last; nil for the CPU.
  ///
  /// - Throws: `TorchError` for a device that is not there.
  public func takePeakBytes() throws -> Int? {
    guard self != .cpu else { return nil }
    var bytes: Int64 = 0
    try check("takePeakBytes") { ct_device_take_peak_bytes(code, &bytes) }
    return Int(bytes)
  }

  init(_ device: ct_device) {
    self = device.index < 0 ? .cpu : .cuda(Int(device.index))
  }

  var code: ct_device {
    switch self {
    case .cpu: ct_device(index: -1)
    // A number that no GPU can have stays one, so that libtorch's side refuses it.
    case .cuda(let index): ct_device(index: index < 0 ? .max : Int32(clamping: index))
    }
  }
}

/// Why a device cannot be used.
public enum DeviceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text names no device.
  case unknownName(String)
  /// This libtorch, on this machine, cannot use the device.
  case unavailable(Device, cudaDeviceCount: Int)
  /// The program runs with another libtorch than it was built for.
  case otherVersion(built: String)

  /// One sentence for a person: what was asked for and what there is.
  public var description: String {
    switch self {
    case .unknownName(let text):
      "there is no device '\(text)': use auto, cpu, cuda or cuda:N"
    case .otherVersion(let built):
      "this program was built for libtorch \(built) and finds another: build it with scripts/build-cuda "
        + "and that version"
    case .unavailable(let device, let count):
      count == 0
        ? "device \(device) is not there: this libtorch finds no CUDA GPU, use cpu"
        : "device \(device) is not there: this libtorch finds \(count) CUDA GPU(s), from cuda:0"
    }
  }
}
