import FreezeOut
import Testing

struct RunPredictionTests {
  private func schedule(_ iterations: Int, _ firstFreeze: Double, _ growth: Growth = .cubic) throws
    -> Schedule
  {
    try Schedule(
      layerCount: 4,
      iterations: iterations,
      firstFreeze: firstFreeze,
      growth: growth,
      scalesLearningRates: true,
      baseLearningRate: 0.1
    )
  }

  @Test(arguments: [1, 7, 100, 1000], [0.1, 0.5, 0.8, 1])
  func `a prediction is the sum of its iterations, epoch by epoch`(
    iterations: Int,
    firstFreeze: Double
  ) throws {
    let costs = try MeasuredCosts.example()
    let schedule = try schedule(iterations, firstFreeze)
    for iterationsPerEpoch in [1, 7, 30, 2000] {
      let prediction = schedule.prediction(costs: costs, iterationsPerEpoch: iterationsPerEpoch)
      var epochs: [Double] = []
      for iteration in 0..<iterations {
        if iteration.isMultiple(of: iterationsPerEpoch) { epochs.append(0) }
        epochs[epochs.count - 1] +=
          costs.stepSeconds(frozenCount: schedule.frozenCount(atIteration: iteration))
      }
      #expect(prediction.epochSeconds.count == epochs.count)
      for (found, expected) in zip(prediction.epochSeconds, epochs) {
        #expect(abs(found - expected) < 1e-9 * expected)
      }
      #expect(abs(prediction.baselineSeconds - 41 * Double(iterations)) < 1e-6)
      let saving = 1 - epochs.reduce(0, +) / (41 * Double(iterations))
      #expect(abs(prediction.saving - saving) < 1e-9)
      #expect(firstFreeze < 1 || abs(prediction.saving) < 1e-12)
    }
  }

  // 108 images in batches of 50: 50, 50 and 8.
  @Test
  func `an epoch's last iteration counts by its images, and one that there is not does not`() throws
  {
    let costs = try MeasuredCosts.example()
    let schedule = try schedule(10, 0.5)
    let prediction = schedule.prediction(
      costs: costs,
      iterationsPerEpoch: 3,
      lastBatchShare: 0.16
    )
    let steps = (0..<10).map {
      costs.stepSeconds(frozenCount: schedule.frozenCount(atIteration: $0))
    }
    let expected = [
      steps[0] + steps[1] + 0.16 * steps[2], steps[3] + steps[4] + 0.16 * steps[5],
      steps[6] + steps[7] + 0.16 * steps[8], steps[9],
    ]
    #expect(steps[0] == 41 && steps[8] < 41)
    for (found, expected) in zip(prediction.epochSeconds, expected) {
      #expect(abs(found - expected) < 1e-9)
    }
    #expect(prediction.epochSeconds.count == 4)
    for (found, expected) in zip(prediction.baselineEpochSeconds, [88.56, 88.56, 88.56, 41]) {
      #expect(abs(found - expected) < 1e-9)
    }
    let single = schedule.prediction(costs: costs, iterationsPerEpoch: 1, lastBatchShare: 0.5)
    #expect(abs(single.baselineSeconds - 205) < 1e-9)
  }

  @Test(arguments: Growth.allCases, [0.02, 0.1, 0.3])
  func `the first freeze found saves as much as asked, and no later one does`(
    growth: Growth,
    target: Double
  ) throws {
    let costs = try MeasuredCosts.example()
    func saving(_ schedule: Schedule) -> Double {
      schedule.prediction(costs: costs, iterationsPerEpoch: 1000).saving
    }
    let plan = try schedule(10_000, 0.8, growth)
    guard
      case .reached(let firstFreeze, let saved) = try plan.firstFreeze(saving: target, by: saving)
    else {
      Issue.record("a saving of \(target) is within reach")
      return
    }
    #expect(saved >= target)
    #expect(saved == saving(try plan.with(firstFreeze: firstFreeze)))
    #expect(saving(try plan.with(firstFreeze: min(1, firstFreeze + 1e-3))) < target)
  }

