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
  private let reduction: GradientReduction

  /// Whether this process wants the run to end after this iteration.
  var wantsToStop: () -> Bool = { false }
  /// Whether any process wanted that in the last iteration, which all of them know then.
  private(set) var isStopAgreed = false

  /// - Throws: `TorchError`
  init(_ network: Network, _ processes: ProcessGroup, synchronizesBatchNorm: Bool) throws {
    self.processes = processes
    statistics = synchronizesBatchNorm ? StatisticsSum { processes.addUp($0) } : nil
    reduction = try GradientReduction(of: network, over: processes)
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

  /// The backward pass of this process's loss, with the gradients of the whole batch in the end.
  ///
  /// - Throws: `TorchError`, `ProcessGroupError`
  func backward(_ loss: Tensor, share: Double, frozenCount: Int) throws {
    reduction.begin(frozenCount: frozenCount, share: share)
    let isWide = try loss.scalarType == .float64
    try loss.backward(
      from: isWide ? Tensor([share], shape: []) : Tensor([Float(share)], shape: [])
    )
    try reduction.finish()
  }
}
