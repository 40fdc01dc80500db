/// Which features of a run are worth keeping, and when: the cheapest way through all freeze events.
///
/// A store is begun at a freeze event and filled while training goes on, from the store before it
/// where both fit the budget; then it is read until the next one is full. There are never more than
/// two.
public struct CachePlan: Hashable, Sendable, Codable {
  /// The features in front of one layer, for every input.
  public struct Store: Hashable, Sendable, Codable {
    /// The iteration from which on it is filled.
    public let begin: Int
    /// The first iteration at which it is full.
    public let full: Int
    /// The iteration from which on it is of no use; the run's length if it lasts.
    public let end: Int
    /// The layer whose input it holds: the number of frozen layers that have not to be computed.
    public let frontier: Int
    /// The frontier of the store that it is filled from; 0 for the images.
    public let source: Int
  }

  /// The stores in order of time.
  public let stores: [Store]
  /// What the plan is made from.
  public let costs: CacheCosts

  /// The plan that takes the least time. Where keeping nothing takes as little, nothing is kept.
  ///
  /// - Precondition: the costs are of as many layers as the schedule has.
  public init(schedule: Schedule, costs: CacheCosts) {
    precondition(
      costs.frozenSeconds.count == schedule.layerCount,
      "costs of \(costs.frozenSeconds.count) layers for \(schedule.layerCount)"
    )
    var search = CachePlanSearch(schedule: schedule, costs: costs)
    stores = search.stores()
    self.costs = costs
  }

  /// The store that is filled or read at an iteration, the newest one; nil for none.
  public func store(atIteration iteration: Int) -> Store? {
    stores.last { $0.begin <= iteration && iteration < $0.end }
  }

  /// What the plan saves of an iteration, in seconds; below 0 where filling a store costs more than it
  /// spares.
  public func secondsSaved(atIteration iteration: Int) -> Double {
    guard let store = store(atIteration: iteration) else { return 0 }
    let missing = costs.missingShare(atIteration: iteration, begin: store.begin)
    return costs.seconds(from: 0, frozenCount: store.frontier)
      - costs.storeSeconds(store.frontier, from: store.source, missingShare: missing)
  }

  /// The iterations at which an iteration's cost changes by what is kept.
  var changes: [Int] {
    stores.flatMap { [$0.begin, $0.end] + costs.missingShareChanges(begin: $0.begin) }
  }
}

/// Dynamic programming over freeze events and what is kept when they come.
struct CachePlanSearch {
  private let costs: CacheCosts
  private let length: Int
  private let events: [FreezeEvent]
  /// The seconds of the first so many layers when they are frozen.
  private let frozenSeconds: [Double]
  private var known: [State: Decision] = [:]

  private struct State: Hashable {
    var event: Int
    var frontier: Int
  }

  private struct Decision {
    var seconds: Double
    var store: CachePlan.Store?
    var next: State
  }

  init(schedule: Schedule, costs: CacheCosts) {
    self.costs = costs
    length = schedule.iterations
    events = schedule.freezeEvents
    frozenSeconds = costs.frozenSeconds.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }

  /// What the frozen layers take in an iteration, as `CacheCosts` has it, without adding up again.
  private func sourceSeconds(from source: Int, frozenCount: Int) -> Double {
    costs.seconds(from: source, frozenCount: source) + frozenSeconds[frozenCount]
      - frozenSeconds[source]
  }

  mutating func stores() -> [CachePlan.Store] {
    // From the last event on, so that no search goes deep.
    for event in events.indices.reversed() {
      let frozen = event == 0 ? 0 : events[event - 1].frozenCount
      for frontier in 0...frozen { decide(State(event: event, frontier: frontier)) }
    }
    var stores: [CachePlan.Store] = []
    var state = State(event: 0, frontier: 0)
    while let decision = known[state] {
      if let store = decision.store { stores.append(store) }
      state = decision.next
    }
    return closed(stores)
  }

  /// Ends each store where the next one is full, or begins if it is not filled from it.
  private func closed(_ stores: [CachePlan.Store]) -> [CachePlan.Store] {
    stores.enumerated().map { index, store in
      guard index + 1 < stores.count else { return store }
      let next = stores[index + 1]
      let end = min(store.end, next.source == store.frontier ? next.full : next.begin)
      return CachePlan.Store(
        begin: store.begin,
        full: store.full,
        end: end,
        frontier: store.frontier,
        source: store.source
      )
    }
  }

  private func iteration(ofEvent event: Int) -> Int {
    event < events.count ? events[event].iteration : length
  }

  private mutating func decide(_ state: State) {
    var best = staying(state)
    let frozen = events[state.event].frozenCount
    let phases = fillingPhases(begin: iteration(ofEvent: state.event))
    let sources = state.frontier == 0 ? [0] : [0, state.frontier]
    for frontier in state.frontier + 1..<frozen + 1 {
      for source in sources where costs.fits(source, frontier) {
        let decision = switching(state, to: frontier, from: source, phases)
        if decision.seconds < best.seconds { best = decision }
      }
    }
    known[state] = best
  }

  private func staying(_ state: State) -> Decision {
    let begin = iteration(ofEvent: state.event)
    let end = iteration(ofEvent: state.event + 1)
    let frozen = events[state.event].frozenCount
    let next = State(event: state.event + 1, frontier: costs.redrawsInputs ? 0 : state.frontier)
    let source = costs.redrawsInputs ? 0 : state.frontier
    let seconds = Double(end - begin) * sourceSeconds(from: source, frozenCount: frozen)
    return Decision(seconds: seconds + rest(next), store: nil, next: next)
  }

  private func switching(
    _ state: State,
    to frontier: Int,
    from source: Int,
    _ phases: [FillingPhase]
  ) -> Decision {
    let begin = iteration(ofEvent: state.event)
    let full = costs.fullIteration(from: begin)
    let made = sourceSeconds(from: source, frozenCount: frontier) + costs.keepSeconds(frontier)
    let read = sourceSeconds(from: frontier, frozenCount: frontier)
    var seconds = 0.0
    var event = state.event
    repeat {
      let (from, to) = (iteration(ofEvent: event), iteration(ofEvent: event + 1))
      let frozen = events[event].frozenCount
      seconds += Double(to - from) * (frozenSeconds[frozen] - frozenSeconds[frontier])
      for phase in phases {
        let count = Double(phase.iterations.clamped(to: from..<to).count)
        seconds +=
          count * CacheCosts.storeSeconds(made: made, read: read, missingShare: phase.missingShare)
      }
      event += 1
    } while iteration(ofEvent: event) < min(full, length) && !costs.redrawsInputs
    let next = State(event: event, frontier: costs.redrawsInputs ? 0 : frontier)
    let store = CachePlan.Store(
      begin: begin,
      full: min(full, length),
      end: costs.redrawsInputs ? iteration(ofEvent: event) : length,
      frontier: frontier,
      source: source
    )
    return Decision(seconds: seconds + rest(next), store: store, next: next)
  }

  private struct FillingPhase {
    var iterations: Range<Int>
    var missingShare: Double
  }

  /// What a store lacks, from its beginning to the run's end.
  private func fillingPhases(begin: Int) -> [FillingPhase] {
    let changes =
      [begin] + costs.missingShareChanges(begin: begin).filter { $0 < length } + [length]
    return zip(changes, changes.dropFirst()).map { from, to in
      FillingPhase(
        iterations: from..<to,
        missingShare: costs.missingShare(atIteration: from, begin: begin)
      )
    }
  }

  private func rest(_ state: State) -> Double {
    known[state]?.seconds ?? 0
  }
}
