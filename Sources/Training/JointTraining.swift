import Models
import Processes
import Torch

/// How a process trains a network together with others: each takes its share of every batch, and all make the same
/// step.
///
/// A batch's loss is the mean over all its images. Batch norm sees this process's images alone, as if the batch were
/// as many smaller ones, unless its statistics are summed as well.
final class JointTraining {
  let processes: ProcessGroup
  /// Batch norm's sums over the processes; nil where each has statistics of its own.
  let statistics: StatisticsSum?
  /// What sums over the processes' GPUs; nil on the CPU.
  private let communicator: Communicator?
  private let reduction: any GradientReduction

  /// Whether this process wants the run to end after this iteration.
  var wantsToStop: () -> Bool = { false }
  /// Whether any process wanted that in the last iteration, which all of them know then.
  private(set) var isStopAgreed = false

  /// - Throws: `TorchError`, `ProcessGroupError`
  init(
    _ network: Network,
    _ processes: ProcessGroup,
    on device: Device = .cpu,
    synchronizesBatchNorm: Bool
  ) throws {
    self.processes = processes
    if device == .cpu {
      communicator = nil
      statistics = synchronizesBatchNorm ? StatisticsSum { processes.addUp($0) } : nil
      reduction = try StageReduction(of: network, by: HostSums(over: processes))
    } else {
      let communicator = try Communicator(
        rank: processes.rank,
        of: processes.count,
        device: device,
        share: processes.broadcast
      )
      self.communicator = communicator
      statistics = synchronizesBatchNorm ? StatisticsSum(over: communicator) : nil
      reduction = try StageReduction(of: network, by: DeviceSums(over: communicator, on: device))
    }
  }

  /// The bytes that this process gives to the sums of a step.
  func byteCount(frozenCount: Int) -> Int {
    reduction.byteCount(frozenCount: frozenCount)
  }

  /// The loss of the whole batch, from that of this process's share of it.
  ///
  /// - Throws: `ProcessGroupError`
  func wholeLoss(_ loss: Double, share: Double) throws -> Double {
    let sums = try processes.sum([loss * share, wantsToStop() ? 1 : 0])
    isStopAgreed = sums[1] > 0
    return sums[0]
  }

  /// The same of a loss that is not there yet, on a GPU or, where tests make steps as a GPU does, on the CPU.
  ///
  /// - Throws: `TorchError`, `ProcessGroupError`
  func wholeLoss(_ loss: Tensor, share: Double) throws -> Tensor {
    let part = try loss.scaled(by: share)
    guard let communicator else {
      return try .full([], value: processes.sum([part.item()])[0])
    }
    try communicator.sum(part)
    return part
  }

  /// Lets all processes know whether any of them wants to stop.
  ///
  /// - Throws: `ProcessGroupError`
  func agreeOnStopping() throws {
    isStopAgreed = try isTrueAnywhere(wantsToStop())
  }

  /// Whether something is so in any of the processes, which all ask.
  ///
  /// - Throws: `ProcessGroupError`
  func isTrueAnywhere(_ isTrueHere: Bool) throws -> Bool {
    try processes.sum([isTrueHere ? 1 : 0])[0] > 0
  }

  /// The backward pass of this process's loss, with the gradients of the whole batch in the end.
  ///
  /// - Throws: `TorchError`, `ProcessGroupError`
  func backward(_ loss: Tensor, share: Double, frozenCount: Int) throws {
    reduction.begin(frozenCount: frozenCount, share: share)
    try loss.backward(
      from: .full([], value: share, scalarType: loss.scalarType, device: loss.device)
    )
    try reduction.finish()
  }
}
