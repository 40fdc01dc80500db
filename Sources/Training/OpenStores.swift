import Datasets
import Foundation
import FreezeOut

/// The stores of a plan that are open, by their places in it: never more than two, which fit the budget.
///
/// None is made a second time: not one that could not be made, and not one that had to go.
struct OpenStores {
  /// Why a store could not be made, the last time that one could not.
  private(set) var refusal: String?
  /// How many files held something else, and were made anew.
  private(set) var rebuiltCount = 0

  private let plan: CachePlan
  /// The file of the store with a number.
  private let file: @Sendable (Int) -> URL
  private var open: [Int: OpenStore] = [:]
  /// Those that could not be made.
  private var refused: Set<Int> = []
  /// Those that are of no more use, or had to leave their room to another one.
  private var dropped: Set<Int> = []
  private var damagedBefore = 0

  private struct OpenStore {
    var store: FeatureStore
    /// The set of views; a store of another one is of no use.
    var generation: Int
  }

  init(plan: CachePlan, file: @escaping @Sendable (Int) -> URL) {
    self.plan = plan
    self.file = file
  }

  /// How many slots were found damaged.
  var damagedCount: Int {
    open.values.reduce(damagedBefore) { $0 + $1.store.damagedCount }
  }

  /// Whether there will be no such store.
  func isGone(_ place: Int) -> Bool {
    refused.contains(place) || dropped.contains(place)
  }

  /// The newest store of an iteration that there is or may be.
  func newest(atIteration iteration: Int, frozenCount: Int) -> Int? {
    plan.stores.indices.last { place in
      let store = plan.stores[place]
      return store.begin <= iteration && iteration < end(of: place)
        && store.frontier <= frozenCount && !isGone(place)
    }
  }

  func newestOpen(before place: Int) -> Int? {
    open.keys.filter { $0 < place }.max()
  }

  /// The iteration from which on a store is of no use. Where its successor could not be made, it is in
  /// that one's place, unless the inputs are others then.
  func end(of place: Int) -> Int {
    var end = plan.stores[place].end
    guard !plan.costs.redrawsInputs else { return end }
    for successor in plan.stores.indices.dropFirst(place + 1) {
      guard refused.contains(successor) else { break }
      end = max(end, plan.stores[successor].end)
    }
    return end
  }

  /// A store that is open, if it is of the same inputs.
  func opened(_ place: Int, of slots: BatchSlots) -> FeatureStore? {
    open[place].flatMap { $0.generation == slots.generation ? $0.store : nil }
  }

  /// The store of a place; nil where there is none. That it cannot be made ends no run of hours, which
  /// computes what it would have read.
  ///
  /// - Parameter layout: What it is to hold; called where it is not open yet.
  /// - Throws: What `layout` throws.
  mutating func store(
    _ place: Int,
    of slots: BatchSlots,
    layout: () throws -> FeatureLayout
  ) throws -> FeatureStore? {
    if open[place] != nil { return opened(place, of: slots) }
    // Two threads at different iterations may want a store that is older than one that is open.
    guard !isGone(place), open.keys.allSatisfy({ $0 < place || mayStand(place, beside: $0) })
    else { return nil }
    let layout = try layout()
    for other in open.keys where other < place && !mayStand(other, beside: place) { drop(other) }
    do {
      let store = try FeatureStore(at: file(place), layout: layout)
      if store.origin == .replaced { rebuiltCount += 1 }
      open[place] = OpenStore(store: store, generation: slots.generation)
      return store
    } catch let error as FeatureStoreError {
      refused.insert(place)
      refusal = error.description
      return nil
    }
  }

  /// Whether an older store may be open while another one is filled: only the one before may, or what is
  /// in its place.
  private func mayStand(_ older: Int, beside place: Int) -> Bool {
    (older + 1..<place).allSatisfy(isGone)
      && plan.costs.fits(plan.stores[older].frontier, plan.stores[place].frontier)
  }

  // MARK: - Closing

  /// Closes and removes the stores whose files have failed; none is made in their place.
  mutating func giveUpLost(_ error: FeatureStoreError) {
    for (place, opened) in open where opened.store.isLost {
      drop(place)
      dropped.remove(place)
      refused.insert(place)
    }
    refusal = error.description
  }

  /// Closes the stores that are of no use any more in an iteration.
  mutating func drop(endedBy iteration: Int) {
    for place in open.keys where end(of: place) <= iteration && isSucceeded(place, iteration) {
      drop(place)
    }
  }

  /// Whether it is known if the store after one that has begun could be made.
  private func isSucceeded(_ place: Int, _ iteration: Int) -> Bool {
    let next = place + 1
    guard next < plan.stores.count, plan.stores[next].begin <= iteration else { return true }
    return open[next] != nil || isGone(next)
  }

  mutating func dropAll() {
    for place in plan.stores.indices { drop(place) }
  }

  /// Removes the files of stores that had ended before this process began, and of those that an earlier
  /// one had begun beyond its last checkpoint: they would take the room of the stores before them, and
  /// are made again when they begin.
  mutating func dropLeft(endedBy iteration: Int) {
    for (place, store) in plan.stores.enumerated() {
      if store.end <= iteration { drop(place) }
      if store.begin > iteration { FeatureStore.removeFile(at: file(place)) }
    }
  }

  /// Closes a store and removes its file, which may be another process's that has ended.
  private mutating func drop(_ place: Int) {
    if let store = open.removeValue(forKey: place)?.store {
      damagedBefore += store.damagedCount
      store.remove()
    } else {
      FeatureStore.removeFile(at: file(place))
    }
    dropped.insert(place)
  }
}
