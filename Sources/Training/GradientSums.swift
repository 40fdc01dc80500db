import Processes
import Torch

/// What adds up gradients over the processes that train together.
protocol GradientSums {
  /// A sum that goes on.
  associatedtype Pending

  /// Begins to turn each number into its sum over the processes.
  func begin(_ gradients: FlatGradients) throws -> Pending
  /// Lets sums go on, where they need that.
  func makeProgress() throws
  /// Lets what comes next see a sum.
  func finish(_ pending: Pending) throws
}

/// Sums in the memory of this machine, by MPI.
struct HostSums: GradientSums {
  private let processes: ProcessGroup

  init(over processes: ProcessGroup) {
    self.processes = processes
  }

  /// - Throws: `TorchError`, `ProcessGroupError`
  func begin(_ gradients: FlatGradients) throws -> ProcessGroup.PendingSum {
    switch try gradients.numbers {
    case .float32(let numbers): try processes.beginSum(numbers)
    case .float64(let numbers): try processes.beginSum(numbers)
    }
  }

  /// - Throws: `ProcessGroupError`
  func makeProgress() throws { try processes.makeProgress() }

  /// - Throws: `ProcessGroupError`
  func finish(_ pending: ProcessGroup.PendingSum) throws { try processes.wait(for: pending) }
}

/// Sums in the memory of GPUs, by NCCL, in a queue of their own beside the backward pass.
struct DeviceSums: GradientSums {
  private let communicator: Communicator
  private let queue: WorkQueue

  /// - Throws: `TorchError`
  init(over communicator: Communicator, on device: Device) throws {
    self.communicator = communicator
    queue = try WorkQueue(on: device)
  }

  /// - Throws: `TorchError`
  func begin(_ gradients: FlatGradients) throws -> WorkMark {
    try queue.begin(behind: true) { try communicator.sum(gradients.memory) }.1
  }

  /// A GPU needs no help.
  func makeProgress() {}

  /// - Throws: `TorchError`
  func finish(_ pending: WorkMark) throws { try pending.wait() }
}
