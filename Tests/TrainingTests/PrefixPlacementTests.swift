import Foundation
import Testing
import Torch

@testable import Training

struct PrefixPlacementTests {
  /// Records iterations, and tells after each whether the prefix is to run ahead.
  ///
  /// - Parameters:
  ///   - seconds: Of an iteration, by its number and whether the prefix runs ahead.
  ///   - frozenCount: Of an iteration, by its number.
  ///   - isReading: Of an iteration, by its number.
  private func record(
    _ placement: inout PrefixPlacement,
    _ count: Int,
    seconds: (Int, Bool) -> Double,
    frozenCount: (Int) -> Int,
    isReading: (Int) -> Bool = { _ in false }
  ) -> [Bool] {
    (0..<count).map { iteration in
      placement.record(
        seconds: seconds(iteration, placement.runsAhead),
        frozenCount: frozenCount(iteration),
        isReading: isReading(iteration)
      )
      return placement.runsAhead
    }
  }

  @Test
  func `a trial is as long as its parts`() {
    #expect(PrefixTrial.settlingLength == 6)
    #expect(PrefixTrial.shortestLength == 34)
    #expect(PrefixTrial.longestLength == 102)
  }

  @Test
  func `without a core to spare nothing is tried, and that can be told`() {
    var placement = PrefixPlacement(hasCoreToSpare: false, layerCount: 8)
    let ahead = record(
      &placement,
      200,
      seconds: { $1 ? 0.1 : 9 },
      frozenCount: { _ in 4 }
    )
    #expect(!ahead.contains(true))
    #expect(placement.choice == nil)
    #expect(!placement.hasCoreToSpare)
    #expect(PrefixPlacement(hasCoreToSpare: true, layerCount: 8).hasCoreToSpare)
  }

  @Test(arguments: [(0.5, true), (2, false), (1, false)])
  func `both places are tried, and the faster one stays`(ahead: Double, isChosen: Bool) {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 8)
    let before = record(&placement, 50, seconds: { _, _ in 1 }, frozenCount: { _ in 0 })
    #expect(!before.contains(true))
    let decisions = record(
      &placement,
      35,
      seconds: { $1 ? ahead : 1 },
      frozenCount: { _ in 1 }
    )
    // In line, ahead for the ends of two pairs and what settles before, in line.
    #expect(decisions.filter { $0 }.count == 14 + (isChosen ? 1 : 0))
    #expect(placement.runsAhead == isChosen)
    #expect(
      placement.choice
        == .init(runsAhead: isChosen, frozenCount: 1, inLineSeconds: 1, aheadSeconds: ahead)
    )
    // It stays until a quarter of the layers has frozen since.
    _ = record(&placement, 100, seconds: { $1 ? ahead : 1 }, frozenCount: { _ in 2 })
    #expect(placement.choice?.frozenCount == 1)
    _ = record(&placement, 35, seconds: { $1 ? 3 : 1 }, frozenCount: { _ in 3 })
    #expect(placement.choice?.frozenCount == 3)
    #expect(placement.choice?.runsAhead == false)
  }

  @Test
  func `the iterations after a change do not count`() {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 8)
    var sinceChange = 0
    var before = false
    for _ in 0..<35 {
      let isAhead = placement.runsAhead
      sinceChange = isAhead == before ? sinceChange + 1 : 0
      before = isAhead
      placement.record(seconds: sinceChange < 6 ? 100 : isAhead ? 0.5 : 1, frozenCount: 1)
    }
    #expect(placement.choice?.inLineSeconds == 1)
    #expect(placement.choice?.aheadSeconds == 0.5)
    #expect(placement.runsAhead)
  }

  // A layer freezes every 25 iterations, and with each an iteration costs a quarter less.
  @Test(arguments: [(1.1, false), (0.9, true)])
  func `layers that freeze during a trial favour neither place`(ahead: Double, isChosen: Bool) {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 40)
    func cost(_ iteration: Int) -> Double {
      (0..<iteration / 25).reduce(1) { cost, _ in cost * 0.75 }
    }
    _ = record(
      &placement,
      80,
      seconds: { cost($0) * ($1 ? ahead : 1) },
      frozenCount: { 1 + $0 / 25 }
    )
    #expect(placement.choice?.runsAhead == isChosen)
    #expect(placement.runsAhead == isChosen)
  }

  // What is kept is full from iteration 18 on, in the first pair's second block.
  @Test(arguments: [(1.1, false), (0.9, true)])
  func `features that begin to be read favour neither place`(ahead: Double, isChosen: Bool) {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 40)
    _ = record(
      &placement,
      80,
      seconds: { ($0 < 18 ? 1 : 0.4) * ($1 ? ahead : 1) },
      frozenCount: { _ in 1 },
      isReading: { $0 >= 18 }
    )
    #expect(placement.choice?.runsAhead == isChosen)
  }

  @Test(arguments: [(1.01, false), (0.99, true)])
  func `iterations that get faster for no reason that is known favour neither place`(
    ahead: Double,
    isChosen: Bool
  ) {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 40)
    _ = record(
      &placement,
      35,
      seconds: { (1 - 0.005 * Double($0)) * ($1 ? ahead : 1) },
      frozenCount: { _ in 1 }
    )
    #expect(placement.choice?.runsAhead == isChosen)
  }

  @Test
  func `where conditions change faster than can be compared the trial ends as it was before`() {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 1000)
    let decisions = record(
      &placement,
      200,
      seconds: { $1 ? 0.5 : 1 },
      frozenCount: { 1 + $0 / 12 }
    )
    #expect(placement.choice == nil)
    #expect(!decisions[102...].contains(true))
  }
}

/// Where the prefix runs makes no difference to what comes out.
struct PrefixAheadTests {
  @Test(arguments: Family.allCases)
  func `a run whose prefix runs ahead ends as one whose prefix runs in line`(family: Family) throws
  {
    var configuration = tinyConfiguration(family)
    configuration.epochs = 12
    let inLine = try tinyTrainer(configuration)
    try inLine.run()
    let ahead = try tinyTrainer(configuration)
    try ahead.run { event in
      // From the second iteration on, whatever was found.
      if case .iteration = event { ahead.pipeline.place(ahead: true) }
    }
    #expect(try ahead.bits() == inLine.bits())
    #expect(ahead.timelessRecords == inLine.timelessRecords)
  }

  // The number of threads is the process's.
  @Test
  func `a run tells that it has no core to spare`() async {
    await #expect(processExitsWith: .success) {
      let coreCount = ProcessInfo.processInfo.activeProcessorCount
      try Runtime.setThreadCount(coreCount)
      let without = try tinyTrainer(tinyConfiguration())
      try #require(without.lacksCoreToSpare)
      guard coreCount > 1 else { return }
      try Runtime.setThreadCount(coreCount - 1)
      let with = try tinyTrainer(tinyConfiguration())
      try #require(!with.lacksCoreToSpare)
    }
  }
}
