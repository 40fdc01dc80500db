import Foundation
import FreezeOut
import Torch
import TorchNN

@testable import Training

/// Checkpoints, also ones whose checksum is right: what is accepted is the same once written and read
/// again; what a run takes up, it has from then on, and some of those runs go on to their end.
struct CheckpointTarget: FuzzTarget {
  static let name = "checkpoint"

  static func expects(_ error: any Error) -> Bool {
    switch error {
    case is SafetensorsError, is StateDictionaryError: true
    case TrainingError.checkpoint, TrainingError.otherSettings, TrainingError.otherLength: true
    // Weights and momenta may be any numbers.
    case TrainingError.diverged, TrainingError.divergedWeights: true
    default: false
    }
  }

  /// A run's steps take memory of their own; the checkpoint does not tell them how much.
  static func memory(ofInputOf byteCount: Int) -> Int { 16 << 20 + 256 * byteCount }

  private let folder: ScratchFolder
  private let trainers: [Trainer]

  init() throws {
    folder = try ScratchFolder()
    trainers = try [false, true].map {
      try TinyRun.trainer(TinyRun.configuration(keepsFeatures: $0))
    }
  }

  func seeds() throws -> [String: Data] {
    var seeds: [String: Data] = [:]
    for (keepsFeatures, iterations) in [(false, 0), (false, 3), (true, 2)] {
      let trainer = try TinyRun.trainer(TinyRun.configuration(keepsFeatures: keepsFeatures))
      if var costs = try trainer.unmeasuredCacheCosts() {
        costs.frozenSeconds = costs.frozenSeconds.map { _ in 1 }
        let folder = folder.url
        trainer.keepFeatures(by: CachePlan(schedule: trainer.learner.schedule, costs: costs)) {
          folder.appendingPathComponent("seed-\($0).cache")
        }
      }
      do {
        if iterations > 0 {
          try trainer.run { _ in
            if trainer.learner.iteration == iterations { throw Enough() }
          }
        }
      } catch is Enough {}
      let file = try trainer.checkpoint.encoded()
      seeds["file-\(iterations)"] = AssembledFile.input("r", file)
      seeds["sealed-\(iterations)"] = AssembledFile.input("s", file)
    }
    return seeds
  }

  private struct Enough: Error {}

  func run(_ input: Data) throws {
    let checkpoint = try Checkpoint(AssembledFile(input).data)
    let again = try Checkpoint(checkpoint.encoded())
    require(again.configuration == checkpoint.configuration, "other settings")
    require(again.iteration == checkpoint.iteration, "another iteration")
    require(
      again.records == checkpoint.records && again.progress == checkpoint.progress,
      "other records"
    )
    require(again.lossCurve == checkpoint.lossCurve, "another curve of the loss")
    require(again.cachePlan == checkpoint.cachePlan, "another plan")
    require(again.cacheUse == checkpoint.cacheUse, "another use of what is kept")
    try requireSame(checkpoint.state.tensors, again.state.tensors, "written and read again")
    // A trainer takes up one checkpoint; one of another run is refused by any.
    let one = trainers[checkpoint.configuration.caching == nil ? 0 : 1]
    let isSameRun = one.configuration.differences(from: checkpoint.configuration).isEmpty
    let trainer = try isSameRun ? TinyRun.trainer(one.configuration) : one
    try trainer.restore(checkpoint)
    require(trainer.records == checkpoint.records, "other records than the checkpoint")
    require(trainer.lossCurve == checkpoint.lossCurve, "another curve than the checkpoint")
    try requireSame(
      trainer.checkpoint.state.tensors,
      checkpoint.state.tensors,
      "restored"
    )
    // A sixteenth of them, by their bytes: steps take their time.
    guard input.reduce(0, { $0 &* 31 &+ Int($1) }) & 15 == 0 else { return }
    try goOn(checkpoint)
  }

  private func goOn(_ checkpoint: Checkpoint) throws {
    let trainer = try TinyRun.trainer(checkpoint.configuration)
    try trainer.restore(checkpoint)
    let folder = folder.url
    trainer.keepFeatures(by: nil) { folder.appendingPathComponent("\($0).cache") }
    defer { trainer.removeKeptFeatures() }
    try trainer.run()
    require(
      trainer.learner.iteration == trainer.learner.schedule.iterations,
      "an end before the end"
    )
    // What a run has come to can be kept.
    _ = try trainer.checkpoint.encoded()
  }
}
