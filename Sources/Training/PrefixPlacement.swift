/// Where the frozen prefix runs: in line, before the step of its batch, or ahead of it, on the thread
/// that makes the batches, while the step before is made.
///
/// Ahead is worth it only where a core is to spare, and is never taken on faith: both are tried for
/// some iterations (`PrefixTrial`) and the faster one stays. The features are the same bits in either
/// place.
public struct PrefixPlacement: Sendable {
  /// What was found, for people.
  public struct Choice: Hashable, Sendable, Codable {
    /// Whether the prefix runs ahead of the training step.
    public var runsAhead: Bool
    /// How many layers were frozen when it was tried.
    public var frozenCount: Int
    /// An iteration with the prefix in line, in seconds: the mean of the trial's blocks, of each the
    /// median.
    public var inLineSeconds: Double
    /// The same with the prefix ahead.
    public var aheadSeconds: Double
  }

  /// Whether anything could run beside the training step. Where nothing can, the prefix runs in line
  /// and nothing is tried.
  public let hasCoreToSpare: Bool

  /// Whether the prefix is to run ahead now.
  public var runsAhead: Bool {
    switch state {
    case .undecided, .off: false
    case .trying(let trial): trial.runsAhead
    case .settled(_, let runsAhead): runsAhead
    }
  }

  /// The latest finding; nil while there is none.
  public private(set) var choice: Choice?

  private enum State {
    /// There is nothing to choose from.
    case off
    /// Nothing is frozen yet.
    case undecided
    case trying(PrefixTrial)
    /// With how many layers frozen the last trial ended.
    case settled(frozenCount: Int, runsAhead: Bool)
  }

  private var state: State
  private let layerCount: Int

  /// It is tried again when so large a share of the layers has frozen since: at most four times in a
  /// run, for half of a trial goes by in the slower place, and what the prefix costs has changed by no
  /// more than a quarter of the layers meanwhile.
  private static let shareOfLayers = 0.25

  /// - Parameters:
  ///   - hasCoreToSpare: Whether anything could run beside the training step.
  ///   - layerCount: The number of the network's layers.
  public init(hasCoreToSpare: Bool, layerCount: Int) {
    self.hasCoreToSpare = hasCoreToSpare
    state = hasCoreToSpare ? .undecided : .off
    self.layerCount = layerCount
  }

  /// Takes the duration of an iteration, and with it the next decision.
  ///
  /// - Parameters:
  ///   - seconds: What the iteration took.
  ///   - frozenCount: How many layers were frozen in it.
  ///   - isReading: Whether its batch's features were kept and had only to be read.
  public mutating func record(seconds: Double, frozenCount: Int, isReading: Bool = false) {
    switch state {
    case .off: break
    case .undecided:
      if frozenCount > 0 { state = .trying(PrefixTrial()) }
    case .trying(var trial):
      trial.record(
        seconds: seconds,
        conditions: .init(frozenCount: frozenCount, isReading: isReading)
      )
      state = trial.isFinished ? end(trial, frozenCount: frozenCount) : .trying(trial)
    case .settled(let before, _):
      let since = Double(frozenCount - before) / Double(layerCount)
      if since >= Self.shareOfLayers { state = .trying(PrefixTrial()) }
    }
  }

  /// A trial that found nothing leaves the prefix where it was before.
  private mutating func end(_ trial: PrefixTrial, frozenCount: Int) -> State {
    if let found = trial.result {
      choice = Choice(
        runsAhead: found.ahead < found.inLine,
        frozenCount: frozenCount,
        inLineSeconds: found.inLine,
        aheadSeconds: found.ahead
      )
    }
    return .settled(frozenCount: frozenCount, runsAhead: choice?.runsAhead ?? false)
  }
}
