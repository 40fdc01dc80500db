import Datasets
import Foundation
import Models
import Torch

/// A batch on its way through the frozen prefix.
struct PreparedBatch: Sendable {
  /// What stands in front of the stage `frontier`, `[N, C, H, W]`: for 0, the images.
  var features: Tensor
  var frontier: Int
  var batch: Batch
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
  private var runsAhead = false

  init(device: Device) {
    self.device = device
  }

  /// Takes over the prefix when stages have frozen.
  func freeze(_ prefix: FrozenPrefix) {
    lock.withLock { self.prefix = prefix }
  }

  /// Chooses on which thread the prefix runs, from the next batch on.
  func place(ahead: Bool) {
    lock.withLock { runsAhead = ahead }
  }

  /// What is done with a batch ahead of its step, on the thread that made it.
  func prepared(_ batch: Batch) throws -> PreparedBatch {
    // Stages that freeze before the batch's step are not in it yet: their weights still move.
    let prefix = lock.withLock { runsAhead ? self.prefix : FrozenPrefix() }
    let images = try batch.images.moved(to: device)
    return PreparedBatch(
      features: try prefix.features(of: images),
      frontier: prefix.count,
      batch: batch
    )
  }

  /// The rest of the way to the training step.
  func features(_ prepared: PreparedBatch) throws -> Tensor {
    let prefix = lock.withLock { self.prefix }
    return try prefix.features(of: prepared.features, from: prepared.frontier)
  }
}
