import Models
import Torch
import TorchNN

/// A recorded run, made again here from the same weights and batches and compared.
public struct Replay: Sendable {
  /// How far two figures of the runs are apart at most, and how far they may be.
  public struct Disagreement: Hashable, Sendable {
    /// What is compared.
    public let name: String
    /// The largest disagreement; not a number where one of the figures is none.
    public let value: Double
    /// The largest that passes.
    public let tolerance: Double

    /// Whether the runs agree.
    public var passes: Bool { value <= tolerance }
  }

  /// The comparisons, in order: loss, learning rates, frozen layers, final weights, final
  /// log-probabilities.
  public let disagreements: [Disagreement]

  /// Whether the runs agree in everything.
  public var passes: Bool {
    disagreements.allSatisfy(\.passes)
  }

  /// The type of the replay's numbers.
  public enum Precision: String, CaseIterable, Sendable {
    /// What networks train in.
    case float32
    /// What rounds so little that only the recording's own rounding is left.
    case float64

    var scalarType: ScalarType { self == .float32 ? .float32 : .float64 }
  }

  /// Runs the case and compares every figure.
  ///
  /// In `float64` the disagreement is the rounding of the recording alone. In `float32` this run
  /// rounds as well, and where a ReLU's input is next to zero, the sign of its rounding decides
  /// whether a gradient passes; rows lie in memory as in the recording, since libtorch's batch norm
  /// sums less exactly with channels last.
  ///
  /// - Throws: `KernelsError`, `RecordedCaseError`, `StateDictionaryError`, `TrainingError.diverged` and
  ///   `TorchError` when the case cannot be run.
  public init(
    of recorded: RecordedCase,
    precision: Precision = .float64,
    device: Device = .cpu,
    kernels: Kernels = .libtorch
  ) throws {
    let type = precision.scalarType
    let learner = try recorded.learner(precision: type, device: device, kernels: kernels)
    try recorded.tensors.under("initial/").converted(to: type)
      .load(into: learner.network.state)
    let batches = try RecordedBatches(
      recorded,
      minimumBatchSize: learner.network.minimumBatchSize,
      precision: type
    )
    let steps = try Steps(of: recorded.description, learner, batches, device)
    let drift = recorded.description.drift
    disagreements = [
      Disagreement(name: "loss", value: steps.loss, tolerance: max(20 * drift.loss, 1e-5)),
      Disagreement(name: "rates", value: steps.rates, tolerance: 1e-9),
      Disagreement(name: "frozen", value: Double(steps.frozenLayers), tolerance: 0),
      Disagreement(
        name: "weights",
        value: try Self.weightDisagreement(learner.network.state, recorded),
        tolerance: max(20 * drift.weights, 1e-4)
      ),
      Disagreement(
        name: "log-probabilities",
        value: try Self.logProbabilityDisagreement(learner.network, recorded, batches, device),
        tolerance: max(20 * drift.logProbabilities, 1e-4)
      ),
    ]
  }
}

// MARK: - The steps

extension Replay {
  /// The recorded steps, made again: the largest disagreements on the way.
  private struct Steps {
    /// By the recorded loss.
    var loss = 0.0
    var rates = 0.0
    /// How many layers were frozen here and not there, or the other way round, over all steps.
    var frozenLayers = 0

    init(
      of recorded: RecordedCase.Description,
      _ learner: Learner,
      _ batches: RecordedBatches,
      _ device: Device
    ) throws {
      for step in 0..<recorded.steps {
        let value = try learner.step(
          images: batches.images(step).moved(to: device),
          labels: batches.labels(step).moved(to: device)
        )
        let expected = recorded.losses[step]
        loss = larger(loss, abs(value - expected) / abs(expected))
        rates = larger(
          rates,
          largestDifference(
            learner.schedule.learningRates(atIteration: step),
            recorded.learningRates[step]
          )
        )
        frozenLayers +=
          Array(0..<learner.frozenCount)
          .difference(from: recorded.frozenLayers[step].sorted()).count
      }
    }
  }
}

// MARK: - Measuring disagreement

extension Replay {
  /// Tensors of a smaller norm are compared as if they had this one: a bias in front of a batch
  /// norm has no gradient but rounding, and differs by more than itself from run to run.
  private static let smallestNorm = 0.01

  /// The norm of the difference of a tensor by the tensor's norm, the largest over all parameters
  /// and buffers: the measure in which a case gives its drift.
  private static func weightDisagreement(
    _ state: ModuleState,
    _ recorded: RecordedCase
  ) throws -> Double {
    let final = recorded.tensors.under("final/").tensors
    guard Set(state.tensors.map(\.name)).isSubset(of: final.keys) else {
      throw RecordedCaseError.malformed("the case lacks some of the final weights")
    }
    var largest = 0.0
    for (name, tensor) in state.tensors {
      guard let recorded = final[name], recorded.shape == tensor.shape else { return .infinity }
      let expected = try recorded.doubles()
      let difference = try norm(zip(tensor.doubles(), expected).map { $0 - $1 })
      largest = larger(largest, difference / Swift.max(norm(expected), smallestNorm))
    }
    return largest
  }

  private static func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func logProbabilityDisagreement(
    _ network: Network,
    _ recorded: RecordedCase,
    _ batches: RecordedBatches,
    _ device: Device
  ) throws -> Double {
    guard let expected = recorded.tensors.tensors["final_log_probabilities"] else {
      throw RecordedCaseError.malformed("the case lacks final_log_probabilities")
    }
    let found = try withoutGradients {
      try network(batches.images(0).moved(to: device), mode: .inference)
    }
    guard found.shape == expected.shape else { return .infinity }
    return try zip(found.doubles(), expected.doubles()).reduce(0) { largest, pair in
      larger(largest, abs(pair.0 - pair.1))
    }
  }
}

/// The largest difference of two lists of rates; infinite where one has a rate that the other
/// lacks.
func largestDifference(_ left: [Double?], _ right: [Double?]) -> Double {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).reduce(0) { largest, pair in
    switch pair {
    case (nil, nil): largest
    case (let left?, let right?): larger(largest, abs(left - right))
    default: .infinity
    }
  }
}

/// The larger number; not a number if one of them is none, so that it is never lost.
func larger(_ left: Double, _ right: Double) -> Double {
  left.isNaN || right.isNaN ? .nan : max(left, right)
}
