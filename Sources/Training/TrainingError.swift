/// Why training stopped, or did not begin.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The loss is infinite or not a number.
  case diverged(iteration: Int, loss: Double)
  /// A setting that no run can have.
  case setting(_ name: String, _ value: String, remedy: String)
  /// The run to be continued had other settings.
  case otherSettings([String])
  /// The checkpoint cannot be read.
  case checkpoint(reason: String)

  /// One sentence for a person: what happened and what to try.
  public var description: String {
    switch self {
    case .diverged(let iteration, let loss):
      "the loss became \(loss) at iteration \(iteration): try a smaller learning rate"
    case .setting(let name, let value, let remedy):
      "\(name) cannot be \(value): \(remedy)"
    case .otherSettings(let differences):
      "the run to resume had other settings: " + differences.joined(separator: "; ")
    case .checkpoint(let reason):
      "the checkpoint cannot be used: \(reason)"
    }
  }
}
