import Models
import Processes
import Torch

/// The sum of gradients over the processes that train together: stage by stage from the last to the first, each as
/// soon as the backward pass has completed it, while the pass goes on.
///
/// A stage's running statistics go with its gradients: they become the mean over the processes, weighted as the
/// gradients are, so that all processes have the same network after every step. What is frozen takes no part.
final class GradientReduction {
  private let processes: ProcessGroup
  /// A stage's memory for sums; nil once it is frozen.
  private var stages: [FlatGradients?]
  private var watches: [GradientWatch?] = []

  /// Of the pass that goes on: how many gradients each stage still lacks, which stage's sum begins next, and the
  /// first stage that is not frozen.
  private var lacking: [Int] = []
  private var next = -1
  private var first = 0
  private var share = 1.0
  private var sums: [(stage: FlatGradients, sum: ProcessGroup.PendingSum)] = []
  private var failure: (any Error)?

  /// - Throws: `TorchError`
  init(of network: Network, over processes: ProcessGroup) throws {
    self.processes = processes
    let states = network.stages.map(\.state)
    stages = try states.map { state in
      try FlatGradients(
        leaves: state.parameters.map(\.parameter.value),
        others: state.buffers.map(\.buffer.value)
      )
    }
    watches = try states.enumerated().map { stage, state in
      try GradientWatch(state.parameters.map(\.parameter.value)) { [unowned self] _ in
        completeGradient(ofStage: stage)
      }
    }
  }

  /// The bytes that this process gives to the sums of a step with so many frozen stages.
  ///
  /// - Precondition: no step had more of them.
  func byteCount(frozenCount: Int) -> Int {
    stages[frozenCount...].reduce(0) { $0 + ($1?.byteCount ?? 0) }
  }

  /// Gets ready for the backward pass of the stages behind `frozenCount`.
  ///
  /// - Parameter share: This process's share of the batch, which its gradients are weighted by already.
  func begin(frozenCount: Int, share: Double) {
    for frozen in 0..<frozenCount { (stages[frozen], watches[frozen]) = (nil, nil) }
    lacking = stages.map { $0?.leaves.count ?? 0 }
    (first, next) = (frozenCount, stages.count - 1)
    self.share = share
    sums = []
    failure = nil
  }

  /// Waits for all sums, which then are the gradients and running statistics.
  ///
  /// - Throws: `TorchError`, `ProcessGroupError`
  func finish() throws {
    // What is incomplete now stays so: to gather it is an error.
    lacking = lacking.map { _ in 0 }
    beginCompleteSums()
    if let failure { throw failure }
    for (stage, sum) in sums {
      try processes.wait(for: sum)
      try stage.scatter()
    }
    sums = []
  }

  private func completeGradient(ofStage stage: Int) {
    guard next >= first else { return }
    lacking[stage] -= 1
    beginCompleteSums()
  }

  /// Begins the sums of the stages that are complete, in the one order that all processes follow.
  private func beginCompleteSums() {
    guard failure == nil else { return }
    do {
      while next >= first, lacking[next] <= 0 {
        if let stage = stages[next] {
          try stage.gather(othersTimes: share)
          sums.append((stage, try beginSum(of: stage)))
        }
        next -= 1
      }
      if !sums.isEmpty { try processes.makeProgress() }
    } catch {
      failure = error
    }
  }

  private func beginSum(of stage: FlatGradients) throws -> ProcessGroup.PendingSum {
    switch try stage.numbers {
    case .float32(let numbers): try processes.beginSum(numbers)
    case .float64(let numbers): try processes.beginSum(numbers)
    }
  }
}
