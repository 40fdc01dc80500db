import FreezeOut
import Testing
import Training

@testable import Reports

/// Runs of one seed are the same to the last bit on one machine: they are no second sample.
struct RepeatedSeedTests {
  private func placed(_ runs: [ReportedRun], in folder: String) -> [ReportedRun] {
    runs.map { run in
      var run = run
      run.place = "\(folder)/\(run.place)"
      return run
    }
  }

  private func comparison() throws -> [ReportedRun] {
    try (0..<3).flatMap { index -> [ReportedRun] in
      let (seed, noise) = (UInt64(index), Double(index))
      return [
        try Runs.run(
          Runs.configuration(nil, seed: seed),
          errors: [80, 60, 50, 40 + noise],
          place: "seed-\(index)/baseline"
        ),
        try Runs.run(
          Runs.configuration(Runs.freezing(), seed: seed),
          epochSeconds: [10, 10, 5, 5],
          errors: [80, 60, 50, 41 - noise],
          place: "seed-\(index)/freezeout"
        ),
        try Runs.run(
          Runs.configuration(nil, seed: seed, epochs: 3),
          epochSeconds: [10, 10, 10],
          errors: [80, 60, 50 + noise],
          place: "seed-\(index)/baseline-shortened"
        ),
      ]
    }
  }

  @Test
  func `runs that were made twice are worth no more than once`() throws {
    for runs in try [Runs.sweep(), comparison()] {
      let once = Report(runs)
      let twice = Report(placed(runs, in: "a") + placed(runs, in: "b"))
      #expect(twice.finding == once.finding)
      let (one, two) = (once.sections[0].experiment, twice.sections[0].experiment)
      #expect(one.settings.map(\.label) == two.settings.map(\.label))
      #expect(one.settings.map(\.errors) == two.settings.map(\.errors))
      #expect(one.settings.map(\.savings) == two.settings.map(\.savings))
      #expect(one.settings.map(\.seconds) == two.settings.map(\.seconds))
      for name in ["frontier", "error", "error-by-time", "loss"] {
        let (first, second) = try (
          #require(once.figures.first { $0.name == name }),
          #require(twice.figures.first { $0.name == name })
        )
        #expect(second.caption == first.caption)
        for (table, other) in zip(first.tables, second.tables) where table.name != "runs" {
          #expect(other.csv == table.csv, "\(name), \(table.name)")
        }
      }
      #expect(once.notes.isEmpty && twice.notes.count == 1)
    }
  }

  @Test
  func `every run has a line of its own in the chart of seconds, also where a seed was run twice`()
    throws
  {
    for runs in try [Runs.sweep(), comparison()] {
      let (once, twice) = (Report(runs), Report(placed(runs, in: "a") + placed(runs, in: "b")))
      let names = once.figures.map(\.name).filter { $0.hasPrefix("seconds-") }
      #expect(names.count == once.sections[0].experiment.settings.count)
      for name in names {
        let (first, second) = try (
          #require(once.figures.first { $0.name == name }),
          #require(twice.figures.first { $0.name == name })
        )
        #expect(second.caption == first.caption)
        #expect(second.caption.contains("Measured: a line for each run."))
        // The chart tells lines apart by the column "run", and each goes on to the right only.
        #expect(try second.specification(.light).sortedJSON().contains("\"field\":\"run\""))
        let lines = Dictionary(grouping: second.tables[0].rows) { $0[1] }
        #expect(lines.count == 2 * Set(first.tables[0].rows.map { $0[1] }).count, "\(name)")
        for line in lines.values {
          let epochs = line.map { row in if case .number(let epoch) = row[3] { epoch } else { -1.0 }
          }
          #expect(epochs == epochs.sorted() && Set(epochs).count == epochs.count, "\(name)")
        }
        #expect(second.tables[1].csv == first.tables[1].csv)
      }
    }
  }

  @Test
  func `a single seed that was run twice has no mean of seeds, and two lines of seconds`() throws {
    let run = try Runs.run(Runs.configuration(nil))
    let figures = Report(placed([run], in: "a") + placed([run], in: "b")).figures
    let error = try #require(figures.first { $0.name == "error" })
    #expect(!error.caption.contains("the seeds"))
    let seconds = try #require(figures.first { $0.name == "seconds" })
    #expect(seconds.caption.contains("a line for each run"))
  }

