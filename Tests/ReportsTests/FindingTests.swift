import FreezeOut
import Testing
import Training

@testable import Reports

struct FindingTests {
  private func finding(_ runs: [ReportedRun]) -> String { Report(runs).finding }

  @Test
  func `of one run it is what was saved, the error, and what was predicted`() throws {
    let prediction = RunPrediction(epochSeconds: [8], baselineEpochSeconds: [10])
    let frozen = try Runs.run(
      Runs.configuration(Runs.freezing()),
      paceSaving: 0.1875,
      prediction: prediction
    )
    #expect(
      finding([frozen])
        == "Freezing saved 18.8 % of the training time by the run's own pace and ended "
        + "at 40.00 % error; 20.0 % was predicted."
    )
    #expect(
      try finding([Runs.run(Runs.configuration(nil))])
        == "The baseline, in which nothing freezes, trained for 40.0 s and ended at 40.00 % error."
    )
    #expect(
      try finding([Runs.run(Runs.configuration(nil), errors: [80, 60], isFinished: false)])
        == "The run is not finished: 2 of 4 epochs are done, at 60.00 % error."
    )
  }

  @Test
  func `of a sweep it is the setting that saves most as good as the baseline`() throws {
    // The baseline ends at 41 +- 1.41; all settings within it, those with t0 = 0.5 at 12.5 % less time.
    #expect(
      try finding(Runs.sweep()) == "Of 4 settings that freeze, 4 end within the baseline's "
        + "41.00 +- 1.41 %; of these saved most: linear, unscaled, t0 = 0.5, which saved 12.5 % of the "
        + "training time at 42.00 % error."
    )
  }

  @Test
  func `where no setting is as good as the baseline it says so`() throws {
    let runs = try (0..<3).flatMap { seed -> [ReportedRun] in
      let seed = UInt64(seed)
      return [
        try Runs.run(Runs.configuration(nil, seed: seed)),
        try Runs.run(Runs.configuration(Runs.freezing(), seed: seed), errors: [80, 60, 50, 45]),
        try Runs.run(Runs.configuration(Runs.freezing(0.8), seed: seed), errors: [80, 60, 50, 44]),
      ]
    }
    #expect(
      finding(runs)
        == "Of 2 settings that freeze, none ends within the baseline's 40.00 +- 0.00 %; the "
        + "nearest, linear, unscaled, t0 = 0.8, saved 0.0 % of the training time at 44.00 % error."
    )
  }

  @Test
  func `one seed claims nothing`() throws {
    let runs = [
      try Runs.run(Runs.configuration(nil)),
      try Runs.run(Runs.configuration(Runs.freezing()), errors: [80, 60, 50, 39]),
    ]
    #expect(finding(runs).hasSuffix("one seed of it, which cannot tell that from chance."))
  }

  @Test
  func `of a comparison it is the comparison's own verdict`() throws {
    let runs = try (0..<3).flatMap { seed -> [ReportedRun] in
      let seed = UInt64(seed)
      return [
        try Runs.run(Runs.configuration(nil, seed: seed)),
        try Runs.run(
          Runs.configuration(Runs.freezing(), seed: seed),
          epochSeconds: [10, 10, 5, 5]
        ),
        try Runs.run(
          Runs.configuration(nil, seed: seed, epochs: 3),
          epochSeconds: [10, 10, 10],
          errors: [80, 60, 50]
        ),
      ]
    }
    #expect(
      finding(runs).hasPrefix(
        "Freezing saved 25.0 % of the time (+-0.0, 95 %) and ended at 10.0 points"
      )
    )
    #expect(finding(runs).hasSuffix("it was worth it here."))
  }
}
