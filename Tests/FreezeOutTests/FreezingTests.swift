import FreezeOut
import Testing

struct FreezingTests {
  /// Layer counts, run lengths and first freezes that meet every special case: one layer, one
  /// iteration, many layers in few iterations and the reverse, and both ends of (0, 1].
  static let layerCounts = [1, 2, 3, 5, 10, 40, 77]
  static let runs = [1, 2, 3, 7, 24, 100, 199]
  static let firstFreezes = [
    1e-9, 0.001, 0.1, 0.2, 0.25, 0.3, 1.0 / 3, 0.5, 0.6, 0.7, 0.8, 0.95, 1.0.nextDown, 1,
  ]

  static func forEachSchedule(
    _ growth: Growth,
    _ firstFreeze: Double,
    _ body: (Schedule) throws -> Void
  ) throws {
    for layerCount in layerCounts {
      for iterations in runs {
        try body(
          .example(
            layerCount: layerCount,
            iterations: iterations,
            firstFreeze: firstFreeze,
            growth: growth
          )
        )
      }
    }
  }

  // MARK: - Literal values

  // The first j in range(n) with j > n * scale_fn[how_scale](t0 + (1 - t0) * float(i) / L), by
  // Python 3.11, for i = 0...L. Written with products instead of pow, the first row would begin
  // with 28; with another order of operations, the second would have 141, 231.
  @Test(
    arguments: [
      (Growth.cubic, 0.3, 1000, [27, 108, 275, 562, nil]),
      (.linear, 0.1, 500, [51, 141, 230, 321, 411, nil]),
      (.linear, 0.3, 24, [8, 12, 16, 20, nil]),
      (.squared, 0.1, 90_000, [901, 7057, 19044, 36865, 60516, nil]),
      (.cubic, 0.6, 1000, [216, 268, 327, 395, 471, 556, 651, 757, 873, nil]),
      (.linear, 0.2, 8, [2, 3, 4, 4, 5, 6, 6, 7, nil, nil]),
      (.squared, 1, 50, [nil, nil, nil]),
      (.cubic, 0.5, 24, [nil]),
      (.cubic, 0.5, 1, [nil, nil]),
    ] as [(Growth, Double, Int, [Int?])]
  )
  func `layers freeze in the iteration in which the published code freezes them`(
    growth: Growth,
    firstFreeze: Double,
    iterations: Int,
    expected: [Int?]
  ) throws {
    let schedule = try Schedule.example(
      layerCount: expected.count,
      iterations: iterations,
      firstFreeze: firstFreeze,
      growth: growth
    )
    #expect((0..<expected.count).map { schedule.freezeIteration(ofLayer: $0) } == expected)
  }

  @Test
  func `freeze times are those of the formula`() throws {
    let schedule = try Schedule.example(layerCount: 3, firstFreeze: 0.5, growth: .squared)
    #expect((0..<3).map { schedule.freezeTime(ofLayer: $0) } == [0.25, 0.5625, 1])
  }

  @Test
  func `the iteration that meets the freeze time still trains, at rate 0`() throws {
    // Layer 0 freezes at 0.125 of 24 iterations, which is 3.
    let schedule = try Schedule.example()
    #expect(schedule.learningRate(ofLayer: 0, atIteration: 3) == 0)
    #expect(!schedule.isFrozen(layer: 0, atIteration: 3))
    #expect(schedule.frozenCount(atIteration: 3) == 0)
    #expect(schedule.learningRate(ofLayer: 0, atIteration: 4) == nil)
    #expect(schedule.isFrozen(layer: 0, atIteration: 4))
    #expect(schedule.frozenCount(atIteration: 4) == 1)
  }

