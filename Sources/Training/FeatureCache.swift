import Datasets
import Foundation
import FreezeOut
import Models
import Torch
import TorchNN

/// The output of frozen layers, kept for inputs that come again, by a plan of which layer's is kept
/// when.
///
/// A store is filled while training goes on: an input that comes for the first time is computed from
/// the store before, where that has it, or from the image. What is kept is also what is used, so that
/// an input's features are the same whenever it comes.
final class FeatureCache: @unchecked Sendable {
  /// Which stores there are, and when.
  let plan: CachePlan

  private let caching: FeatureCaching
  /// The digest of what all features depend on besides the layers: images, seed, views.
  private let inputs: ContentDigest
  private let stages: [PlacedStage]

  /// Guards what is below.
  private let lock = NSLock()
  private var stores: OpenStores
  private var use: FeatureCacheUse

  init(
    plan: CachePlan,
    caching: FeatureCaching,
    inputs: ContentDigest,
    stages: [PlacedStage],
    earlierUse: FeatureCacheUse = FeatureCacheUse(),
    file: @escaping @Sendable (Int) -> URL
  ) {
    self.plan = plan
    self.caching = caching
    self.inputs = inputs
    self.stages = stages
    use = earlierUse
    stores = OpenStores(plan: plan, file: file)
  }

  /// What came of it so far.
  var currentUse: FeatureCacheUse {
    lock.withLock {
      var use = use
      use.damagedCount += stores.damagedCount
      use.rebuiltCount += stores.rebuiltCount
      use.refusal = stores.refusal ?? use.refusal
      return use
    }
  }

  /// The features of a batch, if all of them are kept in a store that is open already: batches that are
  /// looked for ahead of their step begin no store, for that could end one that is still of use.
  ///
  /// - Parameter prefix: The frozen layers, at least those whose output is kept.
  /// - Returns: The features and the layer in front of which they stand; nil where one is missing.
  func keptFeatures(
    of slots: BatchSlots,
    iteration: Int,
    prefix: FrozenPrefix
  ) throws -> KeptFeatures? {
    let found = lock.withLock {
      stores.newest(atIteration: iteration, frozenCount: prefix.count).flatMap { place in
        stores.opened(place, of: slots).map { (store: $0, frontier: plan.stores[place].frontier) }
      }
    }
    guard let found else { return nil }
    let features: Tensor
    do {
      guard try found.store.areFilled(slots.indices).allSatisfy({ $0 }) else { return nil }
      features = try found.store.features(ofSlots: slots.indices)
    } catch is FeatureStoreError {
      // The step finds it lost as well, and says so.
      return nil
    }
    lock.withLock { use.readCount += slots.indices.count }
    return KeptFeatures(tensor: features, frontier: found.frontier)
  }

  /// The features of a batch, read where they are kept, else computed and kept. A store whose file fails
  /// meanwhile is given up.
  ///
  /// - Parameters:
  ///   - known: What is known of the batch, on the device: its images, or features of it.
  ///   - device: Where the features go.
  /// - Returns: The features and the layer in front of which they stand; nil where nothing is kept in
  ///   this iteration, or nothing behind what is known.
  func features(
    of slots: BatchSlots,
    known: KeptFeatures,
    iteration: Int,
    prefix: FrozenPrefix,
    device: Device
  ) throws -> KeptFeatures? {
    while let (place, store) = try newestStore(slots, iteration, prefix, behind: known.frontier) {
      do {
        return try features(of: slots, in: store, place, known, iteration, prefix, device)
      } catch let error as FeatureStoreError {
        lock.withLock { stores.giveUpLost(error) }
      }
    }
    return nil
  }

  /// The features of a batch in a store that is open.
  ///
  /// - Throws: `FeatureStoreError.lost`, of this store or the one that it is filled from
  private func features(
    of slots: BatchSlots,
    in store: FeatureStore,
    _ place: Int,
    _ known: KeptFeatures,
    _ iteration: Int,
    _ prefix: FrozenPrefix,
    _ device: Device
  ) throws -> KeptFeatures {
    let frontier = plan.stores[place].frontier
    let missing = try zip(slots.indices.indices, store.areFilled(slots.indices)).filter { !$0.1 }
      .map(\.0)
    var made: Tensor?
    if !missing.isEmpty {
      let computed = try computed(missing, of: slots, known, to: place, iteration, prefix, device)
      try store.keep(computed.moved(to: .cpu), inSlots: missing.map { slots.indices[$0] })
      made = computed
    }
    lock.withLock {
      use.readCount += slots.indices.count - missing.count
      use.computedCount += missing.count
    }
    if let made, missing.count == slots.indices.count, try isKeptExactly(made) {
      return KeptFeatures(tensor: made, frontier: frontier)
    }
    let features = try store.features(ofSlots: slots.indices).moved(to: device)
    return KeptFeatures(tensor: features, frontier: frontier)
  }

  /// Closes the stores that are of no use any more in an iteration, and removes them.
  func dropStores(endedBy iteration: Int) {
    lock.withLock { stores.drop(endedBy: iteration) }
  }

