import Datasets
import Foundation
import FreezeOut
import Models
import Torch

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

  /// What keeping features is worth, by what was measured; nil where none are to be kept.
  func cachePlan(
    schedule: Schedule,
    network: Network,
    trainImageCount: Int,
    costs: MeasuredCosts,
    measuringAt file: URL,
    device: Device
  ) throws -> CachePlan? {
    try caching.map { caching in
      CachePlan(
        schedule: schedule,
        costs: try caching.cacheCosts(
          of: network,
          costs: costs,
          inputsPerIteration: batchSize,
          slotCount: slotCount(trainImageCount: trainImageCount),
          redrawsInputs: views != nil && redrawsViews,
          file: file,
          device: device
        )
      )
    }
  }

  /// The number of inputs that come again.
  func slotCount(trainImageCount: Int) -> Int {
    trainImageCount * (augment ? views ?? 1 : 1)
  }
}
