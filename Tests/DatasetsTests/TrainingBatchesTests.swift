import Testing
import Torch

@testable import Datasets

@Suite struct TrainingBatchesTests {
  private func batches(
    count: Int = 11,
    batchSize: Int = 3,
    seed: UInt64 = 1,
    augmentation: Augmentation? = .published
  ) throws -> TrainingBatches {
    try TrainingBatches(
      dataset: try numberedImages(count: count, classes: 100),
      normalization: .cifar10,
      augmentation: augmentation,
      batchSize: batchSize,
      seed: seed
    )
  }

  @Test(
    "An epoch has as many batches as it takes for every image",
    arguments: [(0, 50, 0), (1, 50, 1), (50, 50, 1), (51, 50, 2), (100, 50, 2), (9, 4, 3)]
  )
  func iterations(count: Int, batchSize: Int, expected: Int) throws {
    #expect(try batches(count: count, batchSize: batchSize).iterationsPerEpoch == expected)
  }

  @Test("An epoch goes through every image once, in the order of seed and epoch")
  func order() throws {
    let batches = try batches()
    var seen: [Int] = []
    for index in 0..<batches.iterationsPerEpoch {
      let indices = try batches.indices(epoch: 2, index: index)
      #expect(indices.count == (index < 3 ? 3 : 2))
      let batch = try batches.batch(epoch: 2, index: index)
      #expect(try batch.labels.integers() == indices.map(Int64.init))
      #expect(batch.count == indices.count)
      seen += indices
    }
    #expect(seen == EpochOrder(count: 11, seed: 1).indices(epoch: 2))
    #expect(seen.sorted() == Array(0..<11))
    #expect(seen != EpochOrder(count: 11, seed: 1).indices(epoch: 3))
  }

  @Test("An image is augmented by seed, epoch and image, whatever batch it is in")
  func augmented() throws {
    let small = try batches(batchSize: 1)
    let large = try batches(batchSize: 11)
    let pieces = try (0..<11).flatMap { try small.batch(epoch: 4, index: $0).images.floats() }
    #expect(try pieces == large.batch(epoch: 4, index: 0).images.floats())
    let plain = try batches(batchSize: 11, augmentation: nil)
    #expect(try pieces != plain.batch(epoch: 4, index: 0).images.floats())
  }

  @Test(
    "Batches computed ahead are those computed at once, bit for bit, from any point of an epoch",
    arguments: [1, 2, 50],
    [0, 1, 3, 4]
  )
  func ahead(depth: Int, start: Int) throws {
    let batches = try batches()
    let prefetched = try batches.batches(epoch: 1, startingAt: start, queueDepth: depth)
    for index in start..<4 {
      let ahead = try #require(try prefetched.next())
      let now = try batches.batch(epoch: 1, index: index)
      #expect(try ahead.images.floats() == now.images.floats())
      #expect(try ahead.labels.integers() == now.labels.integers())
    }
    #expect(try prefetched.next() == nil)
  }

  @Test("Runs differ by seed, epochs by number")
  func different() throws {
    let first = try batches().batch(epoch: 0, index: 0).images.floats()
    #expect(try first == batches().batch(epoch: 0, index: 0).images.floats())
    #expect(try first != batches(seed: 2).batch(epoch: 0, index: 0).images.floats())
    #expect(try first != batches().batch(epoch: 1, index: 0).images.floats())
  }

  @Test("Impossible batches are refused")
  func impossible() throws {
    let batches = try batches()
    #expect(throws: DatasetError.batchSize(0)) { try self.batches(batchSize: 0) }
    #expect(throws: DatasetError.epoch(-1)) { try batches.batch(epoch: -1, index: 0) }
    for index in [-1, 4] {
      #expect(throws: DatasetError.batchIndex(index, iterationsPerEpoch: 4)) {
        try batches.batch(epoch: 0, index: index)
      }
    }
    #expect(throws: DatasetError.batchIndex(5, iterationsPerEpoch: 4)) {
      try batches.batches(epoch: 0, startingAt: 5)
    }
    #expect(throws: DatasetError.queueDepth(0)) { try batches.batches(epoch: 0, queueDepth: 0) }
  }
}
