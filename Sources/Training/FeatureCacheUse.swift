/// What came of keeping features.
public struct FeatureCacheUse: Hashable, Sendable, Codable {
  /// How many inputs' features were read.
  public var readCount = 0
  /// How many were computed, and kept.
  public var computedCount = 0
  /// How many slots were found damaged, and computed anew.
  public var damagedCount = 0
  /// How many files held something else, and were made anew.
  public var rebuiltCount = 0
  /// Why a store could not be made, the last time that one could not.
  public var refusal: String?

  /// Whether these can be counts of a run, as those of a file may not be.
  var isPossible: Bool {
    [readCount, computedCount, damagedCount, rebuiltCount].allSatisfy {
      (0...(1 << 52)).contains($0)
    }
  }
}
