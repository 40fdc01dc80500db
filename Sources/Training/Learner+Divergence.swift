import Models
import Torch
import TorchNN

extension Learner {
  /// Checks that every weight and running statistic is a finite number.
  ///
  /// The loss tells of one that is not only in the next step, and after the last one there is none.
  ///
  /// - Throws: `TrainingError.divergedWeights`, `TorchError`
  public func requireFiniteWeights() throws {
    for (name, tensor) in network.state.tensors {
      guard try tensor.isFinite else {
        throw TrainingError.divergedWeights(iterations: iteration, tensor: name)
      }
    }
  }

  /// Runs the iteration's forward pass once more, to find where its numbers stop being finite.
  func firstLayerWithoutFiniteOutput(of features: Tensor) throws -> String? {
    try reseedDropout()
    return try withoutGradients {
      guard try features.isFinite else {
        return frozenCount == 0 ? "the images" : network.stages[frozenCount - 1].name
      }
      var output = features
      for placed in network.stages[frozenCount...] {
        output = try network.output(of: placed, from: output, mode: .training(dropoutGenerator))
        guard try output.isFinite else { return placed.name }
      }
      return nil
    }
  }
}
