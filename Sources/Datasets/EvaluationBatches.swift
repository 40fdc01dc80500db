import Torch

/// The batches of an evaluation: all images in order, as they are.
public struct EvaluationBatches: Sendable {
  /// The images to evaluate on.
  public var dataset: ImageDataset { assembly.dataset }
  /// Images of a batch; the last one has what is left.
  public let batchSize: Int
  private let assembly: BatchAssembly

  /// The batches of an evaluation.
  ///
  /// - Parameter device: Where the batches are made; a GPU gets the whole data set.
  /// - Throws: `DatasetError.batchSize` unless it is at least 1, `TorchError` for a GPU without room.
  public init(
    dataset: ImageDataset,
    normalization: Normalization,
    batchSize: Int,
    device: Device = .cpu
  ) throws {
    guard batchSize >= 1 else { throw DatasetError.batchSize(batchSize) }
    assembly = try BatchAssembly(
      dataset: dataset,
      normalization: normalization,
      device: device,
      placing: device != .cpu
    )
    self.batchSize = batchSize
  }

  /// The number of batches: that of images divided by the batch size, rounded up.
  public var count: Int {
    batchCount(of: dataset.count, batchSize: batchSize)
  }

  /// One batch, computed here and now.
  ///
  /// - Throws: `DatasetError.batchIndex` unless `index` is in `0..<count`, and `TorchError`.
  public func batch(at index: Int) throws -> Batch {
    guard index >= 0, index < count else {
      throw DatasetError.batchIndex(index, iterationsPerEpoch: count)
    }
    let range = batchRange(index, of: dataset.count, batchSize: batchSize)
    return try assembly.batch(of: range) { _ in .identity }
  }

  /// Batches computed ahead in the background.
  ///
  /// - Parameters:
  ///   - first: the first one, from 0.
  ///   - step: from one to the next, from 1: all of them unless other processes have the others.
  ///   - queueDepth: how many batches are kept ready, from 1.
  /// - Throws: `DatasetError.queueDepth`.
  public func batches(
    from first: Int = 0,
    by step: Int = 1,
    queueDepth: Int = 4
  ) throws -> Prefetched<Batch> {
    let taken = Array(stride(from: first, to: count, by: step))
    return try Prefetched(indices: 0..<taken.count, depth: queueDepth) { try batch(at: taken[$0]) }
  }
}
