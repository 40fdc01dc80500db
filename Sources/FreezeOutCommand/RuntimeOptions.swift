import ArgumentParser
import Foundation
import Processes
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
    if job == nil { try Self.requireAlone() }
    let device = try job?.device(self.device, of: machine) ?? Device(parsing: name(of: machine))
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

  private func name(of machine: MachineDescription?) -> String {
    device ?? machine?.device ?? "cpu"
  }

  /// Refuses to do several times side by side what one process does.
  ///
  /// - Throws: `UsageError`
  static func requireAlone() throws {
    let count = ProcessGroup.launchedCount(in: ProcessInfo.processInfo.environment) ?? 1
    guard count > 1 else { return }
    throw UsageError(
      description:
        "\(count) processes can make a run of train together, and nothing else: start this alone"
    )
  }
}
