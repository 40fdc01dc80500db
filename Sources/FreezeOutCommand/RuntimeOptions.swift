import ArgumentParser
import Training

/// Where the work is done.
struct RuntimeOptions: ParsableArguments {
  @Option(help: "The device: cpu, cuda or cuda:N.")
  var device: String = "cpu"

  @Option(help: "The number of threads of an operation on the CPU. (default: libtorch's choice)")
  var threads: Int?

  /// Sets up libtorch for this process and names the device.
  ///
  /// - Throws: `DeviceError` for a device that is not there, `UsageError` for a number of threads
  ///   that cannot be.
  func apply() throws -> Device {
    let device = try Device(parsing: device)
    try device.requireAvailable()
    if let threads {
      guard (1...1024).contains(threads) else {
        throw UsageError(description: "--threads \(threads) is impossible: use 1 to 1024")
      }
      try Runtime.setThreadCount(threads)
    }
    Runtime.keepFreedMemory()
    return device
  }
}
