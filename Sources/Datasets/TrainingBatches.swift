import Torch

/// The batches of training: every epoch its own order of the images, every image its own
/// augmentation, both functions of the seed, the epoch and the image alone.
///
/// Any batch of any epoch can be computed by itself, so a run that is resumed goes on with the very
/// batches that it would have seen.
public struct TrainingBatches: Sendable {
  /// The images to train on.
  public var dataset: ImageDataset { assembly.dataset }
  /// What is done to them at random, if anything.
  public let augmentation: Augmentation?
  /// Images of a batch; the last one of an epoch has what is left.
  public let batchSize: Int
  /// What orders and augmentations come from.
  public let seed: UInt64
  /// The augmentations that come again; nil for a fresh one in every epoch.
  public let views: FixedViews?
  /// Which part of every batch it is.
  public let share: BatchShare
  private let assembly: BatchAssembly

  /// How many batches are kept ready unless it is said otherwise, with the one in the making.
  public static let defaultQueueDepth = 4

  /// The batches of a run.
  ///
  /// - Parameters:
  ///   - dataset: the images to train on.
  ///   - normalization: what to normalise them by.
  ///   - augmentation: what to do to them at random; nil for nothing.
  ///   - batchSize: images of a batch, from 1.
  ///   - seed: what orders and augmentations come from.
  ///   - views: the augmentations that come again; nil for a fresh one in every epoch.
  ///   - share: which part of every batch, where other processes have the rest.
  ///   - device: where the batches are made; a GPU gets the whole data set.
  /// - Throws: `DatasetError.batchSize`, and `viewsWithoutAugmentation`; `TorchError` for a GPU without room.
  public init(
    dataset: ImageDataset,
    normalization: Normalization,
    augmentation: Augmentation?,
    batchSize: Int,
    seed: UInt64,
    views: FixedViews? = nil,
    share: BatchShare = .whole,
    device: Device = .cpu
  ) throws {
    guard batchSize >= 1 else { throw DatasetError.batchSize(batchSize) }
    guard views == nil || augmentation != nil else { throw DatasetError.viewsWithoutAugmentation }
    assembly = try BatchAssembly(
      dataset: dataset,
      normalization: normalization,
      device: device,
      placing: device != .cpu
    )
    self.augmentation = augmentation
    self.batchSize = batchSize
    self.seed = seed
    self.views = views
    self.share = share
  }

  /// Batches of an epoch: the number of images divided by the batch size, rounded up.
  public var iterationsPerEpoch: Int {
    batchCount(of: dataset.count, batchSize: batchSize)
  }

  /// The indices of the images of a batch, in its order.
  ///
  /// - Throws: `DatasetError.epoch` and `batchIndex`.
  public func indices(epoch: Int, index: Int) throws -> [Int] {
    try check(epoch: epoch, index: index, limit: iterationsPerEpoch)
    return Array(part(index, of: order(ofEpoch: epoch)))
  }

  /// One batch, computed here and now.
  ///
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - index: in `0..<iterationsPerEpoch`.
  /// - Throws: `DatasetError.epoch` and `batchIndex`, and `TorchError`.
  public func batch(epoch: Int, index: Int) throws -> Batch {
    try batch(of: indices(epoch: epoch, index: index)[...], epoch: epoch, index: index)
  }

  /// The batches of an epoch, computed ahead in the background: bit for bit those of
  /// `batch(epoch:index:)`.
  ///
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - start: the first batch, in `0...iterationsPerEpoch`; more than 0 to resume.
  ///   - queueDepth: how many batches are kept ready, from 1.
  /// - Throws: `DatasetError.epoch`, `batchIndex` and `queueDepth`.
  public func batches(
    epoch: Int,
    startingAt start: Int = 0,
    queueDepth: Int = defaultQueueDepth
  ) throws -> Prefetched<Batch> {
    try batches(epoch: epoch, startingAt: start, queueDepth: queueDepth) { make, _ in try make() }
  }

  /// What is made of the batches of an epoch, ahead and in the background.
  ///
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - start: the first batch, in `0...iterationsPerEpoch`; more than 0 to resume.
  ///   - queueDepth: how many are kept ready, from 1.
  ///   - prepare: called for each batch in turn, with what makes it and its index, on a thread of its own.
  /// - Throws: `DatasetError.epoch`, `batchIndex` and `queueDepth`.
  public func batches<Prepared: Sendable>(
    epoch: Int,
    startingAt start: Int = 0,
    queueDepth: Int = defaultQueueDepth,
    prepare: @escaping @Sendable (() throws -> Batch, Int) throws -> Prepared
  ) throws -> Prefetched<Prepared> {
    try check(epoch: epoch, index: start, limit: iterationsPerEpoch + 1)
    let order = order(ofEpoch: epoch)
    return try Prefetched(indices: start..<iterationsPerEpoch, depth: queueDepth) { index in
      try prepare({ try batch(of: part(index, of: order), epoch: epoch, index: index) }, index)
    }
  }
}

extension TrainingBatches {
  private func order(ofEpoch epoch: Int) -> [Int] {
    EpochOrder(count: dataset.count, seed: seed).indices(epoch: epoch)
  }

  private func part(_ index: Int, of order: [Int]) -> ArraySlice<Int> {
    order[share.part(of: batchRange(index, of: order.count, batchSize: batchSize))]
  }

  private func batch(of indices: ArraySlice<Int>, epoch: Int, index: Int) throws -> Batch {
    let slots = slots(of: indices, epoch: epoch, index: index)
    var batch = try assembly.batch(of: indices) { image in
      placement(ofImage: image, epoch: epoch, generation: slots?.generation)
    }
    batch.slots = slots
    batch.wholeCount = batchRange(index, of: dataset.count, batchSize: batchSize).count
    return batch
  }

  private func placement(ofImage image: Int, epoch: Int, generation: Int?) -> ImagePlacement {
    guard let augmentation else { return .identity }
    guard let views, let generation else {
      return augmentation.placement(seed: seed, epoch: epoch, index: image)
    }
    return views.placement(
      augmentation,
      seed: seed,
      generation: generation,
      index: image,
      view: views.view(inEpoch: epoch)
    )
  }

  private func slots(of images: ArraySlice<Int>, epoch: Int, index: Int) -> BatchSlots? {
    guard augmentation != nil else {
      return BatchSlots(indices: Array(images), count: dataset.count, generation: 0)
    }
    guard let views,
      let generation = views.generation(atIteration: epoch * iterationsPerEpoch + index)
    else { return nil }
    let view = views.view(inEpoch: epoch)
    return BatchSlots(
      indices: images.map { $0 * views.count + view },
      count: dataset.count * views.count,
      generation: generation
    )
  }

  private func check(epoch: Int, index: Int, limit: Int) throws {
    guard epoch >= 0 else { throw DatasetError.epoch(epoch) }
    guard index >= 0, index < limit else {
      throw DatasetError.batchIndex(index, iterationsPerEpoch: iterationsPerEpoch)
    }
  }
}

// MARK: - The arithmetic of batches

/// How many batches images make, with a smaller last one where they do not come out even.
func batchCount(of images: Int, batchSize: Int) -> Int {
  images == 0 ? 0 : (images - 1) / batchSize + 1
}

/// Where the images of a batch lie in the order of an epoch.
func batchRange(_ index: Int, of images: Int, batchSize: Int) -> Range<Int> {
  let start = index * batchSize
  return start..<start + min(batchSize, images - start)
}
