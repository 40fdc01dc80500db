import Foundation
import FreezeOut
import Testing

@testable import Datasets
@testable import Training

/// Which stores are open, apart from what is in them.
struct OpenStoresTests {
  /// Three stores, each filled from the one before where the budget has room for both.
  private func plan(budgetBytes: Int = 1 << 20) throws -> CachePlan {
    let costs = CacheCosts(
      frozenSeconds: [1, 1, 1, 1],
      featureBytes: [0, 100, 100, 100],
      inputsPerIteration: 5,
      iterationsPerEpoch: 10,
      slotCount: 50,
      overheadBytes: FeatureLayout.overheadBytes(slotCount: 50),
      budgetBytes: budgetBytes,
      readSecondsPerByte: 0,
      writeSecondsPerByte: 0
    )
    let schedule = try Schedule(
      layerCount: 4,
      iterations: 1000,
      firstFreeze: 0.4,
      growth: .linear,
      scalesLearningRates: true,
      baseLearningRate: 0.1
    )
    return CachePlan(schedule: schedule, costs: costs)
  }

  private func slots(generation: Int = 0) -> BatchSlots {
    BatchSlots(indices: [0], count: 50, generation: generation)
  }

  private func layout() -> FeatureLayout {
    FeatureLayout(
      identity: Array(repeating: 0, count: 32),
      slotCount: 50,
      shape: [25, 1, 1],
      precision: .float32
    )
  }

  private func withStores(
    _ plan: CachePlan,
    _ body: (inout OpenStores, _ names: () throws -> [String]) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("open-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var stores = OpenStores(plan: plan) { folder.appendingPathComponent("\($0)") }
    try body(&stores) {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
  }

  @Test
  func `a store of other views is never read`() throws {
    try withStores(plan()) { stores, _ in
      let made = try stores.store(0, of: slots(), layout: layout)
      #expect(made != nil)
      #expect(stores.opened(0, of: slots()) != nil)
      #expect(stores.opened(0, of: slots(generation: 1)) == nil)
      #expect(try stores.store(0, of: slots(generation: 1), layout: layout) == nil)
    }
  }

  @Test
  func `the store before stays beside the one that is filled from it, and no other`() throws {
    try withStores(plan()) { stores, names in
      _ = try stores.store(0, of: slots(), layout: layout)
      _ = try stores.store(1, of: slots(), layout: layout)
      #expect(try names() == ["0", "1"])
      _ = try stores.store(2, of: slots(), layout: layout)
      #expect(try names() == ["1", "2"])
      #expect(try stores.store(0, of: slots(), layout: layout) == nil)
    }
  }

  @Test
  func `a store beside which there is no room goes first, and is not made again`() throws {
    let one = 5000 + FeatureLayout.overheadBytes(slotCount: 50)
    let plan = try plan(budgetBytes: 2 * one - 1)
    #expect(plan.stores.map(\.source) == [0, 0, 0])
    try withStores(plan) { stores, names in
      _ = try stores.store(1, of: slots(), layout: layout)
      #expect(try stores.store(0, of: slots(), layout: layout) == nil)
      #expect(try names() == ["1"])
      _ = try stores.store(2, of: slots(), layout: layout)
      #expect(try names() == ["2"])
    }
  }

  @Test
  func `a store ends when it is known what became of the next one`() throws {
    let plan = try plan()
    #expect(plan.stores.map(\.begin) == [401, 601, 801])
    #expect(plan.stores.map(\.end) == [620, 820, 1000])
    try withStores(plan) { stores, names in
      _ = try stores.store(0, of: slots(), layout: layout)
      stores.drop(endedBy: 700)
      #expect(try names() == ["0"])
      _ = try stores.store(1, of: slots(), layout: layout)
      stores.drop(endedBy: 619)
      #expect(try names() == ["0", "1"])
      stores.drop(endedBy: 620)
      #expect(try names() == ["1"])
    }
  }

  @Test(
    arguments: [8192, 70_000, 80_000, 200_000, 1_000_000, 1 << 30],
    FeatureLayout.Precision.allCases
  )
  func `a store that is made to measure is no larger than the budget`(
    budgetBytes: Int,
    precision: FeatureLayout.Precision
  ) {
    let caching = FeatureCaching(budgetBytes: budgetBytes, precision: precision)
    guard let probe = caching.probe else {
      #expect(budgetBytes < 80_000)
      return
    }
    #expect(probe.layout.fileBytes <= budgetBytes)
    #expect(probe.layout.slotCount % probe.rounds == 0)
    #expect(budgetBytes < 1 << 30 || probe.layout.slotCount == 160)
  }
}
