import Datasets
import FreezeOut
import Testing

/// When a store is full, by the plan's arithmetic against the batches that training sees.
struct FullStoreTests {
  private static let imageCount = 11

  /// Batches of 3, 3, 3 and 2 images, with views from an iteration on.
  private func batches(seed: UInt64, views: Int?, from begin: Int) throws -> TrainingBatches {
    try TrainingBatches(
      dataset: noise(count: Self.imageCount, seed: 1),
      normalization: .cifar10,
      augmentation: views == nil ? nil : .published,
      batchSize: 3,
      seed: seed,
      views: views.map { try FixedViews(count: $0, generations: [begin], of: .published) }
    )
  }

  private func costs(views: Int?) -> CacheCosts {
    CacheCosts(
      frozenSeconds: [1],
      featureBytes: [1],
      inputsPerIteration: 3,
      iterationsPerEpoch: 4,
      viewCount: views ?? 1,
      slotCount: Self.imageCount * (views ?? 1),
      budgetBytes: 1000,
      readSecondsPerByte: 0,
      writeSecondsPerByte: 0
    )
  }

  /// The first iteration at which every slot has come since a store was begun.
  private func firstFull(seed: UInt64, views: Int?, begin: Int) throws -> Int {
    let batches = try batches(seed: seed, views: views, from: begin)
    var missing = Set(0..<Self.imageCount * (views ?? 1))
    var iteration = begin
    while !missing.isEmpty, iteration < begin + 100 {
      let batch = try batches.batch(epoch: iteration / 4, index: iteration % 4)
      missing.subtract(try #require(batch.slots).indices)
      iteration += 1
    }
    return iteration
  }

  @Test(arguments: [nil, 1, 2] as [Int?], 4...8)
  func `a store that is full by plan has seen every input, and no earlier one is sure to`(
    views: Int?,
    begin: Int
  ) throws {
    let full = costs(views: views).fullIteration(from: begin)
    let found = try (1...12).map { try firstFull(seed: $0, views: views, begin: begin) }
    #expect(found.max() == full)
  }
}
