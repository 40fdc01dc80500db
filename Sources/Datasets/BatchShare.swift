/// One of several parts of every batch, as even as can be: what one of several processes takes of it.
public struct BatchShare: Hashable, Sendable {
  /// Which part, in `0..<count`.
  public let index: Int
  /// How many parts there are.
  public let count: Int

  /// All of it.
  public static let whole = BatchShare(index: 0, of: 1)

  /// A part of several.
  ///
  /// - Precondition: `index` is in `0..<count`.
  public init(index: Int, of count: Int) {
    precondition((0..<count).contains(index), "part \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// This part of a range.
  public func part(of range: Range<Int>) -> Range<Int> {
    let (start, size) = (range.lowerBound, range.count)
    return start + size * index / count..<start + size * (index + 1) / count
  }
}
