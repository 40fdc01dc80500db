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
  func `of a sweep it is what the sweep's own table says`() throws {
    // The baseline ends at 41 % in 42 s; t0 = 0.5 at 42 % and 12.5 % less time, t0 = 0.8 at 41.7 %.
    let found = try finding(Runs.sweep())
    #expect(
      found
        == "Of the ways that saved time, linear, unscaled, t0 = 0.8 had the least error: it saved "
        + "5.0 % of the time, at 0.7 points more error than the baseline's 41.0 %. linear, unscaled, "
        + "t0 = 0.5 saved most: 12.5 % of the time, at 1.0 points more error than the baseline's 41.0 %. "
        + "Two of the errors that differ by less than 2.3 points cannot be told apart by 2 seeds (at "
        + "95 % confidence)."
    )
    let results = try Runs.sweep().map { run in
      SweepResult(
        point: SweepPoint(freezing: run.configuration.freezing),
        seed: run.configuration.seed,
        errorPercent: try #require(run.finalError),
        trainSeconds: run.trainSeconds,
        predictedSeconds: nil,
        savingByOwnPace: nil,
        iterations: 8
      )
    }
    #expect(found == SweepSummary(results).sentences.joined(separator: " "))
  }

  @Test
  func `one seed claims nothing`() throws {
    let runs = [
      try Runs.run(Runs.configuration(nil)),
      try Runs.run(
        Runs.configuration(Runs.freezing()),
        epochSeconds: [10, 10, 10, 5],
        errors: [80, 60, 50, 39]
      ),
    ]
    #expect(
      finding(runs).hasSuffix(
        "at 1.0 points less error than the baseline's 40.0 %. One seed cannot tell this difference from "
          + "chance."
      )
    )
  }

  @Test
  func `runs that share no seed with a baseline are not held against one`() throws {
    let baseline = try Runs.run(Runs.configuration(nil))
    let frozen = try Runs.run(
      Runs.configuration(Runs.freezing(), seed: 1),
      epochSeconds: [10, 10, 5, 5],
      errors: [80, 60, 50, 39],
      paceSaving: 0.25
    )
    let settings = Report([baseline, frozen]).sections[0].experiment.settings
    #expect(settings[1].savings == [0.25] && settings[1].savingBasis == .ownPace)
    #expect(
      finding([baseline, frozen])
        == "2 runs: the least error is 39.00 %, of linear, unscaled, t0 = 0.5."
    )
  }

  @Test
  func `ways to freeze of which a seed lacks its baseline are left out, with a word`() throws {
    // Of t0 = 0.5 there is a third seed, of which the baseline has none.
    let third = try Runs.run(
      Runs.configuration(Runs.freezing(), seed: 2),
      epochSeconds: [10, 10, 1, 1],
      paceSaving: 0.45
    )
    let found = try finding(Runs.sweep() + [third])
    #expect(
      found.hasPrefix(
        "Of the ways that saved time, linear, unscaled, t0 = 0.8 had the least error: it saved 5.0 %"
      )
    )
    #expect(!found.contains("linear, unscaled, t0 = 0.5"))
    #expect(
      found.hasSuffix("1 way to freeze is left out, as not every seed of it has a baseline.")
    )
  }

  @Test
  func `durations of another machine say nothing of what was saved`() throws {
    var machine = Runs.machine
    machine.threads = 1
    let runs = try Runs.sweep()
    let slow = try Runs.run(
      Runs.configuration(nil),
      epochSeconds: [99, 99, 99, 99],
      machine: machine
    )
    #expect(
      finding([slow] + runs.dropFirst()) == "10 runs: the least error is 41.00 %, of baseline."
    )
    #expect(finding(runs + [slow]) == "11 runs: the least error is 41.00 %, of baseline.")
  }

  @Test
  func `a sweep that differs in the features that are kept has two settings at a point`() throws {
    var views = Runs.configuration(Runs.freezing())
    views.views = 2
    let runs = [
      try Runs.run(Runs.configuration(nil)), try Runs.run(Runs.configuration(Runs.freezing())),
      try Runs.run(views, errors: [80, 60, 50, 38]),
    ]
    #expect(
      finding(runs) == "3 runs: the least error is 38.00 %, of linear, unscaled, 2 views, t0 = 0.5."
    )
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
