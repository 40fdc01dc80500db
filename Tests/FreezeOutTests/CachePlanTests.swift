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
      slotCount: slotCount,
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
    #expect(plan.stores.map(\.full) == [411, 611, 811])
    #expect(plan.stores.map(\.end) == [611, 811, 1000])
    #expect(plan.stores.map(\.frontier) == [1, 2, 3])
    #expect(plan.stores.map(\.source) == [0, 1, 2])
    #expect(plan.store(atIteration: 400) == nil)
    #expect(plan.store(atIteration: 605)?.frontier == 2)
    // Full: reading 500 bytes in the place of a second. While it is filled: 500 written besides.
    #expect(plan.secondsSaved(atIteration: 400, frozenCount: 0) == 0)
    #expect(plan.secondsSaved(atIteration: 401, frozenCount: 1) == -0.5)
    #expect(plan.secondsSaved(atIteration: 411, frozenCount: 1) == 0.95)
    #expect(abs(plan.secondsSaved(atIteration: 601, frozenCount: 2) - 0.9) < 1e-12)
    #expect(abs(plan.secondsSaved(atIteration: 999, frozenCount: 3) - 2.995) < 1e-12)
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
      let frozen = plan.frozenCount(atIteration: iteration)
      return sum + cache.secondsSaved(atIteration: iteration, frozenCount: frozen)
    }
    #expect(saved > 0)
    #expect(abs(without.seconds - with.seconds - saved) < 1e-6)
  }

  /// All plans that there are, against the one that is found.
  @Test(arguments: 0..<60)
  func `no other plan takes less time`(seed: Int) throws {
    func number(_ place: Int, _ choices: [Int]) -> Int {
      choices[(seed * 7919 + place * 104_729 + seed * seed * place) % 997 % choices.count]
    }
    let plan = try schedule(number(1, [40, 97, 300]), layerCount: 5)
    let costs = CacheCosts(
      frozenSeconds: (0..<5).map { Double(number(10 + $0, [1, 2, 5])) },
      featureBytes: (0..<5).map { number(20 + $0, [10, 30, 100]) },
      inputsPerIteration: 5,
      slotCount: number(2, [20, 100, 400]),
      budgetBytes: number(3, [500, 3000, 9000, 1_000_000]),
      readSecondsPerByte: Double(number(4, [1, 5])) * 1e-3,
      writeSecondsPerByte: Double(number(5, [1, 10, 30])) * 1e-3,
      redrawsInputs: number(6, [0, 0, 1]) == 1
    )
    let found = CachePlan(schedule: plan, costs: costs)
    func seconds(_ decisions: [(begin: Int, frontier: Int, source: Int)]) -> Double {
      (0..<plan.iterations).reduce(0) { sum, iteration in
        let frozen = plan.frozenCount(atIteration: iteration)
        let events = plan.freezeEvents.map(\.iteration).filter { $0 <= iteration }
        guard let last = decisions.last(where: { $0.begin <= iteration }),
          !costs.redrawsInputs || last.begin == events.last
        else { return sum + costs.seconds(from: 0, frozenCount: frozen) }
        let isFull = iteration >= last.begin + costs.fillIterations
        let source = isFull ? last.frontier : last.source
        return sum + costs.seconds(from: source, frozenCount: frozen)
          + (isFull ? 0 : costs.keepSeconds(last.frontier))
      }
    }
    var least = Double.infinity
    func search(_ event: Int, _ decisions: [(begin: Int, frontier: Int, source: Int)]) {
      least = min(least, seconds(decisions))
      for index in event..<plan.freezeEvents.count {
        let freeze = plan.freezeEvents[index]
        let last = decisions.last
        if let last, !costs.redrawsInputs,
          freeze.iteration < last.begin + costs.fillIterations
        {
          continue
        }
        let held = costs.redrawsInputs ? 0 : last?.frontier ?? 0
        guard held < freeze.frozenCount else { continue }
        for frontier in held + 1...freeze.frozenCount {
          for source in Set([0, held]) where costs.fits(source, frontier) {
            search(index + 1, decisions + [(freeze.iteration, frontier, source)])
          }
        }
      }
    }
    search(0, [])
    let taken = seconds(found.stores.map { ($0.begin, $0.frontier, $0.source) })
    #expect(abs(taken - least) < 1e-6)
  }
}
