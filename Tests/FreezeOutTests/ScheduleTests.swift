import FreezeOut
import Foundation
import Testing

struct ScheduleTests {
  @Test
  func `a schedule keeps its settings`() throws {
    let schedule = try Schedule(
      layerCount: 40,
      iterations: 90_000,
      firstFreeze: 0.8,
      growth: .squared,
      scalesLearningRates: false,
      baseLearningRate: 0.1
    )
    #expect(schedule.layerCount == 40)
    #expect(schedule.iterations == 90_000)
    #expect(schedule.firstFreeze == 0.8)
    #expect(schedule.growth == .squared)
    #expect(!schedule.scalesLearningRates)
    #expect(schedule.baseLearningRate == 0.1)
  }

  // MARK: - Impossible settings

  @Test(arguments: [0, -1, Int.min])
  func `a schedule needs a layer`(layerCount: Int) {
    #expect(throws: ScheduleError.layerCount(layerCount)) {
      try Schedule.example(layerCount: layerCount)
    }
  }

  @Test(arguments: [0, -3, (1 << 53) + 1, Int.max])
  func `a schedule needs at least 1 iteration and at most 2 to the 53`(iterations: Int) {
    #expect(throws: ScheduleError.iterations(iterations)) {
      try Schedule.example(iterations: iterations)
    }
  }

  @Test(arguments: [0, -0.0, -0.5, 1.0.nextUp, 1.5, .infinity, -.infinity])
  func `the first freeze lies above 0 and is at most 1`(firstFreeze: Double) {
    #expect(throws: ScheduleError.firstFreeze(firstFreeze)) {
      try Schedule.example(firstFreeze: firstFreeze)
    }
  }

  @Test(arguments: [0, -0.1, .infinity, -.infinity])
  func `the base learning rate is finite and above 0`(rate: Double) {
    #expect(throws: ScheduleError.baseLearningRate(rate)) {
      try Schedule.example(baseLearningRate: rate)
    }
  }

  @Test
  func `what is not a number is refused by name`() {
    func message(_ make: () throws(ScheduleError) -> Schedule) -> String {
      do throws(ScheduleError) {
        return "no error: \(try make())"
      } catch {
        return error.description
      }
    }
    #expect(
      message { () throws(ScheduleError) in try .example(firstFreeze: .nan) }
        == "the first freeze (t0) is nan: give a number above 0 and at most 1, "
        + "where 1 freezes nothing"
    )
    #expect(
      message { () throws(ScheduleError) in try .example(baseLearningRate: .nan) }
        == "the base learning rate is nan: give a finite number above 0, such as 0.1"
    )
  }

  @Test
  func `a first freeze that leaves the first layer no finite rate is refused`() throws {
    #expect(throws: ScheduleError.vanishingFreezeTime(firstFreeze: 1e-110, growth: .cubic)) {
      try Schedule.example(firstFreeze: 1e-110, growth: .cubic)
    }
    #expect(throws: ScheduleError.vanishingFreezeTime(firstFreeze: 1e-307, growth: .linear)) {
      try Schedule.example(firstFreeze: 1e-307, growth: .linear, baseLearningRate: 100)
    }
    let unscaled = try Schedule.example(
      firstFreeze: 1e-307,
      growth: .linear,
      scalesLearningRates: false,
      baseLearningRate: 100
    )
    #expect(unscaled.learningRate(ofLayer: 0, atIteration: 0) == 100)
    #expect(unscaled.frozenCount(atIteration: 1) == 1)
    let single = try Schedule.example(layerCount: 1, firstFreeze: 1e-110, growth: .cubic)
    #expect(single.freezeTime(ofLayer: 0) == 1)
  }

  @Test(arguments: [
    (
      ScheduleError.layerCount(0),
      "a schedule for 0 layers is impossible: give the number of layers, at least 1"
    ),
    (
      .iterations(-3),
      "a run of -3 iterations is impossible: give a number from 1 to 9007199254740992"
    ),
    (
      .firstFreeze(1.5),
      "the first freeze (t0) is 1.5: give a number above 0 and at most 1, where 1 freezes nothing"
    ),
    (
      .vanishingFreezeTime(firstFreeze: 1e-110, growth: .cubic),
      "the first freeze (t0) is 1e-110, so small that with cubic growth the first layer could not "
        + "train at all: give a larger one, such as 0.5"
    ),
    (
      .baseLearningRate(-0.1),
      "the base learning rate is -0.1: give a finite number above 0, such as 0.1"
    ),
  ])
  func `an error names the value and the remedy`(error: ScheduleError, description: String) {
    #expect(error.description == description)
  }

  // MARK: - The baseline

  @Test(arguments: Growth.allCases, [true, false])
  func `a first freeze of 1 is the baseline, whatever the strategy`(
    growth: Growth,
    scalesLearningRates: Bool
  ) throws {
    let baseline = try Schedule.baseline(layerCount: 5, iterations: 40, baseLearningRate: 0.1)
    let schedule = try Schedule.example(
      layerCount: 5,
      iterations: 40,
      firstFreeze: 1,
      growth: growth,
      scalesLearningRates: scalesLearningRates,
      baseLearningRate: 0.1
    )
    #expect(schedule.freezeEvents.isEmpty)
    for iteration in 0...50 {
      let rates = schedule.learningRates(atIteration: iteration)
      #expect(rates == baseline.learningRates(atIteration: iteration))
      #expect(Set(rates).count == 1)
      #expect(schedule.frozenCount(atIteration: iteration) == 0)
    }
  }

  @Test
  func `the baseline anneals every layer along one cosine`() throws {
    let baseline = try Schedule.baseline(layerCount: 2, iterations: 4, baseLearningRate: 0.1)
    let expected = [0.1, 0.085355339059327376, 0.05, 0.014644660940672624]
    for (iteration, rate) in expected.enumerated() {
      for case let actual? in baseline.learningRates(atIteration: iteration) {
        #expect(abs(actual - rate) < 1e-15)
      }
    }
    #expect(baseline.learningRates(atIteration: 4) == [0, 0])
  }

  @Test
  func `the baseline refuses what a schedule refuses`() {
    #expect(throws: ScheduleError.layerCount(0)) {
      try Schedule.baseline(layerCount: 0, iterations: 4, baseLearningRate: 0.1)
    }
  }

  // MARK: - Encoding

  @Test
  func `encoding and decoding give the same schedule under readable keys`() throws {
    let schedule = try Schedule.example()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(schedule)
    #expect(
      String(decoding: data, as: UTF8.self) == """
        {"baseLearningRate":0.01,"firstFreeze":0.5,"growth":"cubic","iterations":24,\
        "layerCount":10,"scalesLearningRates":true}
        """
    )
    #expect(try JSONDecoder().decode(Schedule.self, from: data) == schedule)
  }

  @Test
  func `decoding refuses what the initializer refuses, in its words`() {
    let json = """
      {"baseLearningRate":0.01,"firstFreeze":0,"growth":"cubic","iterations":24,
       "layerCount":10,"scalesLearningRates":true}
      """
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Schedule.self, from: Data(json.utf8))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(String(describing: error)) is not about the data")
      return
    }
    #expect(context.underlyingError as? ScheduleError == .firstFreeze(0))
    #expect(context.debugDescription == ScheduleError.firstFreeze(0).description)
  }
}
