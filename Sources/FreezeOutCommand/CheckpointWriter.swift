import Foundation
import Training

/// Keeps a run's state on the disk: after each epoch, and as often as asked for within one.
final class CheckpointWriter {
  private let trainer: Trainer
  private let folder: RunFolder
  private let interval: CheckpointInterval
  private let clock = ContinuousClock()
  private var lastInstant: ContinuousClock.Instant
  /// The number of iterations made when the state was kept last; 0 for the start.
  private(set) var lastIterations: Int

  init(_ trainer: Trainer, in folder: RunFolder, every interval: CheckpointInterval) {
    self.trainer = trainer
    self.folder = folder
    self.interval = interval
    lastInstant = clock.now
    lastIterations = trainer.learner.iteration
  }

  /// Keeps the state, beside the one before it.
  ///
  /// - Throws: `TrainingError.diverged` or `divergedWeights` for a state that nothing can go on from, which is not
  ///   kept; `RunFolderError.cannotWrite`
  func write() throws {
    // First, since a step that a GPU works on may be the one that diverges.
    let checkpoint = try trainer.checkpoint
    try trainer.learner.requireFiniteWeights()
    try folder.write(checkpoint)
    lastInstant = clock.now
    lastIterations = trainer.learner.iteration
  }

  /// Keeps the state where it is time, between two iterations.
  ///
  /// - Throws: As `write()`.
  func writeIfDue() throws {
    let isDue =
      switch interval {
      case .iterations(let count): trainer.learner.iteration - lastIterations >= count
      case .seconds(let seconds): clock.now - lastInstant >= .seconds(seconds)
      }
    if isDue { try write() }
  }
}
