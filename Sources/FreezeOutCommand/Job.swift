import ArgumentParser
import Foundation
import Processes
import Reports
import Training

/// The processes of `mpirun -n N freezeout train ...`, which make one run together. Process 0 keeps its records and
/// tells what happens.
struct Job {
  let processes: ProcessGroup

  /// Whether this is the process that keeps the run's records.
  var keepsRecords: Bool { processes.rank == 0 }

  /// How long another process waits for process 0 to tell of an error that both have.
  private static let secondsForFirstProcess = 1.0
  /// How long the launcher is given to pass on what was said, before it is told to end everything.
  private static let secondsForLauncher = 0.3

  /// The job that this process was started in; nil where it was started alone.
  ///
  /// - Throws: `ProcessGroupError`
  static func joined() throws -> Job? {
    let folder = Checkout.folder ?? URL(fileURLWithPath: ".", isDirectory: true)
    let processes = try ProcessGroup.joined(
      environment: ProcessInfo.processInfo.environment,
      binding: folder.appendingPathComponent(".freezeout/mpi/binding.so").path,
      exists: FileManager.default.fileExists(atPath:)
    )
    return processes.map(Job.init)
  }

  /// The threads of each process unless they are given: the cores that it may use, shared among the processes of its
  /// machine.
  var threadsOfEach: Int {
    let environment = ProcessInfo.processInfo.environment
    let local = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"]
      .lazy.compactMap { environment[$0].flatMap { Int($0) } }.first
    return max(1, ProcessInfo.processInfo.activeProcessorCount / max(1, local ?? processes.count))
  }

  /// The device of this process: on GPUs each has its own, by its number among the processes of its machine.
  ///
  /// - Parameters:
  ///   - name: The device that was asked for, if any.
  ///   - machine: The machine of a run to resume, whose kind of device holds where none is asked for.
  /// - Throws: `UsageError` for one GPU, `DeviceError` for a name that there is not.
  func device(_ name: String?, of machine: MachineDescription?) throws -> Device {
    let known = (machine?.device ?? "cpu").hasPrefix("cuda") ? "cuda" : "cpu"
    let device = try Device(parsing: name ?? known)
    guard case .cuda = device else { return device }
    guard name?.hasPrefix("cuda:") != true else {
      throw UsageError(
        description:
          "--device \(device) is one GPU, and \(processes.count) processes need one each: use cuda"
      )
    }
    let environment = ProcessInfo.processInfo.environment
    let local = ProcessGroup.localRank(in: environment) ?? processes.rank
    // A scheduler may let each process see its own alone. Two that share one are refused by NCCL.
    return .cuda(local % max(1, try Runtime.cudaDeviceCount))
  }

  /// Checks that all processes see the same run and data; none goes on before all have looked.
  ///
  /// - Parameter counts: What this process sees.
  /// - Throws: `UsageError` where others see something else, `ProcessGroupError`
  func requireSame(_ counts: [Int]) throws {
    let mine = counts.map(Double.init)
    guard try processes.sum(mine) != mine.map({ $0 * Double(processes.count) }) else { return }
    throw UsageError(
      description: "the processes see different runs or data: give folders that all of them share"
    )
  }

  /// Runs what every process of the job runs, and leaves the job. An error ends all of it: the others would wait for
  /// ever for this process.
  ///
  /// - Throws: `ExitCode`
  func run(_ body: () throws -> Void) throws {
    if !keepsRecords { silence() }
    // A terminal's signal comes from it and from the launcher, which passes its own on.
    Interruption.isHasty = false
    do {
      try body()
    } catch let interrupted as InterruptedRun {
      // All processes stop after the same iteration.
      if keepsRecords { Terminal.standardError.write("freezeout: \(interrupted)\n") }
      try? processes.leave()
      throw ExitCode(interrupted.exitStatus)
    } catch {
      tell(of: error)
      Thread.sleep(forTimeInterval: Self.secondsForLauncher)
      processes.abort(exitStatus: exitStatus(of: error))
      throw ExitCode(exitStatus(of: error))
    }
    try processes.leave()
  }

  private func exitStatus(of error: any Error) -> Int32 {
    switch error {
    case let exit as ExitCode: exit.rawValue
    case let error as any ErrorWithStatus: error.exitStatus
    default: ExitStatus(error).rawValue
    }
  }

  private func tell(of error: any Error) {
    if keepsRecords {
      Terminal.standardError.write("freezeout: \(error)\n")
    } else {
      // What goes wrong in all of them is said once: process 0 ends the others.
      Thread.sleep(forTimeInterval: Self.secondsForFirstProcess)
      Terminal.standardError.write(
        "freezeout: process \(processes.rank) of \(processes.count): \(error)\n"
      )
    }
  }

  /// Lets process 0 alone write what accompanies the work.
  private func silence() {
    let nowhere = open("/dev/null", O_WRONLY)
    guard nowhere >= 0 else { return }
    dup2(nowhere, Terminal.standardOutput.descriptor)
    close(nowhere)
    ProgressLine.isSilent = true
  }
}