  @Test
  func `what cannot be saved is said, with the most that can`() throws {
    let plan = try schedule(1000, 0.8)
    let solution = try plan.firstFreeze(saving: 0.9) { 0.5 * (1 - $0.firstFreeze) }
    #expect(solution == .unreachable(greatestSaving: 0.5 * (1 - Schedule.leastFirstFreeze)))
    #expect(
      try plan.firstFreeze(saving: 0) { 1 - $0.firstFreeze } == .reached(firstFreeze: 1, saving: 0)
    )
  }

  @Test
  func `the latest first freeze is found where the saving rises in between`() throws {
    // Reached up to 0.3, and again from 0.6 to 0.75.
    func saving(_ schedule: Schedule) -> Double {
      let firstFreeze = schedule.firstFreeze
      return firstFreeze <= 0.3 || (0.6...0.75).contains(firstFreeze) ? 0.5 : 0.2
    }
    guard
      case .reached(let found, 0.5) = try schedule(1000, 0.8).firstFreeze(saving: 0.4, by: saving)
    else {
      Issue.record("0.75 saves as much")
      return
    }
    #expect(abs(found - 0.75) < 2e-6 && found <= 0.75)
    #expect(
      try schedule(1000, 0.8).firstFreeze(saving: 0.6, by: saving)
        == .unreachable(greatestSaving: 0.5)
    )
  }

  @Test(arguments: [41.0, 500, 12_345, 1e6])
  func `a run stretched to a time is the longest that fits`(seconds: Double) throws {
    let costs = try MeasuredCosts.example()
    let found = try schedule(1000, 0.5).stretched(toSeconds: seconds, costs: costs)
    let stretched = try #require(found)
    func takes(_ schedule: Schedule) -> Double {
      schedule.prediction(costs: costs, iterationsPerEpoch: 100).seconds
    }
    #expect(takes(stretched) <= seconds * (1 + 1e-12))
    #expect(takes(try stretched.with(iterations: stretched.iterations + 1)) > seconds)
    #expect(stretched.firstFreeze == 0.5 && stretched.growth == .cubic)
  }

  @Test
  func `a run whose features are kept is stretched further, by what that saves`() throws {
    let costs = try MeasuredCosts.example()
    let layers = costs.layers
    let cacheCosts = CacheCosts(
      frozenSeconds: layers.map(\.frozen),
      featureBytes: layers.map { _ in 1 },
      inputsPerIteration: 1,
      iterationsPerEpoch: 10,
      slotCount: 10,
      budgetBytes: 1000,
      readSecondsPerByte: 0,
      writeSecondsPerByte: 0
    )
    func takes(_ schedule: Schedule) -> Double {
      schedule.prediction(
        costs: costs,
        iterationsPerEpoch: 100,
        cache: CachePlan(schedule: schedule, costs: cacheCosts)
      ).seconds
    }
    let without = try schedule(1000, 0.5).stretched(toSeconds: 12_345, costs: costs)
    let found = try schedule(1000, 0.5)
      .stretched(toSeconds: 12_345, costs: costs, cacheCosts: cacheCosts)
    let (plain, stretched) = (try #require(without), try #require(found))
    #expect(stretched.iterations > plain.iterations)
    #expect(takes(stretched) <= 12_345 * (1 + 1e-12))
    #expect(takes(try stretched.with(iterations: stretched.iterations + 1)) > 12_345)
  }

  @Test
  func `no run fits into less than an iteration's time`() throws {
    let costs = try MeasuredCosts.example()
    #expect(try schedule(10, 0.5).stretched(toSeconds: 40, costs: costs) == nil)
  }
}

struct FreezingAdviceTests {
  private func advice(
    _ firstFreeze: Double,
    _ growth: Growth,
    iterations: Int = 1000,
    saving: Double?,
    dataShare: Double? = nil
  ) throws -> [FreezingAdvice] {
    FreezingAdvice.advice(
      on: try Schedule(
        layerCount: 4,
        iterations: iterations,
        firstFreeze: firstFreeze,
        growth: growth,
        scalesLearningRates: true,
        baseLearningRate: 0.1
      ),
      saving: saving,
      dataShare: dataShare
    )
  }

  @Test
  func `advice comes where it is due, on both sides of each bound`() throws {
    #expect(try advice(0.8, .cubic, saving: 0.2) == [])
    #expect(try advice(0.8, .cubic, saving: nil) == [])
    #expect(try advice(0.8, .cubic, saving: 0.03) == [])
    #expect(try advice(0.8, .cubic, saving: 0.0299) == [.smallSaving(0.0299)])
    #expect(try advice(0.954, .linear, saving: 0.2) == [])
    #expect(try advice(0.956, .linear, saving: 0.2) == [.lateFirstFreeze(0.956)])
    // 0.984^3 = 0.953 and 0.986^3 = 0.959
    #expect(try advice(0.984, .cubic, saving: 0.2) == [])
    #expect(try advice(0.986, .cubic, saving: 0.2) == [.lateFirstFreeze(0.986)])
    #expect(try advice(0.3, .cubic, saving: 0.4) == [])
    #expect(try advice(0.29, .cubic, saving: 0.4) == [.hurtingFirstFreeze(0.29)])
    #expect(try advice(0.1, .linear, saving: 0.4) == [])
    #expect(try advice(0.8, .cubic, saving: 0.2, dataShare: 0.09) == [])
    #expect(
      try advice(0.8, .cubic, saving: 0.2, dataShare: 0.1) == [.waitsForData(share: 0.1)]
    )
    #expect(try advice(1, .linear, saving: 0) == [.nothingFreezes])
    #expect(try advice(0.8, .cubic, iterations: 1, saving: 0) == [.nothingFreezes])
  }

  @Test
  func `advice names the value`() {
    let all: [(FreezingAdvice, String)] = [
      (.lateFirstFreeze(0.97), "t0 = 0.97"), (.smallSaving(0.0123), "1.2 %"),
      (.waitsForData(share: 0.25), "25.0 %"), (.hurtingFirstFreeze(0.2), "t0 = 0.2"),
      (.nothingFreezes, "no layer freezes"),
    ]
    for (advice, text) in all { #expect(advice.description.contains(text)) }
  }
}
