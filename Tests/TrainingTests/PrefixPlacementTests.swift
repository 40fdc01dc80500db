import Testing

@testable import Training

struct PrefixPlacementTests {
  /// Records iterations, and tells after each whether the prefix is to run ahead.
  private func record(
    _ placement: inout PrefixPlacement,
    _ count: Int,
    seconds: (Bool) -> Double,
    frozenCount: Int
  ) -> [Bool] {
    (0..<count).map { _ in
      placement.record(seconds: seconds(placement.runsAhead), frozenCount: frozenCount)
      return placement.runsAhead
    }
  }

  private static let trial = PrefixPlacement.settlingLength + PrefixPlacement.trialLength

  @Test
  func `without a core to spare nothing is tried`() {
    var placement = PrefixPlacement(hasCoreToSpare: false, layerCount: 8)
    let ahead = record(&placement, 200, seconds: { $0 ? 0.1 : 9 }, frozenCount: 4)
    #expect(!ahead.contains(true))
    #expect(placement.choice == nil)
  }

  @Test(arguments: [(0.5, true), (2, false), (1, false)])
  func `both places are tried, and the faster one stays`(ahead: Double, isChosen: Bool) {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 8)
    #expect(!record(&placement, 50, seconds: { _ in 1 }, frozenCount: 0).contains(true))
    let decisions = record(
      &placement,
      1 + 2 * Self.trial,
      seconds: { $0 ? ahead : 1 },
      frozenCount: 1
    )
    #expect(decisions.filter { $0 }.count == Self.trial + (isChosen ? 1 : 0))
    #expect(placement.runsAhead == isChosen)
    #expect(
      placement.choice
        == .init(runsAhead: isChosen, frozenCount: 1, inLineSeconds: 1, aheadSeconds: ahead)
    )
    // It stays until a quarter of the layers has frozen since.
    _ = record(&placement, 100, seconds: { $0 ? ahead : 1 }, frozenCount: 2)
    #expect(placement.choice?.frozenCount == 1)
    _ = record(&placement, 1 + 2 * Self.trial, seconds: { $0 ? 3 : 1 }, frozenCount: 3)
    #expect(placement.choice?.frozenCount == 3)
    #expect(placement.choice?.runsAhead == false)
  }

  @Test
  func `the iterations after a change do not count`() {
    var placement = PrefixPlacement(hasCoreToSpare: true, layerCount: 8)
    var sinceChange = 0
    var before = false
    for _ in 0..<1 + 2 * Self.trial {
      let isAhead = placement.runsAhead
      sinceChange = isAhead == before ? sinceChange + 1 : 0
      before = isAhead
      let isSettling = sinceChange < PrefixPlacement.settlingLength - 1
      placement.record(seconds: isSettling ? 100 : isAhead ? 0.5 : 1, frozenCount: 1)
    }
    #expect(placement.choice?.aheadSeconds == 0.5)
    #expect(placement.runsAhead)
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
}
