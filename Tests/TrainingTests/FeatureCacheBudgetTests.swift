import Datasets
import Foundation
import FreezeOut
import Testing
import Torch
import TorchNN

@testable import Training

/// What stands on the disk while features are kept, and what becomes of it.
struct FeatureCacheBudgetTests {
  private func configuration(_ family: Family = .denseNetBC) -> RunConfiguration {
    var configuration = tinyConfiguration(family)
    configuration.epochs = 12
    configuration.freezing?.firstFreeze = 0.3
    configuration.augment = false
    configuration.caching = FeatureCaching()
    return configuration
  }

  private func plan(_ trainer: Trainer, budgetBytes: Int = 1 << 30) throws -> CachePlan {
    var costs = try #require(try trainer.unmeasuredCacheCosts())
    costs.frozenSeconds = costs.frozenSeconds.map { _ in 1 }
    costs.budgetBytes = budgetBytes
    return CachePlan(schedule: trainer.learner.schedule, costs: costs)
  }

  private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("budget-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  private func file(_ folder: URL) -> @Sendable (Int) -> URL {
    { folder.appendingPathComponent("features-\($0).cache") }
  }

  private func sizes(_ folder: URL) throws -> [Int] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).map { name in
      try Data(contentsOf: folder.appendingPathComponent(name)).count
    }
  }

  /// In front of the layers of a Wide ResNet are 1.8, 1.8, 0.9 and 0.4 MB: there is room for a
  /// small one, for a large one, or for both.
  private static let budgets = [1_000_000, 1_800_000, 2_700_000]

  @Test(arguments: budgets, [false, true])
  func `no more than the budget is kept at any event, and no more than two stores`(
    budgetBytes: Int,
    runsAhead: Bool
  ) throws {
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration(.wideResNet))
      trainer.keepFeatures(by: try plan(trainer, budgetBytes: budgetBytes), in: file(folder))
      trainer.pipeline.place(ahead: runsAhead)
      var lookCount = 0
      try trainer.run { _ in
        trainer.pipeline.place(ahead: runsAhead)
        // The other thread may remove a file meanwhile.
        guard let sizes = try? sizes(folder) else { return }
        lookCount += sizes.isEmpty ? 0 : 1
        #expect(sizes.count <= 2)
        #expect(sizes.reduce(0, +) <= budgetBytes)
      }
      let use = try #require(trainer.featureCacheUse)
      #expect(use.refusal == nil && use.readCount > 0)
      #expect(lookCount > 10)
    }
  }

  @Test
  func `with these budgets stores are filled from the images, from another one, or both`() throws {
    let trainer = try tinyTrainer(configuration(.wideResNet))
    let plans = try Self.budgets.map { budget in
      try plan(trainer, budgetBytes: budget).stores.map { [$0.source, $0.frontier] }
    }
    #expect(plans[0] == [[0, 3], [0, 4]])
    #expect(plans[1] == [[0, 2], [0, 3], [3, 4]])
    #expect(plans[2] == [[0, 2], [2, 3], [3, 4]])
  }

  @Test
  func `a store whose successor is refused goes on`() throws {
    var plain = configuration()
    plain.caching = nil
    let without = try tinyTrainer(plain)
    try without.run()
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration())
      let plan = try plan(trainer)
      try #require(plan.stores.count >= 2)
      let file = file(folder)
      for place in plan.stores.indices.dropFirst() {
        try Data("another program's".utf8).write(to: file(place))
      }
      trainer.keepFeatures(by: plan, in: file)
      var readCounts: [Int] = []
      try trainer.run {
        guard case .epoch = $0 else { return }
        readCounts.append(trainer.featureCacheUse?.readCount ?? 0)
      }
      // 27 images an epoch, all read from the first store to the end.
      #expect(readCounts.suffix(2).reduce(0) { $1 - $0 } == 27)
      #expect(trainer.featureCacheUse?.refusal?.contains("another program's file") == true)
      #expect(try trainer.bits() == without.bits())
      trainer.removeKeptFeatures()
      #expect(try sizes(folder).count == plan.stores.count - 1)
    }
  }

  @Test
  func `what earlier processes left is removed when a run goes on, and at its end`() throws {
    try withFolder { folder in
      let file = file(folder)
      let kept = Data("freezeout features\nof an earlier process".utf8)
      let (plan, checkpoint): (CachePlan, Checkpoint) = try {
        let first = try tinyTrainer(configuration())
        let plan = try self.plan(first)
        let end = plan.stores[0].end
        first.keepFeatures(by: plan, in: file)
        #expect(throws: Stop.self) {
          try first.run {
            if case .iteration(let report) = $0, report.iterations == end { throw Stop() }
          }
        }
        let encoded = try first.checkpoint.safetensors().encoded()
        return (plan, try Checkpoint(Safetensors(encoded)))
      }()
      for place in plan.stores.indices
      where !FileManager.default.fileExists(atPath: file(place).path) {
        try kept.write(to: file(place))
      }
      let resumed = try tinyTrainer(configuration())
      try resumed.restore(checkpoint)
      resumed.keepFeatures(by: nil, in: file)
      #expect(!FileManager.default.fileExists(atPath: file(0).path))
      // The last one is not opened by this process.
      resumed.removeKeptFeatures()
      let last = plan.stores.indices.last ?? 0
      #expect(!FileManager.default.fileExists(atPath: file(last).path))
    }
  }

  /// Ahead of the step that freezes a layer, batches are prepared up to the layer before.
  @Test
  func `a batch that was prepared before a freeze is kept by the store that it begins`() throws {
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration())
      let plan = try plan(trainer)
      trainer.keepFeatures(by: plan, in: file(folder))
      trainer.pipeline.place(ahead: true)
      try trainer.run { _ in trainer.pipeline.place(ahead: true) }
      // Every store is filled once, each of its 27 inputs as soon as it comes.
      #expect(plan.stores.allSatisfy { $0.full < trainer.learner.schedule.iterations })
      #expect(trainer.featureCacheUse?.computedCount == 27 * plan.stores.count)
    }
  }

  @Test
  func `a cache for a budget of no size at all keeps nothing`() throws {
    try withFolder { folder in
      var configuration = configuration()
      configuration.caching = FeatureCaching(budgetBytes: 5000)
      let trainer = try tinyTrainer(configuration)
      let costs = try configuration.measuredCosts(classCount: 3, trainImageCount: 27)
      let plan = try trainer.cachePlan(
        costs: costs,
        measuringAt: folder.appendingPathComponent("probe")
      )
      #expect(try #require(plan).stores.isEmpty)
      #expect(try sizes(folder).isEmpty)
    }
  }

  @Test
  func `what is measured is made from the run, and is what its prediction counts`() throws {
    try withFolder { folder in
      let trainer = try tinyTrainer(configuration())
      let costs = try trainer.configuration.measuredCosts(classCount: 3, trainImageCount: 27)
      let place = folder.appendingPathComponent("probe")
      let plan = try #require(try trainer.cachePlan(costs: costs, measuringAt: place))
      #expect(!FileManager.default.fileExists(atPath: place.path))
      #expect(plan.costs.readSecondsPerByte > 0 && plan.costs.writeSecondsPerByte > 0)
      #expect(plan.costs.frozenSeconds == costs.scaledFrozenSeconds)
      #expect(plan.costs.featureBytes.first == 3 * 32 * 32 * 4)
      #expect(plan.costs.slotCount == 27 && plan.costs.iterationsPerEpoch == 4)
      #expect(plan.costs.overheadBytes == 8192)
      let schedule = trainer.learner.schedule
      let saved = (0..<schedule.iterations).reduce(0.0) { $0 + plan.secondsSaved(atIteration: $1) }
      let with = schedule.prediction(costs: costs, iterationsPerEpoch: 4, cache: plan)
      let without = schedule.prediction(costs: costs, iterationsPerEpoch: 4)
      #expect(abs(without.seconds - with.seconds - saved) < 1e-9)
    }
  }
}
