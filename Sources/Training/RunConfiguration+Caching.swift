import Datasets
import Foundation
import FreezeOut
import Models
import Torch
import TorchNN

extension RunConfiguration {
  /// Checks the settings of views and caching, which belong together.
  ///
  /// - Throws: `TrainingError.setting` and `DatasetError.viewCount` with what to change.
  func validateCaching() throws {
    if let views {
      guard augment else {
        throw TrainingError.setting(
          "the number of views",
          "\(views) without augmentation",
          remedy: "augment, or ask for no views"
        )
      }
      _ = try FixedViews(count: views, generations: [], of: .published)
    }
    guard let caching else { return }
    try TrainingError.require("cache budget", caching.budgetBytes, in: 1...(1 << 60))
    guard views != nil || !augment else {
      throw TrainingError.setting(
        "a feature cache",
        "of use with a fresh augmentation in every epoch",
        remedy: "use --views V, which fixes V augmentations of each image, or --no-augment"
      )
    }
    guard freezing != nil else {
      throw TrainingError.setting(
        "a feature cache",
        "of use where nothing freezes",
        remedy: "drop --cache-features or --no-freeze-out"
      )
    }
  }

  /// The augmentations that come again: from the first freeze on, before which nothing could be kept.
  func fixedViews(_ schedule: Schedule) throws -> FixedViews? {
    let events = schedule.freezeEvents.map(\.iteration)
    return try views.map { count in
      try FixedViews(
        count: count,
        generations: redrawsViews ? events : Array(events.prefix(1)),
        of: .published
      )
    }
  }

  /// Measures what keeping features costs here; nil where none are to be kept.
  ///
  /// - Parameters:
  ///   - classCount: The number of classes of the data set.
  ///   - trainImageCount: The number of images of an epoch.
  ///   - costs: What was measured of the network.
  ///   - file: Where a store can be made to measure it; it is removed again.
  /// - Throws: `FeatureStoreError`, `ArchitectureError`, `WeightInitializerError`, `TorchError`
  public func cacheCosts(
    classCount: Int,
    trainImageCount: Int,
    costs: MeasuredCosts,
    measuringAt file: URL,
    device: Device = .cpu
  ) throws -> CacheCosts? {
    guard caching != nil else { return nil }
    return try cacheCosts(
      of: architecture.makeNetwork(
        classCount: classCount,
        from: WeightInitializer(seed: 0, device: device)
      ),
      trainImageCount: trainImageCount,
      costs: costs,
      measuringAt: file,
      device: device
    )
  }

  /// The same for a network that is there already.
  func cacheCosts(
    of network: Network,
    trainImageCount: Int,
    costs: MeasuredCosts,
    measuringAt file: URL,
    device: Device
  ) throws -> CacheCosts? {
    try caching?.cacheCosts(
      of: network,
      costs: costs,
      inputs: recurringInputs(trainImageCount: trainImageCount),
      file: file,
      device: device
    )
  }

  /// Which inputs come again, where any do.
  func recurringInputs(trainImageCount: Int) -> RecurringInputs {
    let viewCount = augment ? views ?? 1 : 1
    return RecurringInputs(
      perIteration: batchSize,
      iterationsPerEpoch: iterationsPerEpoch(trainImageCount: trainImageCount),
      viewCount: viewCount,
      slotCount: trainImageCount * viewCount,
      areRedrawn: views != nil && redrawsViews
    )
  }
}
