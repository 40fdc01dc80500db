/// Where the frozen prefix runs: in line, before the step of its batch, or ahead of it, on the thread
/// that makes the batches, while the step before is made.
///
/// Ahead is worth it only where a core is to spare, and is never taken on faith: both are tried for
/// some iterations and the faster one stays. The features are the same bits in either place.
public struct PrefixPlacement: Sendable {
  /// What was found, for people.
  public struct Choice: Hashable, Sendable, Codable {
    /// Whether the prefix runs ahead of the training step.
    public var runsAhead: Bool
    /// How many layers were frozen when it was tried.
    public var frozenCount: Int
    /// The median of an iteration with the prefix in line, in seconds.
    public var inLineSeconds: Double
    /// The median of an iteration with the prefix ahead, in seconds.
    public var aheadSeconds: Double
  }

  /// Whether the prefix is to run ahead now.
  public var runsAhead: Bool {
    switch state {
    case .undecided, .off: false
    case .trying(_, let ahead): ahead != nil
    case .chosen(let choice): choice.runsAhead
    }
  }

  /// The latest finding; nil while there is none.
  public private(set) var choice: Choice?

  private enum State {
    /// There is nothing to choose from.
    case off
    /// Nothing is frozen yet.
    case undecided
    /// The seconds of iterations so far: in line, then ahead.
    case trying(inLine: [Double], ahead: [Double]?)
    case chosen(Choice)
  }

  private var state: State
  private let layerCount: Int

  /// So many iterations are measured of each place.
  static let trialLength = 8
  /// So many before them are not: batches that were made the other way, and memory that is new.
  static let settlingLength = 6
  /// It is tried again when so large a share of the layers has frozen since.
  private static let shareOfLayers = 0.25

  /// - Parameters:
  ///   - hasCoreToSpare: Whether anything could run beside the training step.
  ///   - layerCount: The number of the network's layers.
  public init(hasCoreToSpare: Bool, layerCount: Int) {
    state = hasCoreToSpare ? .undecided : .off
    self.layerCount = layerCount
  }

  /// Takes the duration of an iteration, and with it the next decision.
  public mutating func record(seconds: Double, frozenCount: Int) {
    switch state {
    case .off: break
    case .undecided:
      if frozenCount > 0 { state = .trying(inLine: [], ahead: nil) }
    case .trying(let inLine, nil):
      state = .trying(inLine: inLine + [seconds], ahead: inLine.count + 1 < Self.length ? nil : [])
    case .trying(let inLine, let ahead?):
      guard ahead.count + 1 >= Self.length else {
        state = .trying(inLine: inLine, ahead: ahead + [seconds])
        return
      }
      let inLineSeconds = Array(inLine.suffix(Self.trialLength)).median
      let aheadSeconds = Array((ahead + [seconds]).suffix(Self.trialLength)).median
      let found = Choice(
        runsAhead: aheadSeconds < inLineSeconds,
        frozenCount: frozenCount,
        inLineSeconds: inLineSeconds,
        aheadSeconds: aheadSeconds
      )
      choice = found
      state = .chosen(found)
    case .chosen(let choice):
      let since = Double(frozenCount - choice.frozenCount) / Double(layerCount)
      if since >= Self.shareOfLayers { state = .trying(inLine: [], ahead: nil) }
    }
  }

  private static var length: Int { settlingLength + trialLength }
}
