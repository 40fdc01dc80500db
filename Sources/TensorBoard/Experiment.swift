/// What makes a run different from others, as TensorBoard knows it.
public enum Hyperparameter: Hashable, Sendable {
  /// Yes or no.
  case flag(Bool)
  /// A number.
  case number(Double)
  /// A word.
  case text(String)
}

/// The columns of TensorBoard's table of runs.
public struct Experiment: Hashable, Sendable {
  /// A column of hyperparameters.
  public struct Column: Hashable, Sendable {
    /// What it holds.
    public enum Kind: Hashable, Sendable {
      /// Yes or no.
      case flag
      /// Numbers.
      case number
      /// Words, of these where there are any.
      case text([String])
    }

    /// The hyperparameter's name.
    public var name: String
    /// What it holds.
    public var kind: Kind

    /// A column.
    public init(_ name: String, _ kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  /// The hyperparameters, in order.
  public var columns: [Column]
  /// The tags of the curves of which the last values are shown.
  public var metrics: [String]

  /// A table of these columns.
  public init(columns: [Column], metrics: [String]) {
    self.columns = columns
    self.metrics = metrics
  }
}
