import Reports
import Training

/// A run that could not go on, with where the last state that was kept stands.
struct FailedRun: Error, CustomStringConvertible {
  let reason: any Error
  /// The number of iterations of that state; 0 for the start.
  let keptIterations: Int
  let folder: String

  var description: String {
    "\(reason); the last good checkpoint, after \(keptIterations.grouped) iterations, is in \(folder)"
      + (isRepeatedByResuming
        ? "" : ": the same command goes on from there, for train with --resume")
  }

  /// Whether the same numbers would lead to the same end.
  var isRepeatedByResuming: Bool {
    (reason as? TrainingError)?.isDivergence == true
  }
}
