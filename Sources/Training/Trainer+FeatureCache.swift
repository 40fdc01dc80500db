import Datasets
import Foundation
import FreezeOut
import Models
import Torch

extension Trainer {
  /// What keeping features is worth in this run, by what was measured; nil where the configuration
  /// keeps none.
  ///
  /// - Parameters:
  ///   - costs: What was measured of the network.
  ///   - file: Where a store can be made to measure it.
  /// - Throws: `FeatureStoreError`, `TorchError`
  public func cachePlan(costs: MeasuredCosts, measuringAt file: URL) throws -> CachePlan? {
    try configuration.cacheCosts(
      of: learner.network,
      trainImageCount: trainImageCount,
      costs: costs,
      measuringAt: file,
      device: device
    ).map { CachePlan(schedule: learner.schedule, costs: $0) }
  }

  /// What a plan of what to keep in this run is made from, without durations; nil where the
  /// configuration keeps nothing.
  func unmeasuredCacheCosts() throws -> CacheCosts? {
    try configuration.caching?.unmeasuredCosts(
      of: learner.network,
      inputs: configuration.recurringInputs(trainImageCount: trainImageCount),
      device: device
    )
  }

  /// Keeps features by a plan: by the checkpoint's where the run was restored from one, so that it
  /// goes on as it would have.
  ///
  /// - Parameters:
  ///   - plan: The plan of a run that begins; nil for nothing to keep.
  ///   - file: The file of the store with a number.
  public func keepFeatures(by plan: CachePlan?, in file: @escaping @Sendable (Int) -> URL) {
    guard let caching = configuration.caching, let plan = plannedCache ?? plan else { return }
    var inputs = ContentDigest()
    inputs.update(
      "\(configuration.architecture), seed \(configuration.seed), \(configuration.augment), "
        + "\(configuration.views ?? 0) views, \(Runtime.version), \(Runtime.threadCount) threads, "
        + "\(device), \(processorModel() ?? "some processor"), forms \(FrozenForm.version), "
        + "kernels \(learner.network.kernels)"
    )
    batches.dataset.withImageBytes { inputs.update(UnsafeRawBufferPointer($0)) }
    let cache = FeatureCache(
      plan: plan,
      caching: caching,
      inputs: inputs,
      stages: learner.network.stages,
      earlierUse: earlierCacheUse ?? FeatureCacheUse(),
      file: file
    )
    cache.removeStores(endedBy: learner.iteration)
    self.cache = cache
    pipeline.keep(in: cache)
  }

  /// By which plan features are kept; nil where none are.
  public var cachePlan: CachePlan? { cache?.plan ?? plannedCache }

  /// What came of keeping features since the run began; nil where none are kept.
  public var featureCacheUse: FeatureCacheUse? { cache?.currentUse ?? earlierCacheUse }

  /// Removes what is kept, when the run is over.
  public func removeKeptFeatures() {
    cache?.remove()
  }

  /// The number of different augmentations of an image; nil where none are made.
  public var distinctAugmentations: Int? {
    batches.augmentation?.distinctCount
  }
}
