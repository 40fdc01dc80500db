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

  /// Runs the iteration's forward pass once more, to find where its numbers stop being finite: in any of the processes
  /// that train together, so that all of them leave at the same layer.
  func firstLayerWithoutFiniteOutput(of features: Tensor) throws -> String? {
    func isFinite(_ numbers: Tensor) throws -> Bool {
      let isFinite = try numbers.isFinite
      guard let processes = joint?.processes else { return isFinite }
      return try processes.sum([isFinite ? 0 : 1]) == [0]
    }
    try reseedDropout()
    return try withoutGradients {
      guard try isFinite(features) else {
        return frozenCount == 0 ? "the images" : network.stages[frozenCount - 1].name
      }
      var output = features
      for placed in network.stages[frozenCount...] {
        output = try network.output(of: placed, from: output, mode: trainingMode)
        guard try isFinite(output) else { return placed.name }
      }
      return nil
    }
  }
}
