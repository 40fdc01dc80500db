import FreezeOut
import Testing

struct CachePlanTests {
  private func schedule(_ iterations: Int = 1000, layerCount: Int = 4) throws -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: iterations,
      firstFreeze: 0.4,
      growth: .linear,
      scalesLearningRates: true,
      baseLearningRate: 0.1
    )
  }

  /// Layers of one second each whose features take 100 bytes in front of layer 1, 10 behind it.
  private func costs(
    slotCount: Int = 50,
    viewCount: Int = 1,
    overheadBytes: Int = 0,
    budgetBytes: Int = 1_000_000,
    readSecondsPerByte: Double = 1e-4,
    writeSecondsPerByte: Double = 1e-3,
    featureBytes: [Int] = [0, 100, 10, 10],
    redrawsInputs: Bool = false
  ) -> CacheCosts {
    CacheCosts(
      frozenSeconds: [1, 1, 1, 1],
      featureBytes: featureBytes,
      inputsPerIteration: 5,
      iterationsPerEpoch: slotCount / viewCount / 5,
      viewCount: viewCount,
      slotCount: slotCount,
      overheadBytes: overheadBytes,
      budgetBytes: budgetBytes,
      readSecondsPerByte: readSecondsPerByte,
      writeSecondsPerByte: writeSecondsPerByte,
      redrawsInputs: redrawsInputs
    )
  }

  // Linear from 0.4 over four layers: freezes at 401, 601 and 801 of 1,000.
  @Test
  func `every freeze begins a store that is filled from the one before`() throws {
    let plan = CachePlan(schedule: try schedule(), costs: costs())
    #expect(plan.stores.map(\.begin) == [401, 601, 801])
    #expect(plan.stores.map(\.full) == [420, 620, 820])
    #expect(plan.stores.map(\.end) == [620, 820, 1000])
    #expect(plan.stores.map(\.frontier) == [1, 2, 3])
    #expect(plan.stores.map(\.source) == [0, 1, 2])
    #expect(plan.store(atIteration: 400) == nil)
    #expect(plan.store(atIteration: 605)?.frontier == 2)
    // Full: reading 500 bytes in the place of a second. While it is filled: 500 written besides. In
    // between a tenth is missing, for the iteration of the epoch that was before the freeze.
    #expect(plan.secondsSaved(atIteration: 400) == 0)
    #expect(plan.secondsSaved(atIteration: 401) == -0.5)
    #expect(plan.secondsSaved(atIteration: 409) == -0.5)
    #expect(abs(plan.secondsSaved(atIteration: 410) - 0.8) < 1e-12)
    #expect(abs(plan.secondsSaved(atIteration: 419) - 0.8) < 1e-12)
    #expect(plan.secondsSaved(atIteration: 420) == 0.95)
    #expect(abs(plan.secondsSaved(atIteration: 601) - 0.9) < 1e-12)
    #expect(abs(plan.secondsSaved(atIteration: 999) - 2.995) < 1e-12)
  }

  // 3 views of 50 images, 10 iterations an epoch.
  @Test(
    arguments: [(0, 30), (1, 40), (9, 40), (10, 40), (11, 50), (400, 430), (401, 440)]
      as [(Int, Int)]
  )
  func `a store is full when every view has come in whole epochs`(begin: Int, full: Int) {
    let costs = costs(slotCount: 150, viewCount: 3)
    #expect(costs.fullIteration(from: begin) == full)
    #expect(costs.missingShare(atIteration: begin, begin: begin) == 1)
    #expect(costs.missingShare(atIteration: full - 1, begin: begin) > 0)
    #expect(costs.missingShare(atIteration: full, begin: begin) == 0)
  }

  @Test
  func `in the last epoch what had come before the store is missing`() {
    let costs = costs(slotCount: 150, viewCount: 3)
    let shares = [403, 429, 430, 439, 440].map { costs.missingShare(atIteration: $0, begin: 403) }
    #expect(shares == [1, 1, 0.3, 0.3, 0])
  }

  @Test
  func `numbers that only a file can hold make a store that is never full`() {
    var costs = costs()
    costs.iterationsPerEpoch = .max
    #expect(costs.fullIteration(from: 0) == .max)
    #expect(costs.fullIteration(from: 5) == .max)
    costs.viewCount = .max
    #expect(costs.fullIteration(from: 5) == .max)
    #expect(costs.missingShare(atIteration: 1000, begin: 5) == 1)
    costs.slotCount = .max
    costs.featureBytes = [0, 2, 2, 2]
    #expect(!costs.fits(1))
    costs.featureBytes = [0, 1, 1, 1]
    costs.overheadBytes = 1
    #expect(!costs.fits(1))
  }

  @Test
  func `a store's overhead counts against the budget`() throws {
    let plan = try schedule()
    let tight = costs(overheadBytes: 100, budgetBytes: 5100, featureBytes: [0, 100, 100, 100])
    #expect(CachePlan(schedule: plan, costs: tight).stores.map(\.frontier) == [1, 2, 3])
    let tighter = costs(overheadBytes: 100, budgetBytes: 5099, featureBytes: [0, 100, 100, 100])
    #expect(CachePlan(schedule: plan, costs: tighter).stores.isEmpty)
  }

  @Test
  func `nothing is kept that does not pay`() throws {
    let plan = try schedule()
    // An input comes once in 200 iterations, as long as a layer stays the last frozen one.
    let rare = CachePlan(schedule: plan, costs: costs(slotCount: 5000))
    #expect(rare.stores.isEmpty)
    #expect(CachePlan(schedule: plan, costs: costs(budgetBytes: 499)).stores.isEmpty)
    #expect(CachePlan(schedule: plan, costs: costs(readSecondsPerByte: 0.1)).stores.isEmpty)
    #expect(CachePlan(schedule: plan, costs: costs(writeSecondsPerByte: 10)).stores.isEmpty)
    let baseline = try Schedule.baseline(layerCount: 4, iterations: 1000, baseLearningRate: 0.1)
    #expect(CachePlan(schedule: baseline, costs: costs()).stores.isEmpty)
  }

  @Test
  func `what is too large for the budget waits for a layer with less`() throws {
    // 50 inputs of 100 bytes do not fit, of 10 they do.
    let plan = CachePlan(schedule: try schedule(), costs: costs(budgetBytes: 4999))
    #expect(plan.stores.map(\.frontier) == [2, 3])
    #expect(plan.stores.map(\.source) == [0, 2])
  }

  @Test
  func `a store for which there is no room beside the old one is filled from the images`() throws {
    let sizes = [0, 100, 100, 100]
    let plan = CachePlan(
      schedule: try schedule(),
      costs: costs(budgetBytes: 5000, featureBytes: sizes)
    )
    #expect(plan.stores.map(\.frontier) == [1, 2, 3])
    #expect(plan.stores.map(\.source) == [0, 0, 0])
    #expect(plan.stores.map(\.end) == [601, 801, 1000])
  }

  @Test
  func `inputs that change at every freeze leave each store its own stretch`() throws {
    let plan = CachePlan(schedule: try schedule(), costs: costs(redrawsInputs: true))
    #expect(plan.stores.map(\.frontier) == [1, 2, 3])
    #expect(plan.stores.map(\.source) == [0, 0, 0])
    #expect(plan.stores.map(\.end) == [601, 801, 1000])
    let slow = costs(slotCount: 1000, redrawsInputs: true)
    #expect(CachePlan(schedule: try schedule(), costs: slow).stores.isEmpty)
  }

  @Test
  func `a prediction counts what is kept`() throws {
    let plan = try schedule()
    let cache = CachePlan(schedule: plan, costs: costs())
    let measured = try MeasuredCosts.example()
    let without = plan.prediction(costs: measured, iterationsPerEpoch: 100)
    let with = plan.prediction(costs: measured, iterationsPerEpoch: 100, cache: cache)
    let saved = (0..<1000).reduce(0.0) { sum, iteration in
      sum + cache.secondsSaved(atIteration: iteration)
    }
    #expect(saved > 0)
    #expect(abs(without.seconds - with.seconds - saved) < 1e-6)
  }
}
