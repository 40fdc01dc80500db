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
  /// - Throws: `TrainingError.divergedWeights` for a state that nothing can go on from, which is not
  ///   kept; `SafetensorsError.unwritable`
  func write() throws {
    try trainer.learner.requireFiniteWeights()
    try trainer.checkpoint.write(
      to: folder.checkpoint,
      keepingPreviousAt: folder.previousCheckpoint
    )
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

/// A run that came to numbers that are none.
struct DivergedRun: Error, CustomStringConvertible {
  let reason: TrainingError
  /// The number of iterations of the last state that was kept; 0 for the start.
  let keptIterations: Int
  let folder: String

  var description: String {
    "\(reason); the last good checkpoint, after \(keptIterations.grouped) iterations, is in \(folder)"
  }
}
