/// A moment of the run at which layers freeze: they train before `iteration`, not in it or after.
public struct FreezeEvent: Hashable, Sendable {
  /// The first iteration in which the layers are frozen.
  public let iteration: Int
  /// The layers that freeze here; short runs freeze several at once.
  public let layers: Range<Int>

  /// The frozen count from this iteration to the next event.
  public var frozenCount: Int { layers.upperBound }

  /// An event at `iteration` that freezes `layers`, which follow on those already frozen.
  public init(iteration: Int, layers: Range<Int>) {
    self.iteration = iteration
    self.layers = layers
  }
}
