import Models
import Torch

/// What makes the gradients of a process's share of a batch those of the whole batch.
protocol GradientReduction: AnyObject {
  /// The bytes that this process gives to the sums of a step with so many frozen stages.
  func byteCount(frozenCount: Int) -> Int
  /// Gets ready for the backward pass of the stages behind `frozenCount`, of a part of the batch.
  func begin(frozenCount: Int, share: Double)
  /// Waits for all sums, which then are the gradients and running statistics.
  func finish() throws
}

/// The sum of gradients over the processes that train together: stage by stage from the last to the first, each as
/// soon as the backward pass has completed it, while the pass goes on.
///
/// A stage's running statistics go with its gradients: they become the mean over the processes, weighted as the
/// gradients are, so that all processes have the same network after every step. What is frozen takes no part.
final class StageReduction<Sums: GradientSums>: GradientReduction {
  private let sums: Sums
  /// A stage's memory for sums; nil once it is frozen.
  private var stages: [FlatGradients?]
  private var watches: [GradientWatch?] = []

  /// Of the pass that goes on: how many gradients each stage still lacks, which stage's sum begins next, and the
  /// first stage that is not frozen.
  private var lacking: [Int] = []
  private var next = -1
  private var first = 0
  private var share = 1.0
  private var pending: [(stage: FlatGradients, sum: Sums.Pending)] = []
  private var failure: (any Error)?

  /// - Throws: `TorchError`
  init(of network: Network, by sums: Sums) throws {
    self.sums = sums
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
    pending = []
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
    for (stage, sum) in pending {
      try sums.finish(sum)
      try stage.scatter()
    }
    pending = []
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
          pending.append((stage, try sums.begin(stage)))
        }
        next -= 1
      }
      if !pending.isEmpty { try sums.makeProgress() }
    } catch {
      failure = error
    }
  }
}
