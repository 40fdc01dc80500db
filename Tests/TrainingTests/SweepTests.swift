import FreezeOut
import Models
import Testing

@testable import Training

struct SweepGridTests {
  @Test(arguments: [
    [], [0], [0, 1], [0, 2, 1], [0, 3, 1, 2], [0, 4, 2, 1, 3], [0, 8, 4, 2, 6, 1, 3, 5, 7],
  ])
  func `values run from the outermost to those between`(order: [Int]) {
    #expect(SweepGrid.coarseToFine(order.count) == order)
  }

  @Test
  func `each first freeze runs with every strategy before the next one, whatever was typed`() {
    let grid = SweepGrid(
      growths: [.linear, .cubic, .linear],
      firstFreezes: [0.9, 0.5, 0.7, 0.5],
      scalings: [true]
    )
    #expect(
      grid.points.map(\.name) == [
        "linear-scaled-t0-0.5", "cubic-scaled-t0-0.5", "linear-scaled-t0-0.9",
        "cubic-scaled-t0-0.9", "linear-scaled-t0-0.7", "cubic-scaled-t0-0.7",
      ]
    )
    #expect(grid.points[1].title == "cubic, scaled, t0 = 0.5")
  }

  @Test
  func `the baseline is first for one seed and in the middle for the next`() {
    let grid = SweepGrid(growths: [.cubic], firstFreezes: [0.5, 0.9], scalings: [true, false])
    let places = (0..<4).map { grid.points(ofSeed: $0).firstIndex(of: .baseline) }
    #expect(places == [0, 2, 0, 2])
    #expect(Set(grid.points(ofSeed: 1)).count == 5)
    #expect(grid.points(ofSeed: 1).map(\.name).contains("cubic-unscaled-t0-0.9"))
  }

  @Test
  func
    `a baseline keeps no features and draws fresh augmentations, the others do as they are told`()
  {
    var configuration = RunConfiguration(architecture: .vgg(VGG(.a)), dataset: "cifar10")
    (configuration.views, configuration.redrawsViews) = (2, true)
    configuration.caching = FeatureCaching()
    let freezing = RunConfiguration.Freezing(firstFreeze: 0.3, growth: .squared)
    let frozen = configuration.configuration(of: SweepPoint(freezing: freezing), seed: 7)
    #expect(frozen.freezing == freezing && frozen.seed == 7)
    #expect(frozen.views == 2 && frozen.caching != nil)
    let baseline = configuration.configuration(of: .baseline, seed: 8)
    #expect(baseline.freezing == nil && baseline.views == nil && baseline.caching == nil)
    #expect(!baseline.redrawsViews && baseline.seed == 8)
  }
}

struct SweepSummaryTests {
  private func runs(
    _ growth: Growth?,
    _ firstFreeze: Double = 0.5,
    errors: [Double],
    seconds: [Double]
  ) -> [SweepResult] {
    zip(errors, seconds).enumerated().map { index, run in
      SweepResult(
        point: SweepPoint(freezing: growth.map { .init(firstFreeze: firstFreeze, growth: $0) }),
        seed: UInt64(index),
        errorPercent: run.0,
        trainSeconds: run.1,
        predictedSeconds: growth == nil ? 100 : 75,
        savingByOwnPace: growth == nil ? nil : 0.25,
        iterations: 10
      )
    }
  }