  @Test
  func `a note says which seeds and where`() throws {
    let runs = try [
      Runs.run(Runs.configuration(nil), place: "compare/seed-0/baseline"),
      Runs.run(Runs.configuration(nil), errors: [80, 60, 50, 42], place: "sweep/seed-0/baseline"),
      Runs.run(
        Runs.configuration(nil, seed: 1),
        errors: [80, 60, 50, 43],
        place: "sweep/seed-1/baseline"
      ),
    ]
    let report = Report(runs, notes: ["another"])
    #expect(
      report.notes == [
        "another",
        "DenseNet-BC k=4 L=10 on cifar10: a seed was run more than once, and counts once, by the mean: "
          + "baseline, seed 0, in compare/seed-0/baseline and sweep/seed-0/baseline",
      ]
    )
    #expect(report.sections[0].experiment.settings[0].errors == [41, 43])
    let note =
      try Report(placed(Runs.sweep(), in: "a") + placed(Runs.sweep(), in: "b")).notes.first ?? ""
    #expect(note.contains(": 10 seeds were run more than once, and count once, by the mean: "))
    #expect(note.hasSuffix("; and 6 more"))
  }

  @Test
  func `of a seed that did not come to its end once, the run that did is the one that counts`()
    throws
  {
    let runs = try [
      Runs.run(Runs.configuration(nil), errors: [81], isFinished: false, place: "a/baseline"),
      Runs.run(Runs.configuration(nil), place: "b/baseline"),
    ]
    let report = Report(runs)
    #expect(report.notes.isEmpty && report.sections[0].experiment.settings[0].errors == [40])
    let error = try #require(report.figures.first { $0.name == "error" })
    #expect(error.tables[0].rows.count == 4 && error.tables[0].rows[0][3] == .number(80))
  }

  @Test
  func `a comparison with a baseline from a slower machine has no verdict on time`() throws {
    var machine = Runs.machine
    machine.threads = 1
    let slow = try Runs.run(
      Runs.configuration(nil),
      epochSeconds: [99, 99, 99, 99],
      machine: machine
    )
    #expect(try Report(comparison()).finding.hasPrefix("Freezing saved 25.0 % of the time"))
    #expect(
      try Report([slow] + comparison()).finding
        == "10 runs: the least error is 40.00 %, of linear, unscaled, t0 = 0.5."
    )
  }

  @Test
  func `a comparison's runs are held against the baseline of its own series`() throws {
    let longer = try (0..<3).map { index in
      try Runs.run(
        Runs.configuration(nil, seed: UInt64(index)),
        epochSeconds: [20, 20, 20, 20],
        place: "sweep/seed-\(index)/baseline"
      )
    }
    let runs = try placed(comparison(), in: "compare")
    for runs in [longer + runs, runs + longer] {
      #expect(Report(runs).finding.hasPrefix("Freezing saved 25.0 % of the time (+-0.0, 95 %)"))
    }
  }

  @Test
  func `a run is held against the baseline of its own series`() throws {
    let frozen = try Runs.run(
      Runs.configuration(Runs.freezing()),
      epochSeconds: [10, 10, 5, 5],
      place: "runs/sweep/seed-0/linear"
    )
    // 40 s elsewhere, 60 s in the same series.
    let baselines = try [
      Runs.run(Runs.configuration(nil), place: "runs/compare/seed-0/baseline"),
      Runs.run(
        Runs.configuration(nil),
        epochSeconds: [15, 15, 15, 15],
        place: "runs/sweep/seed-0/baseline"
      ),
    ]
    func saving(_ runs: [ReportedRun]) throws -> Double {
      try #require(
        Experiment.all(of: runs)[0].settings.first { $0.kind == .freezing }?.savings.first
      )
    }
    #expect(try saving(baselines + [frozen]) == 0.5)
    #expect(try saving(baselines.reversed() + [frozen]) == 0.5)
    #expect(try saving([baselines[0], frozen]) == 0.25)
    // The sentence over the table says the same: not of 50 s, the mean of both.
    for runs in [baselines + [frozen], baselines.reversed() + [frozen]] {
      #expect(
        Report(runs).finding.hasPrefix("linear, unscaled, t0 = 0.5 saved 50.0 % of the time, at ")
      )
    }
  }
}
