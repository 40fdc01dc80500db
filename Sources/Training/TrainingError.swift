/// Why training stopped, or did not begin.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The loss is infinite or not a number; the layer is the first one, in forward order, whose output
  /// is not finite, nil where each one's is.
  case diverged(iteration: Int, loss: Double, layer: String? = nil)
  /// Some of the network's numbers are infinite or not a number after so many iterations.
  case divergedWeights(iterations: Int, tensor: String)
  /// A setting that no run can have.
  case setting(_ name: String, _ value: String, remedy: String)
  /// The run to be continued had other settings.
  case otherSettings([String])
  /// The run to be continued, which is of this length, has another number of epochs, and is the same else.
  case otherLength(RunConfiguration, asked: Int)
  /// The checkpoint cannot be read, or contradicts itself; the path is that of its file.
  case checkpoint(path: String? = nil, reason: String)
  /// The file of weights cannot be used; the path is its own.
  case weights(path: String? = nil, reason: String)

  /// One sentence for a person: what happened and what to try.
  public var description: String {
    switch self {
    case .diverged(let iteration, let loss, let layer):
      "the loss became \(Self.word(for: loss)) at iteration \(iteration)"
        + (layer.map { ", first in layer \($0)" } ?? "") + ": \(Self.remedyForDivergence)"
    case .divergedWeights(let iterations, let tensor):
      "\(tensor) is no longer finite after \(iterations) iterations: \(Self.remedyForDivergence)"
    case .setting(let name, let value, let remedy):
      "\(name) cannot be \(value): \(remedy)"
    case .otherSettings(let differences):
      "the run to resume had other settings: " + differences.joined(separator: "; ")
        + ": drop those options, or start anew with another --output"
    case .otherLength(let begun, let asked):
      "the run to resume is one of \(begun.length), over which its rates and freezes are spread: one of "
        + "\(asked) has others from the first iteration on, so that it cannot go on from here; drop "
        + "--epochs, or start anew with another --output"
    case .checkpoint(let path, let reason):
      "the checkpoint \(path.map { "\($0) " } ?? "")cannot be used: \(reason); start anew with "
        + "another --output"
    case .weights(let path, let reason):
      "the weights \(path.map { "\($0) " } ?? "")cannot be used: \(reason)"
    }
  }

  /// Whether the run came to numbers that are infinite or none.
  public var isDivergence: Bool {
    switch self {
    case .diverged, .divergedWeights: true
    default: false
    }
  }

  private static let remedyForDivergence =
    "try a smaller --learning-rate, a larger --batch-size or, with scaled rates, a larger --t0"

  /// Checks that a setting is within its range.
  static func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw setting(name, "\(value)", remedy: "use \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// Words for what is no finite number.
  static func word(for value: Double) -> String {
    if value.isNaN { return "not a number" }
    return value.isInfinite ? "infinite" : "\(value)"
  }
}
