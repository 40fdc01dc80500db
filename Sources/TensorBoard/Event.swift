import Foundation

/// One record of an event file.
public struct Event: Hashable, Sendable {
  /// What a record tells.
  public enum Content: Hashable, Sendable {
    /// What a file begins with, and the name of the program that writes it.
    case beginning(writer: String)
    /// Points of curves that an earlier file of the same folder has from this step on are void.
    case restart
    /// Points of curves.
    case scalars([Scalar])
    /// The columns of the table of runs; the same in every run that is to stand in one table.
    case experiment(Experiment)
    /// A run begins: its row in the table of runs.
    case sessionStart([String: Hyperparameter])
    /// A run ends.
    case sessionEnd(Outcome)
  }

  /// How a run ended.
  public enum Outcome: Hashable, Sendable {
    /// As it should.
    case success
    /// Before its end.
    case failure
  }

  /// When it happened, in seconds since 1970.
  public var wallSeconds: Double
  /// The place on the horizontal axis.
  public var step: Int
  /// What it tells.
  public var content: Content

  /// An event.
  public init(wallSeconds: Double, step: Int, content: Content) {
    self.wallSeconds = wallSeconds
    self.step = step
    self.content = content
  }
}

/// A point of a curve.
public struct Scalar: Hashable, Sendable {
  /// The curve's name. TensorBoard groups curves by what stands before the first slash.
  public var tag: String
  /// Kept with the precision of a `Float`.
  public var value: Double

  /// A point of the curve of that name.
  public init(_ tag: String, _ value: Double) {
    self.tag = tag
    self.value = value
  }
}
