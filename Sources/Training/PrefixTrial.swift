import Datasets

/// A comparison of the two places of the frozen prefix while training goes on.
///
/// What an iteration costs changes for reasons of its own: a layer freezes, or features that were
/// computed are read. So the places are compared in pairs of short blocks, one in line and one ahead,
/// and a pair counts only if the conditions were the same all through it; else it begins anew. What
/// still drifts within a pair favours its later block, so the pairs take turns in which place is first:
/// in line, ahead, ahead, in line.
struct PrefixTrial {
  /// What the iterations of a pair have in common.
  struct Conditions: Hashable {
    var frozenCount: Int
    /// Whether the batch's features were read and not computed.
    var isReading: Bool
  }

  /// The seconds of an iteration, by block of the same conditions.
  struct Pair: Hashable {
    var inLine: Double
    var ahead: Double
  }

  /// The pairs so far.
  private(set) var pairs: [Pair] = []
  /// Whether the prefix is to run ahead in the next iteration.
  private(set) var runsAhead = false

  private var conditions: Conditions?
  private var iterationCount = 0
  private var settling = 0
  private var block: [Double] = []
  /// The median of the pair's first block, once it is done.
  private var first: Double?

  /// So many iterations are measured in a block: their median leaves out one that was disturbed, and one
  /// that an epoch's smaller last batch made short.
  static let blockLength = 4
  /// Each place is first in one of them.
  static let pairCount = 2
  /// So many iterations after a change are not measured: the batches that are ready then were made as it
  /// was before, and so are the one in the making and the one in work.
  static let settlingLength = TrainingBatches.defaultQueueDepth + 2
  /// An undisturbed trial. The second pair goes on in the place where the first one ended.
  static let shortestLength = 3 * settlingLength + 2 * pairCount * blockLength
  /// Where conditions change so often that no pair is completed, what is to be found does not last
  /// either: the trial ends after so many iterations.
  static let longestLength = 3 * shortestLength

  /// Whether there is nothing more to measure.
  var isFinished: Bool {
    pairs.count == Self.pairCount || iterationCount >= Self.longestLength
  }

  /// The mean of the pairs; nil without any.
  var result: Pair? {
    guard !pairs.isEmpty else { return nil }
    let count = Double(pairs.count)
    return Pair(
      inLine: pairs.reduce(0) { $0 + $1.inLine } / count,
      ahead: pairs.reduce(0) { $0 + $1.ahead } / count
    )
  }

  /// Takes the duration of an iteration, in seconds.
  mutating func record(seconds: Double, conditions: Conditions) {
    iterationCount += 1
    if conditions != self.conditions {
      self.conditions = conditions
      beginPair()
    }
    guard settling == 0 else {
      settling -= 1
      return
    }
    block.append(seconds)
    guard block.count == Self.blockLength else { return }
    let median = block.median
    block = []
    guard let first else {
      first = median
      run(ahead: !runsAhead)
      return
    }
    pairs.append(
      runsAhead ? Pair(inLine: first, ahead: median) : Pair(inLine: median, ahead: first)
    )
    self.first = nil
  }

  private mutating func beginPair() {
    block = []
    first = nil
    run(ahead: !pairs.count.isMultiple(of: 2))
  }

  private mutating func run(ahead: Bool) {
    runsAhead = ahead
    settling = Self.settlingLength
  }
}