  @Test
  func `layers that freeze together make one event`() throws {
    let schedule = try Schedule.example(iterations: 8, firstFreeze: 0.2, growth: .linear)
    #expect(
      schedule.freezeEvents == [
        FreezeEvent(iteration: 2, layers: 0..<1),
        FreezeEvent(iteration: 3, layers: 1..<2),
        FreezeEvent(iteration: 4, layers: 2..<4),
        FreezeEvent(iteration: 5, layers: 4..<5),
        FreezeEvent(iteration: 6, layers: 5..<7),
        FreezeEvent(iteration: 7, layers: 7..<8),
      ]
    )
    #expect(schedule.freezeEvents.map(\.frozenCount) == [1, 2, 4, 5, 7, 8])
    #expect((0...9).map(schedule.frozenCount) == [0, 0, 1, 2, 4, 5, 7, 8, 8, 8])
  }

  @Test
  func `the default of the published code freezes 39 of 40 layers one by one`() throws {
    let schedule = try Schedule.example(
      layerCount: 40,
      iterations: 90_000,
      firstFreeze: 0.8,
      growth: .cubic,
      baseLearningRate: 0.1
    )
    #expect(schedule.freezeEvents.count == 39)
    #expect(schedule.freezeEvents.first == FreezeEvent(iteration: 46_081, layers: 0..<1))
    #expect(schedule.freezeEvents.last == FreezeEvent(iteration: 88_623, layers: 38..<39))
    #expect(schedule.frozenCount(atIteration: 60_000) == 15)
  }

  // MARK: - What holds for every schedule

  @Test(arguments: Growth.allCases, firstFreezes)
  func `freeze times never decrease with depth and end at exactly 1`(
    growth: Growth,
    firstFreeze: Double
  ) throws {
    for layerCount in 1...300 {
      let schedule = try Schedule.example(
        layerCount: layerCount,
        firstFreeze: firstFreeze,
        growth: growth
      )
      let times = (0..<layerCount).map { schedule.freezeTime(ofLayer: $0) }
      #expect(times.last == 1)
      #expect(times.allSatisfy { $0 > 0 && $0 <= 1 })
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  @Test(arguments: Growth.allCases, firstFreezes)
  func `frozen layers are a prefix that only grows, from none, and never holds the last`(
    growth: Growth,
    firstFreeze: Double
  ) throws {
    try Self.forEachSchedule(growth, firstFreeze) { schedule in
      var counts: [Int] = []
      for iteration in 0...(schedule.iterations + 2) {
        let frozen = (0..<schedule.layerCount).map {
          schedule.isFrozen(layer: $0, atIteration: iteration)
        }
        let count = frozen.count { $0 }
        // Without #expect for each, which would take minutes.
        guard frozen.prefix(count).allSatisfy({ $0 }),
          count == schedule.frozenCount(atIteration: iteration)
        else {
          Issue.record("\(schedule) freezes \(frozen) in iteration \(iteration)")
          return
        }
        counts.append(count)
      }
      #expect(counts.first == 0, "\(schedule)")
      #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 }, "\(schedule)")
      #expect(counts.allSatisfy { $0 < schedule.layerCount }, "\(schedule)")
    }
  }

  @Test(arguments: Growth.allCases, firstFreezes)
  func `freeze iterations are the first ones above the freeze time, found by counting`(
    growth: Growth,
    firstFreeze: Double
  ) throws {
    try Self.forEachSchedule(growth, firstFreeze) { schedule in
      for layer in 0..<schedule.layerCount {
        let end = schedule.freezeTime(ofLayer: layer) * Double(schedule.iterations)
        let counted = (0..<schedule.iterations).first { Double($0) > end }
        guard schedule.freezeIteration(ofLayer: layer) == counted else {
          Issue.record(
            "\(schedule) does not freeze layer \(layer) in \(String(describing: counted))"
          )
          return
        }
      }
    }
  }

  @Test(arguments: Growth.allCases, firstFreezes)
  func `a layer has a rate exactly while it is not frozen`(
    growth: Growth,
    firstFreeze: Double
  ) throws {
    try Self.forEachSchedule(growth, firstFreeze) { schedule in
      for iteration in 0...(schedule.iterations + 2) {
        let rates = schedule.learningRates(atIteration: iteration)
        let frozenCount = schedule.frozenCount(atIteration: iteration)
        guard rates.count == schedule.layerCount,
          rates.prefix(frozenCount).allSatisfy({ $0 == nil }),
          rates.dropFirst(frozenCount).allSatisfy({ ($0 ?? -1) >= 0 })
        else {
          Issue.record("\(schedule) has rates \(rates) in iteration \(iteration)")
          return
        }
      }
    }
  }

  @Test(arguments: Growth.allCases, firstFreezes)
  func `freeze events replayed give the frozen count of every iteration`(
    growth: Growth,
    firstFreeze: Double
  ) throws {
    try Self.forEachSchedule(growth, firstFreeze) { schedule in
      let events = schedule.freezeEvents
      var frozenCount = 0
      var next = events.startIndex
      for iteration in 0..<schedule.iterations {
        if next < events.endIndex, events[next].iteration == iteration {
          #expect(events[next].layers.lowerBound == frozenCount)
          #expect(!events[next].layers.isEmpty)
          frozenCount = events[next].frozenCount
          next += 1
        }
        guard frozenCount == schedule.frozenCount(atIteration: iteration) else {
          Issue.record("\(schedule) has frozen another number in iteration \(iteration)")
          return
        }
      }
      #expect(next == events.endIndex, "\(schedule) has events that never come")
    }
  }

  @Test(arguments: [90_000, 1_000_003, 1 << 40, 1 << 53])
  func `long runs freeze between the iteration before and the freeze iteration`(
    iterations: Int
  ) throws {
    for growth in Growth.allCases {
      let schedule = try Schedule.example(
        layerCount: 40,
        iterations: iterations,
        firstFreeze: 0.3,
        growth: growth
      )
      for layer in 0..<39 {
        let iteration = try #require(schedule.freezeIteration(ofLayer: layer))
        #expect(!schedule.isFrozen(layer: layer, atIteration: iteration - 1))
        #expect(schedule.isFrozen(layer: layer, atIteration: iteration))
      }
      #expect(schedule.freezeIteration(ofLayer: 39) == nil)
      #expect(!schedule.isFrozen(layer: 39, atIteration: .max))
    }
  }
}
