/// What one layer takes in one iteration, measured: seconds for a whole batch.
public struct LayerSeconds: Hashable, Sendable, Codable {
  /// The layer's name, for people.
  public let name: String
  /// The forward pass in training.
  public let forward: Double
  /// The gradients of its weights and of its input.
  public let backward: Double
  /// The gradients of its weights alone: all that the first trained layer needs.
  public let frontierBackward: Double
  /// The move of its weights.
  public let optimizer: Double
  /// The forward pass when it is frozen.
  public let frozen: Double

  /// The measurements of the layer `name`.
  public init(
    name: String,
    forward: Double,
    backward: Double,
    frontierBackward: Double,
    optimizer: Double,
    frozen: Double
  ) {
    self.name = name
    self.forward = forward
    self.backward = backward
    self.frontierBackward = frontierBackward
    self.optimizer = optimizer
    self.frozen = frozen
  }

  /// What it takes to train the layer, behind another trained one.
  public var trained: Double { forward + backward + optimizer }

  /// What it takes to train the layer where it is the first trained one.
  public var trainedAtFrontier: Double { forward + frontierBackward + optimizer }
}

/// What a whole training step took, measured.
public struct MeasuredStep: Hashable, Sendable, Codable {
  /// How many layers were frozen.
  public let frozenCount: Int
  /// The duration of the step, in seconds.
  public let seconds: Double
  /// The memory that the step needed at its most, in bytes: weights, momenta, gradients and what the
  /// backward pass keeps; nil where it was not measured.
  public let bytes: Int?

  /// A step with `frozenCount` layers frozen that took `seconds`.
  public init(frozenCount: Int, seconds: Double, bytes: Int? = nil) {
    self.frozenCount = frozenCount
    self.seconds = seconds
    self.bytes = bytes
  }
}
