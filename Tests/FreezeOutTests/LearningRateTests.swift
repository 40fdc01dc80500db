import FreezeOut
import Testing

struct LearningRateTests {
  @Test
  func `scaled layers start at the base rate over their freeze time`() throws {
    let schedule = try Schedule.example(
      layerCount: 3,
      firstFreeze: 0.5,
      growth: .squared,
      baseLearningRate: 0.1
    )
    #expect((0..<3).map { schedule.initialLearningRate(ofLayer: $0) } == [0.4, 0.1 / 0.5625, 0.1])
    #expect(schedule.learningRates(atIteration: 0) == [0.4, 0.1 / 0.5625, 0.1])
  }

  @Test
  func `unscaled layers all start at the base rate`() throws {
    let schedule = try Schedule.example(
      layerCount: 3,
      scalesLearningRates: false,
      baseLearningRate: 0.1
    )
    #expect((0..<3).map { schedule.initialLearningRate(ofLayer: $0) } == [0.1, 0.1, 0.1])
    #expect(schedule.learningRates(atIteration: 0) == [0.1, 0.1, 0.1])
  }

  @Test
  func `a layer is at half its initial rate at half its freeze time`() throws {
    // Layer 0 freezes at 0.125 of 80 iterations, which is 10.
    let schedule = try Schedule.example(iterations: 80)
    let rate = try #require(schedule.learningRate(ofLayer: 0, atIteration: 5))
    #expect(abs(rate - 0.04) < 1e-15)
  }

  @Test(arguments: Growth.allCases, [true, false])
  func `rates only fall`(growth: Growth, scalesLearningRates: Bool) throws {
    let schedule = try Schedule.example(
      iterations: 500,
      growth: growth,
      scalesLearningRates: scalesLearningRates
    )
    for layer in 0..<schedule.layerCount {
      let rates = (0..<500).compactMap { schedule.learningRate(ofLayer: layer, atIteration: $0) }
      #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
    }
  }

  @Test
  func
    `scaled layers cover the same distance, unscaled ones a shorter one the earlier they freeze`()
    throws
  {
    func distances(scaled: Bool) throws -> [Double] {
      let schedule = try Schedule.example(
        layerCount: 5,
        iterations: 100_000,
        scalesLearningRates: scaled,
        baseLearningRate: 0.1
      )
      return (0..<5).map { layer in
        (0..<100_000).reduce(0) {
          $0 + (schedule.learningRate(ofLayer: layer, atIteration: $1) ?? 0)
        }
      }
    }
    // The mean of half a cosine is half its start: 0.1 / 2 over 100,000 iterations.
    #expect(try distances(scaled: true).allSatisfy { abs($0 - 5000) < 1 })
    let unscaled = try distances(scaled: false)
    #expect(abs(unscaled[0] - 5000 * 0.125) < 1)
    #expect(zip(unscaled, unscaled.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test
  func `the schedule ends with the run`() throws {
    let schedule = try Schedule.example()
    for iteration in [24, 25, 48, 1_000_000, Int.max] {
      #expect(schedule.frozenCount(atIteration: iteration) == 9)
      #expect(
        schedule.learningRates(atIteration: iteration) == Array(repeating: nil, count: 9) + [0]
      )
    }
  }

  @Test(arguments: recordedRuns)
  func `frozen layers are those of the published code`(run: RecordedRun) throws {
    let schedule = try run.schedule()
    let counts = run.frozenCounts.indices.map(schedule.frozenCount)
    #expect(counts == run.frozenCounts)
  }

  @Test(arguments: recordedRuns)
  func `rates are those of the published code`(run: RecordedRun) throws {
    let schedule = try run.schedule()
    #expect(!run.learningRates.isEmpty)
    for (iteration, recorded) in run.learningRates {
      let rates = schedule.learningRates(atIteration: iteration)
      try #require(rates.count == recorded.count)
      for (layer, (rate, recordedRate)) in zip(rates, recorded).enumerated() {
        if let rate, let recordedRate {
          #expect(abs(rate - recordedRate) < 1e-12, "layer \(layer), iteration \(iteration)")
        } else {
          #expect(rate == recordedRate, "layer \(layer), iteration \(iteration)")
        }
      }
    }
  }
}

extension RecordedRun {
  fileprivate func schedule() throws(ScheduleError) -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: frozenCounts.count,
      firstFreeze: firstFreeze,
      growth: growth,
      scalesLearningRates: scalesLearningRates,
      baseLearningRate: baseLearningRate
    )
  }
}
