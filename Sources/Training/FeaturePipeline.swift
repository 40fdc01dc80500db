import Datasets
import Foundation
import Models
import Torch

/// A batch on its way through the frozen prefix.
struct PreparedBatch: Sendable {
  /// What stands in front of the stage `frontier`, `[N, C, H, W]`: for 0, the images.
  var features: Tensor
  var frontier: Int
  /// Whether features of every image were kept, and had only to be read.
  var isRead = false
  var batch: Batch
  /// The iteration that it is for.
  var iteration: Int
  /// What the features have to be waited for in another queue than the one that makes batches.
  var isReady: WorkMark?
}

/// The frozen prefix as a part of the data's way to the training step: what of it runs on the
/// thread that makes the batches, and the rest.
///
/// The two threads share a value, the prefix. Whichever of them computes features, they are the same
/// bits.
final class FeaturePipeline: @unchecked Sendable {
  private let device: Device
  /// Guards everything below.
  private let lock = NSLock()
  private var prefix = FrozenPrefix()
  /// What the prefix has to be waited for.
  private var isPrefixReady: WorkMark?
  private var runsAhead = false
  private var cache: FeatureCache?

  /// What batches are made in, beside the training steps.
  private let queue: WorkQueue
  /// The prefix on each of the two threads.
  private let ahead: RecordedPrefix
  private let inLine: RecordedPrefix

  /// - Parameter steps: How a device makes steps that works on its own; nil for another one.
  /// - Throws: `TorchError`
  init(device: Device, steps: DeviceSteps?) throws {
    self.device = device
    queue = try WorkQueue(on: device)
    ahead = try RecordedPrefix(on: device, steps)
    inLine = try RecordedPrefix(on: device, steps)
  }

  /// How long the prefix was recorded since this was asked last; nil where it was not.
  func takeRecordingSeconds() -> Double? {
    ahead.takeRecordingSeconds().adding(inLine.takeRecordingSeconds())
  }

  /// Why the prefix could not be recorded; nil where that did not happen.
  var recordingFailure: String? { ahead.failure ?? inLine.failure }

  /// Takes over the prefix when stages have frozen.
  ///
  /// - Throws: `TorchError`
  func freeze(_ prefix: FrozenPrefix) throws {
    let mark = try WorkMark(on: device)
    lock.withLock { (self.prefix, isPrefixReady) = (prefix, mark) }
    // Of another prefix, or by a thread of another epoch, whose end takes away what libtorch had on it.
    ahead.forget()
    inLine.forget()
  }

  /// Chooses on which thread the prefix runs, from the next batch on.
  func place(ahead: Bool) {
    let wasAhead = lock.withLock {
      defer { runsAhead = ahead }
      return runsAhead
    }
    if ahead != wasAhead { (wasAhead ? self.ahead : inLine).forget() }
  }

  /// Keeps features, from the next batch on.
  func keep(in cache: FeatureCache?) {
    lock.withLock { self.cache = cache }
  }

  /// Makes a batch, and what is done with it ahead of its step: features that are kept are read, and where the prefix
  /// runs ahead, computed.
  func prepared(_ make: () throws -> Batch, iteration: Int) throws -> PreparedBatch {
    // A batch depends on no step; what it waits for has marks.
    var (prepared, isReady) = try queue.begin(behind: false) { () -> PreparedBatch in
      try self.prepared(make(), iteration: iteration)
    }
    prepared.isReady = isReady
    return prepared
  }

  private func prepared(_ batch: Batch, iteration: Int) throws -> PreparedBatch {
    let images = try batch.images.sent(to: device)
    var prepared = PreparedBatch(features: images, frontier: 0, batch: batch, iteration: iteration)
    // Stages that freeze before the batch's step are not in the prefix yet: their weights still move.
    let (prefix, isPrefixReady, runsAhead, cache) = lock.withLock {
      (self.prefix, self.isPrefixReady, self.runsAhead, self.cache)
    }
    try isPrefixReady?.wait()
    if let slots = batch.slots,
      let kept = try cache?.keptFeatures(of: slots, iteration: iteration, prefix: prefix)
    {
      (prepared.features, prepared.frontier) = (try kept.tensor.sent(to: device), kept.frontier)
      prepared.isRead = true
    }
    if runsAhead { try advance(&prepared, prefix, cache, ahead, records: true) }
    return prepared
  }

  /// The rest of the way to the training step.
  func features(_ prepared: PreparedBatch) throws -> Tensor {
    try prepared.isReady?.wait()
    try prepared.features.useHere()
    try prepared.batch.labels.useHere()
    let (prefix, runsAhead, cache) = lock.withLock { (self.prefix, self.runsAhead, self.cache) }
    var prepared = prepared
    // The training step alone knows that no batch of an earlier iteration is still to come.
    cache?.dropStores(endedBy: prepared.iteration)
    // Where the prefix runs ahead, what is left to do here is so for a few batches.
    try advance(&prepared, prefix, cache, inLine, records: !runsAhead)
    return prepared.features
  }

  /// Takes a batch to the end of the prefix.
  private func advance(
    _ prepared: inout PreparedBatch,
    _ prefix: FrozenPrefix,
    _ cache: FeatureCache?,
    _ recorded: RecordedPrefix,
    records: Bool
  ) throws {
    // A batch that was prepared before a freeze may stand in front of the layer that is kept now.
    if prepared.frontier < prefix.count, let slots = prepared.batch.slots,
      let kept = try cache?.features(
        of: slots,
        known: KeptFeatures(tensor: prepared.features, frontier: prepared.frontier),
        iteration: prepared.iteration,
        prefix: prefix,
        device: device
      )
    {
      (prepared.features, prepared.frontier) = (kept.tensor, kept.frontier)
    }
    prepared.features = try recorded.features(
      of: prepared.features,
      from: prepared.frontier,
      by: prefix,
      records: records
    )
    prepared.frontier = prefix.count
  }
}
