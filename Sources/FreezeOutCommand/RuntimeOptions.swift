import ArgumentParser
import Training

/// Where the work is done.
struct RuntimeOptions: ParsableArguments {
  @Option(help: "The device: auto, cpu, cuda or cuda:N. (default: cpu)")
  var device: String?

  @Option(
    parsing: .unconditional,
    help: "The number of threads of an operation on the CPU. (default: libtorch's choice)"
  )
  var threads: Int?

  /// Sets up libtorch for this process and names the device.
  ///
  /// - Parameter machine: The machine of a run to resume, whose device and threads hold where none
  ///   are given: another number of threads sums in another order.
  /// - Parameter job: The job that this process was started in, whose processes share the machine's cores.
  /// - Throws: `DeviceError` for a device that is not there, `UsageError` for a number of threads
  ///   that cannot be.
  func apply(resuming machine: MachineDescription? = nil, in job: Job? = nil) throws -> Device {
    let device = try Device(parsing: device ?? machine?.device ?? "cpu")
    try device.requireAvailable()
    // Those of one of several processes are not those of one alone.
    let known = machine?.processes == nil ? machine?.threads : nil
    if let threads = threads ?? job?.threadsOfEach ?? known {
      guard (1...1024).contains(threads) else {
        throw UsageError(description: "--threads \(threads) is impossible: use 1 to 1024")
      }
      try Runtime.setThreadCount(threads)
    }
    Runtime.keepFreedMemory()
    return device
  }
}