  /// Removes everything that is kept, when the run is over; of earlier processes as well.
  func remove() {
    lock.withLock { stores.dropAll() }
  }

  /// Removes what earlier processes left of stores that had ended at an iteration.
  func removeStores(endedBy iteration: Int) {
    lock.withLock { stores.dropLeft(endedBy: iteration) }
  }

  // MARK: - Computing what is missing

  /// Whether these are the very numbers that a store gives back.
  private func isKeptExactly(_ features: Tensor) throws -> Bool {
    try caching.precision == .float32 && features.scalarType == .float32
  }

  /// The features of some of a batch's inputs in front of a store's layer.
  private func computed(
    _ missing: [Int],
    of slots: BatchSlots,
    _ known: KeptFeatures,
    to place: Int,
    _ iteration: Int,
    _ prefix: FrozenPrefix,
    _ device: Device
  ) throws -> Tensor {
    let target = plan.stores[place].frontier
    let places = missing.map { slots.indices[$0] }
    if let source = try source(of: place, slots, iteration, prefix),
      known.frontier < plan.stores[source.place].frontier,
      try source.store.areFilled(places).allSatisfy({ $0 })
    {
      let features = try source.store.features(ofSlots: places).moved(to: device)
      return try prefix.features(
        of: features,
        from: plan.stores[source.place].frontier,
        to: target
      ).converted(to: .float32)
    }
    let isWhole = missing.count == slots.indices.count
    let rows = isWhole ? known.tensor : try known.tensor.rows(at: missing)
    return try prefix.features(of: rows, from: known.frontier, to: target)
      .converted(to: .float32)
  }

  // MARK: - Stores

  /// The newest store of an iteration that there is or can be made, if it is of a layer behind another.
  private func newestStore(
    _ slots: BatchSlots,
    _ iteration: Int,
    _ prefix: FrozenPrefix,
    behind frontier: Int
  ) throws -> (place: Int, store: FeatureStore)? {
    try lock.withLock {
      // One that is refused leaves the one before.
      while let place = stores.newest(atIteration: iteration, frozenCount: prefix.count),
        plan.stores[place].frontier > frontier
      {
        if let store = try store(place, slots, prefix) { return (place, store) }
        guard stores.isGone(place) else { return nil }
      }
      return nil
    }
  }

  /// The store that another one is filled from; after a resumption it may not be open yet.
  private func source(
    of place: Int,
    _ slots: BatchSlots,
    _ iteration: Int,
    _ prefix: FrozenPrefix
  ) throws -> (place: Int, store: FeatureStore)? {
    guard plan.stores[place].source > 0 else { return nil }
    return try lock.withLock {
      if iteration < stores.end(of: place - 1) { _ = try store(place - 1, slots, prefix) }
      return stores.newestOpen(before: place).flatMap { older in
        stores.opened(older, of: slots).map { (place: older, store: $0) }
      }
    }
  }

  /// The store of a place in the plan, under the lock; nil where there is none.
  private func store(_ place: Int, _ slots: BatchSlots, _ prefix: FrozenPrefix) throws
    -> FeatureStore?
  {
    try stores.store(place, of: slots) {
      let frontier = plan.stores[place].frontier
      return FeatureLayout(
        identity: try identity(frontier: frontier, generation: slots.generation),
        slotCount: slots.count,
        shape: try stages.featureShape(inFrontOf: frontier, prefix),
        precision: caching.precision
      )
    }
  }

  /// The digest of everything that the features in front of a layer depend on.
  private func identity(frontier: Int, generation: Int) throws -> [UInt8] {
    var digest = inputs
    digest.update("in front of \(frontier), views \(generation), \(caching.precision)")
    for stage in stages[..<frontier] {
      for (name, tensor) in stage.state.tensors {
        digest.update(name)
        try tensor.moved(to: .cpu).withMemory { digest.update(UnsafeRawBufferPointer($0)) }
      }
    }
    return digest.bytes
  }
}

extension [PlacedStage] {
  /// The sizes `[C, H, W]` in front of a stage.
  fileprivate func featureShape(inFrontOf frontier: Int, _ prefix: FrozenPrefix) throws -> [Int] {
    let image = try StepBenchmark.images(1).moved(to: self[0].device)
    return try [Int](prefix.features(of: image, to: frontier).shape.dropFirst())
  }
}

extension PlacedStage {
  fileprivate var device: Device {
    get throws { try state.tensors.first?.tensor.device ?? .cpu }
  }
}

extension Tensor {
  /// Some rows of `[N, ...]` as a tensor of its own.
  fileprivate func rows(at indices: [Int]) throws -> Tensor {
    let result = try uninitialized(
      [indices.count] + shape.dropFirst(),
      format: isDense(in: .channelsLast) ? .channelsLast : .contiguous
    )
    for (place, index) in indices.enumerated() {
      try result.rows(place..<place + 1).assign(rows(index..<index + 1))
    }
    return result
  }
}
