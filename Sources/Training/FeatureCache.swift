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
  /// The file of the store with a number.
  private let file: @Sendable (Int) -> URL
  /// The digest of what all features depend on besides the layers: images, seed, views.
  private let inputs: ContentDigest
  private let stages: [PlacedStage]

  /// Guards what is below.
  private let lock = NSLock()
  private var stores: [Int: FeatureStore] = [:]
  private var use: FeatureCacheUse
  /// The stores that could not be made.
  private var refused: Set<Int> = []

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
    self.file = file
  }

  /// What came of it so far.
  var currentUse: FeatureCacheUse {
    lock.withLock {
      var use = use
      use.damagedCount += stores.values.reduce(0) { $0 + $1.damagedCount }
      return use
    }
  }

  /// The features of a batch, if all of them are kept.
  ///
  /// - Parameter prefix: The frozen layers, at least those whose output is kept.
  /// - Returns: The features and the layer in front of which they stand; nil where one is missing.
  func keptFeatures(
    of slots: BatchSlots,
    iteration: Int,
    prefix: FrozenPrefix
  ) throws -> (features: Tensor, frontier: Int)? {
    guard let place = place(atIteration: iteration, prefix) else { return nil }
    guard let store = try store(place, slots, prefix) else { return nil }
    guard store.areFilled(slots.indices).allSatisfy({ $0 }) else { return nil }
    lock.withLock { use.readCount += slots.indices.count }
    return (try store.features(ofSlots: slots.indices), plan.stores[place].frontier)
  }

  /// The features of a batch, read where they are kept, else computed and kept.
  ///
  /// - Parameters:
  ///   - images: The batch's images, on the device.
  ///   - device: Where the features go.
  /// - Returns: The features and the layer in front of which they stand; nil where nothing is kept in
  ///   this iteration.
  func features(
    of slots: BatchSlots,
    images: Tensor,
    iteration: Int,
    prefix: FrozenPrefix,
    device: Device
  ) throws -> (features: Tensor, frontier: Int)? {
    guard let place = place(atIteration: iteration, prefix) else { return nil }
    dropStores(endedBy: iteration)
    let frontier = plan.stores[place].frontier
    guard let store = try store(place, slots, prefix) else { return nil }
    let missing = zip(slots.indices.indices, store.areFilled(slots.indices)).filter { !$0.1 }
      .map(\.0)
    if !missing.isEmpty {
      let made = try computed(
        missing,
        of: slots,
        images,
        to: place,
        iteration: iteration,
        prefix,
        device
      )
      try store.keep(made.moved(to: .cpu), inSlots: missing.map { slots.indices[$0] })
    }
    lock.withLock {
      use.readCount += slots.indices.count - missing.count
      use.computedCount += missing.count
    }
    return (try store.features(ofSlots: slots.indices).moved(to: device), frontier)
  }

  /// Removes everything that is kept, when the run is over.
  func remove() {
    lock.withLock {
      for store in stores.values {
        use.damagedCount += store.damagedCount
        store.remove()
      }
      stores = [:]
    }
  }

  // MARK: - Computing what is missing

  /// The features of some of a batch's inputs in front of a store's layer.
  private func computed(
    _ missing: [Int],
    of slots: BatchSlots,
    _ images: Tensor,
    to place: Int,
    iteration: Int,
    _ prefix: FrozenPrefix,
    _ device: Device
  ) throws -> Tensor {
    let target = plan.stores[place]
    // After a resumption the store before may not be open yet.
    if target.source > 0, place > 0, iteration < plan.stores[place - 1].end,
      let before = try store(place - 1, slots, prefix)
    {
      let places = missing.map { slots.indices[$0] }
      if before.areFilled(places).allSatisfy({ $0 }) {
        let source = try before.features(ofSlots: places).moved(to: device)
        return try prefix.features(of: source, from: target.source, to: target.frontier)
      }
    }
    let rows = missing.count == slots.indices.count ? images : try images.rows(at: missing)
    return try prefix.features(of: rows, to: target.frontier)
  }

  // MARK: - Stores

  private func place(atIteration iteration: Int, _ prefix: FrozenPrefix) -> Int? {
    plan.stores.lastIndex {
      $0.begin <= iteration && iteration < $0.end && $0.frontier <= prefix.count
    }
  }

  /// The store of a place in the plan; nil where it cannot be made. A run of hours does not end for that:
  /// it computes what it would have read.
  private func store(_ place: Int, _ slots: BatchSlots, _ prefix: FrozenPrefix) throws
    -> FeatureStore?
  {
    try lock.withLock {
      if let store = stores[place] { return store }
      guard !refused.contains(place) else { return nil }
      let frontier = plan.stores[place].frontier
      let layout = FeatureLayout(
        identity: try identity(frontier: frontier, generation: slots.generation),
        slotCount: slots.count,
        shape: try stages.featureShape(inFrontOf: frontier, prefix),
        precision: caching.precision
      )
      do {
        let store = try FeatureStore(at: file(place), layout: layout)
        if store.origin == .replaced { use.rebuiltCount += 1 }
        stores[place] = store
        return store
      } catch let error as FeatureStoreError {
        refused.insert(place)
        use.refusal = error.description
        return nil
      }
    }
  }

  private func dropStores(endedBy iteration: Int) {
    lock.withLock {
      for (place, store) in stores where plan.stores[place].end <= iteration {
        use.damagedCount += store.damagedCount
        store.remove()
        stores[place] = nil
      }
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