  @Test
  func `rows are means over the seeds, each run against the baseline of its seed`() throws {
    let summary = SweepSummary(
      runs(.cubic, 0.9, errors: [10, 12], seconds: [90, 180])
        + runs(.linear, errors: [13, 13], seconds: [80, 140])
        + runs(.cubic, 0.5, errors: [20, 22], seconds: [50, 100])
        + runs(nil, errors: [11, 11], seconds: [100, 200])
    )
    #expect(
      summary.rows.map(\.point.name) == [
        "baseline", "linear-scaled-t0-0.5", "cubic-scaled-t0-0.5", "cubic-scaled-t0-0.9",
      ]
    )
    #expect(summary.rows.map(\.errorMean) == [11, 13, 21, 11])
    #expect(summary.rows.map(\.errorDeviation) == [0, 0, 2.0.squareRoot(), 2.0.squareRoot()])
    #expect(summary.rows.map(\.secondsMean) == [150, 110, 75, 135])
    let savings = try summary.rows.map { try #require($0.saving) }
    for (saving, expected) in zip(savings, [0, 0.25, 0.5, 0.1]) {
      #expect(abs(saving - expected) < 1e-12)
    }
    #expect(summary.rows.map(\.predictedSaving) == [0, 0.25, 0.25, 0.25])
    #expect(summary.rows.map(\.savingByOwnPace) == [nil, 0.25, 0.25, 0.25])
    // The pooled variance is (0 + 0 + 2 + 2) / 4 of four degrees of freedom: 2.776 * 1 * 1.
    #expect(
      summary.sentences == [
        "Of the ways that saved time, cubic, scaled, t0 = 0.9 had the least error: it saved 10.0 % of "
          + "the time, at the same error as the baseline's 11.0 %.",
        "cubic, scaled, t0 = 0.5 saved most: 50.0 % of the time, at 10.0 points more error than the "
          + "baseline's 11.0 %.",
        "Two of the errors that differ by less than 2.78 points cannot be told apart by 2 seeds (at "
          + "95 % confidence).",
      ]
    )
  }

  @Test
  func `a saving is of seeds that have a baseline, and without one there is none`() {
    let half = SweepSummary(
      runs(nil, errors: [11], seconds: [100]) + runs(.cubic, errors: [12, 14], seconds: [80, 1])
    )
    #expect(abs((half.rows[1].saving ?? 0) - 0.2) < 1e-12 && half.rows[1].runCount == 2)
    // The two differ by the square root of 2 each from the other: 12.706 * 2^0.5 * 1.
    #expect(
      half.sentences.last
        == "Errors that differ by less than 17.97 points cannot be told apart by 2 seeds (at "
        + "95 % confidence). There is a single run of baseline."
    )
    let one = SweepSummary(
      runs(nil, errors: [11], seconds: [100]) + runs(.cubic, errors: [12], seconds: [80])
    )
    #expect(one.sentences.last?.hasPrefix("One seed cannot tell") == true)
    #expect(SweepSummary([], jobs: 2).caution?.hasPrefix("note: 2 runs went on at a time") == true)
    #expect(one.caution == nil)
    var spare = runs(.cubic, errors: [12], seconds: [80])
    spare[0].usesSpareCore = true
    #expect(
      SweepSummary(spare).caution?.contains("on a core that the baseline leaves idle") == true
    )
    let none = SweepSummary(runs(.cubic, errors: [12], seconds: [80]))
    #expect(none.rows[0].saving == nil)
    #expect(none.sentences == ["The baseline has no run yet: there is nothing to compare with."])
    let alone = SweepSummary(runs(nil, errors: [12], seconds: [80]))
    #expect(alone.sentences == ["Only the baseline has a run yet."])
  }

  @Test
  func `where nothing saved time that is said, and nothing of what was not measured`() {
    let baseline = runs(nil, errors: [12], seconds: [80])
    let slow = runs(.linear, errors: [12], seconds: [81])
    #expect(
      SweepSummary(baseline + slow).sentences
        == ["linear, scaled, t0 = 0.5 took no less time than the baseline."]
    )
    #expect(
      SweepSummary(baseline + slow + runs(.cubic, errors: [12], seconds: [80])).sentences
        == ["None of the ways to freeze took less time than the baseline."]
    )
    // Half the time, but of another seed.
    let other = runs(.cubic, errors: [12], seconds: [40]).map { run in
      var run = run
      run.seed = 9
      return run
    }
    #expect(
      SweepSummary(baseline + other).sentences
        == ["What was saved cannot be said: no seed has a run both with freezing and without."]
    )
    #expect(
      SweepSummary(baseline + slow + other).sentences == [
        "None of the ways to freeze that have a seed in common with the baseline took less time than it."
      ]
    )
  }

  @Test
  func `of a single way to freeze it is what that saved`() {
    let baseline = runs(nil, errors: [11, 11], seconds: [100, 100])
    func sentences(_ errors: [Double]) -> [String] {
      SweepSummary(baseline + runs(.cubic, errors: errors, seconds: [80, 80])).sentences
    }
    #expect(
      sentences([11, 11]) == [
        "cubic, scaled, t0 = 0.5 saved 20.0 % of the time, at the same error as the baseline's 11.0 %.",
        "Errors that differ by less than 0.0 points cannot be told apart by 2 seeds (at 95 % confidence).",
      ]
    )
    let ends = [
      (11.004, "the same error as"), (11.006, "0.01 points more error than"),
      (10.996, "the same error as"), (10.75, "0.25 points less error than"),
    ]
    for (error, words) in ends {
      #expect(
        sentences([error, error])[0].hasSuffix(", at \(words) the baseline's 11.0 %."),
        "\(error)"
      )
    }
  }

  @Test
  func `more seeds are asked for where an option gives them`() {
    let results =
      runs(nil, errors: [11], seconds: [100]) + runs(.cubic, errors: [12], seconds: [80])
    #expect(
      SweepSummary(results).sentences.last
        == "One seed cannot tell this difference from chance; use --seeds 3 or more."
    )
    #expect(
      SweepSummary(results, hasSeedsOption: false).sentences.last
        == "One seed cannot tell this difference from chance."
    )
    let more = results + runs(.linear, errors: [12], seconds: [80])
    #expect(
      SweepSummary(more, hasSeedsOption: false).sentences.last
        == "One seed cannot tell these differences from chance."
    )
  }

  @Test
  func `a saving that is known is not made of the results' own baseline`() {
    var known = runs(.cubic, errors: [12], seconds: [80])
    known[0].saving = 0.5
    let summary = SweepSummary(runs(nil, errors: [11], seconds: [100]) + known)
    #expect(summary.rows[1].saving == 0.5)
    #expect(summary.sentences[0].contains("saved 50.0 % of the time"))
  }
}
