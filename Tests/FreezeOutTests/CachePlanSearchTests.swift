import FreezeOut
import Testing

/// All plans that there are, simulated iteration by iteration, against the one that is found.
struct CachePlanSearchTests {
  private struct Decision {
    var begin: Int
    var frontier: Int
    var source: Int
  }

  /// A run whose stores are looked at with no arithmetic of the planner's.
  private struct Simulation {
    let schedule: Schedule
    let costs: CacheCosts

    /// The share of an iteration's inputs that has not come since a store was begun.
    func missing(_ iteration: Int, since begin: Int) -> Double {
      let (perEpoch, views) = (costs.iterationsPerEpoch, costs.viewCount)
      var seen = 0.0
      // The earlier epochs that show the same view of each image.
      for epoch in stride(from: iteration / perEpoch - views, through: 0, by: -views) {
        let shown = (0..<perEpoch).filter { epoch * perEpoch + $0 >= begin }.count
        seen = max(seen, Double(shown) / Double(perEpoch))
      }
      return 1 - seen
    }

    /// The first iteration from which on nothing is missing.
    func full(_ begin: Int) -> Int {
      let far = begin + (costs.viewCount + 2) * costs.iterationsPerEpoch
      return 1 + ((begin..<far).last { missing($0, since: begin) > 0 } ?? begin)
    }

    func fits(_ frontiers: [Int]) -> Bool {
      let bytes = frontiers.filter { $0 > 0 }
        .map { costs.featureBytes[$0] * costs.slotCount + costs.overheadBytes }
      return bytes.reduce(0, +) <= costs.budgetBytes
    }

    private func layers(_ range: Range<Int>) -> Double {
      costs.frozenSeconds[range].reduce(0, +)
    }

    private func bytes(_ frontier: Int) -> Double {
      Double(costs.featureBytes[frontier] * costs.inputsPerIteration)
    }

    private func read(_ frontier: Int) -> Double {
      frontier == 0 ? 0 : bytes(frontier) * costs.readSecondsPerByte
    }

    func seconds(_ decisions: [Decision]) -> Double {
      let events = schedule.freezeEvents.map(\.iteration)
      return (0..<schedule.iterations).reduce(0) { sum, iteration in
        let frozen = schedule.frozenCount(atIteration: iteration)
        guard let last = decisions.last(where: { $0.begin <= iteration }),
          !costs.redrawsInputs || last.begin == events.last(where: { $0 <= iteration })
        else { return sum + layers(0..<frozen) }
        let share = missing(iteration, since: last.begin)
        let made =
          read(last.source) + layers(last.source..<last.frontier)
          + bytes(last.frontier) * costs.writeSecondsPerByte
        return sum + share * made + (share < 1 ? read(last.frontier) : 0)
          + layers(last.frontier..<frozen)
      }
    }
  }

  @Test(arguments: 0..<60)
  func `no other plan takes less time`(seed: Int) throws {
    func number(_ place: Int, _ choices: [Int]) -> Int {
      choices[(seed * 7919 + place * 104_729 + seed * seed * place) % 997 % choices.count]
    }
    let plan = try Schedule(
      layerCount: 5,
      iterations: number(1, [40, 97, 300]),
      firstFreeze: 0.4,
      growth: .linear,
      scalesLearningRates: true,
      baseLearningRate: 0.1
    )
    let (perEpoch, views) = (number(2, [1, 4, 13, 40]), number(7, [1, 2, 3]))
    let costs = CacheCosts(
      frozenSeconds: (0..<5).map { Double(number(10 + $0, [1, 2, 5])) },
      featureBytes: (0..<5).map { number(20 + $0, [10, 30, 100]) },
      inputsPerIteration: 5,
      iterationsPerEpoch: perEpoch,
      viewCount: views,
      slotCount: 5 * perEpoch * views,
      overheadBytes: number(8, [0, 100]),
      budgetBytes: number(3, [500, 3000, 9000, 1_000_000]),
      readSecondsPerByte: Double(number(4, [1, 5])) * 1e-3,
      writeSecondsPerByte: Double(number(5, [1, 10, 30])) * 1e-3,
      redrawsInputs: number(6, [0, 0, 1]) == 1
    )
    let simulation = Simulation(schedule: plan, costs: costs)
    let found = CachePlan(schedule: plan, costs: costs)
    for store in found.stores {
      #expect(store.full == min(simulation.full(store.begin), plan.iterations))
    }
    var least = Double.infinity
    func search(_ event: Int, _ decisions: [Decision]) {
      least = min(least, simulation.seconds(decisions))
      for index in event..<plan.freezeEvents.count {
        let freeze = plan.freezeEvents[index]
        let last = decisions.last
        if let last, !costs.redrawsInputs, freeze.iteration < simulation.full(last.begin) {
          continue
        }
        let held = costs.redrawsInputs ? 0 : last?.frontier ?? 0
        guard held < freeze.frozenCount else { continue }
        for frontier in held + 1...freeze.frozenCount {
          for source in Set([0, held]) where simulation.fits([source, frontier]) {
            let decision = Decision(begin: freeze.iteration, frontier: frontier, source: source)
            search(index + 1, decisions + [decision])
          }
        }
      }
    }
    search(0, [])
    let taken = simulation.seconds(
      found.stores.map { Decision(begin: $0.begin, frontier: $0.frontier, source: $0.source) }
    )
    #expect(abs(taken - least) < 1e-6)
    let frozenSeconds = (0..<plan.iterations).reduce(0.0) { sum, iteration in
      sum + costs.seconds(from: 0, frozenCount: plan.frozenCount(atIteration: iteration))
        - found.secondsSaved(atIteration: iteration)
    }
    #expect(abs(taken - frozenSeconds) < 1e-6)
  }
}
