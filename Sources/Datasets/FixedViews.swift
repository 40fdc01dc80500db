/// A few augmentations of each image that come again and again, in the place of a fresh one in every
/// epoch: what is computed from an input is worth keeping only where the same input comes again.
///
/// An image is seen through its views in turn, another one in each epoch, so that each comes again
/// after `count` epochs. No two views of an image are the same augmentation.
public struct FixedViews: Hashable, Sendable {
  /// The number of views of an image, V.
  public let count: Int
  /// The iterations from which on a new set of views is used, ascending. Before the first one images
  /// are augmented afresh in every epoch.
  public let generations: [Int]

  /// Views of images.
  ///
  /// - Throws: `DatasetError.viewCount` unless there is at least one view, and no more than the
  ///   augmentation has to give.
  public init(count: Int, generations: [Int], of augmentation: Augmentation) throws {
    guard (1...augmentation.distinctCount).contains(count) else {
      throw DatasetError.viewCount(count, distinct: augmentation.distinctCount)
    }
    self.count = count
    self.generations = generations.sorted()
  }

  /// The set of views of an iteration, from 0; nil while images are augmented afresh.
  public func generation(atIteration iteration: Int) -> Int? {
    let begun = generations.prefix { $0 <= iteration }.count
    return begun == 0 ? nil : begun - 1
  }

  /// The view of every image in an epoch, in `0..<count`.
  public func view(inEpoch epoch: Int) -> Int {
    epoch % count
  }

  /// What the view of an image looks like: a function of its arguments alone. The views of an image are
  /// the first of all augmentations in an order of its own, so that none is drawn twice.
  func placement(
    _ augmentation: Augmentation,
    seed: UInt64,
    generation: Int,
    index: Int,
    view: Int
  ) -> ImagePlacement {
    var generator = SeededGenerator(
      seed: seed,
      purpose: .fixedView,
      UInt64(generation),
      UInt64(index)
    )
    let order = generator.permutation(count: augmentation.distinctCount)
    return augmentation.placement(number: order[view])
  }
}

/// Where the features of a batch's images are kept: inputs that come again have slots of their own.
public struct BatchSlots: Hashable, Sendable {
  /// The slot of each image of the batch: image times V plus view, or the image where nothing is
  /// augmented.
  public let indices: [Int]
  /// The number of slots in all.
  public let count: Int
  /// The set of views; what was kept of another one is of no use.
  public let generation: Int
}
