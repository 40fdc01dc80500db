/// The order in which an epoch goes through the images.
public struct EpochOrder: Sendable, Equatable {
  /// The number of images.
  public let count: Int
  /// The seed of the run.
  public let seed: UInt64

  /// The orders of a run.
  public init(count: Int, seed: UInt64) {
    self.count = count
    self.seed = seed
  }

  /// A permutation of `0..<count`: a function of count, seed and epoch alone.
  public func indices(epoch: Int) -> [Int] {
    var generator = SeededGenerator(
      seed: seed,
      purpose: .epochOrder,
      UInt64(bitPattern: Int64(epoch))
    )
    return generator.permutation(count: count)
  }
}
