import Foundation
import Testing
import Training

@testable import FreezeOutCommand

struct SweepRunTests {
  private func arguments(_ more: [String] = [], seeds: Int = 1) throws -> [String] {
    try ["sweep"] + tinyRecipe(epochs: 1, validate: "validation")
      + [
        "--t0", "0.5,0.9", "--how-scale", "cubic", "--seeds", "\(seeds)", "--output", "s",
        "--no-report",
      ] + more
  }

  private struct Table: Decodable {
    struct Row: Decodable {
      var point: SweepPoint
      var runCount: Int
      var saving: Double?
      var predictedSaving: Double?
    }
    struct Summary: Decodable {
      var rows: [Row]
      var sentences: [String]
    }
    var summary: Summary
    var results: [SweepResult]
  }

  private let names = ["baseline", "cubic-scaled-t0-0.5", "cubic-scaled-t0-0.9"]

  @Test
  func `every way runs for every seed, what is there is kept, and what is asked for more is added`()
    throws
  {
    let folder = try TemporaryFolder()
    let first = try Program.run(arguments(), in: folder)
    #expect(first.status == 0, "\(first.errors)")
    let headings = first.lines.filter { $0.hasPrefix("[") }.map { $0.prefix { $0 != ";" } }
    #expect(
      headings == [
        "[1/3] baseline, seed 0", "[2/3] cubic, scaled, t0 = 0.5, seed 0",
        "[3/3] cubic, scaled, t0 = 0.9, seed 0",
      ]
    )
    let weights = try names.map { try folder.contents("s/seed-0/\($0)/weights.safetensors") }
    #expect(Set(weights).count == 3)

    let second = try Program.run(
      arguments(["--rates", "unscaled,scaled", "--json"], seeds: 2),
      in: folder
    )
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors.components(separatedBy: "\n[").count - 1 == 7)
    #expect(!second.errors.contains("] baseline, seed 0"))
    for (name, before) in zip(names, weights) {
      #expect(try folder.contents("s/seed-0/\(name)/weights.safetensors") == before)
    }
    let printed = try JSONDecoder().decode(Table.self, from: Data(second.output.utf8))
    #expect(printed.results.count == 10)
    #expect(printed.summary.rows.map(\.runCount) == [2, 2, 2, 2, 2])
    #expect(printed.summary.rows.allSatisfy { $0.saving != nil && $0.predictedSaving != nil })
    let kept = try JSONDecoder().decode(Table.self, from: folder.contents("s/table.json"))
    #expect(kept.results == printed.results)
    let text = try folder.text("s/table.txt")
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    for sentence in printed.summary.sentences {
      #expect(text.replacingOccurrences(of: "\n", with: " ").contains(sentence))
    }
  }

  @Test
  func `several at a time end with the same weights as one after the other`() throws {
    let (apart, together) = (try TemporaryFolder(), try TemporaryFolder())
    #expect(try Program.run(arguments(), in: apart).status == 0)
    let outcome = try Program.run(arguments(["--jobs", "2"]), in: together)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("3 of 3 runs to make, 2 at a time\n"))
    // What the table says of such times, who reads the runs later is told as well.
    let caution = "note: 2 runs went on at a time and slowed each other down, not all alike: "
    #expect(outcome.output.replacingOccurrences(of: "\n", with: " ").contains(caution))
    let report = try Program.run(["report", "s", "--data", "tables"], in: together)
    #expect(report.output.contains("\n\(caution)"), "\(report.output)")
    let other = try Program.run(["report", "s", "--data", "tables"], in: apart)
    #expect(other.status == 0 && !other.output.contains("at a time"), "\(other.output)")
    for name in names {
      let file = "s/seed-0/\(name)/weights.safetensors"
      #expect(try apart.contents(file) == together.contents(file), "\(name)")
      #expect(try together.text("s/seed-0/\(name).log").contains("trained 8 iterations in "))
    }
  }

  @Test(arguments: [[], ["--jobs", "2"]])
  func `a run that diverges is told, and the next ones are made`(jobs: [String]) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(arguments(["--learning-rate", "1e5"] + jobs), in: folder)
    #expect(outcome.status == 1)
    let divergences = outcome.lines.filter { $0.contains("the last good checkpoint, after ") }
    #expect(divergences.count == 3, "\(outcome.output)")
    #expect(outcome.output.contains("The baseline has no run yet"))
    #expect(
      outcome.errors == "freezeout: 3 runs of the sweep came to nothing, for the reasons above: "
        + "baseline, seed 0; cubic, scaled, t0 = 0.5, seed 0; cubic, scaled, t0 = 0.9, seed 0\n"
        || !jobs.isEmpty && outcome.errors.hasPrefix("freezeout: 3 runs of the sweep")
    )
    #expect(!folder.listing.contains { $0.hasSuffix("/weights.safetensors") })
  }

  @Test(arguments: [[], ["--jobs", "2"]])
  func `of a sweep of which one run diverges the others are made, and in the table`(jobs: [String])
    throws
  {
    let folder = try TemporaryFolder()
    // Scaled by one cubed t0, the first layer's rate makes of its weights what no square can hold.
    let outcome = try Program.run(arguments(["--t0", "1e-8,0.9"] + jobs), in: folder)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors == "freezeout: 1 run of the sweep came to nothing, for the reasons above: "
        + "cubic, scaled, t0 = 1e-08, seed 0\n"
    )
    let divergences = outcome.lines.filter { $0.contains("the last good checkpoint, after ") }
    #expect(divergences.count == 1, "\(outcome.output)")
    let table = try JSONDecoder().decode(Table.self, from: folder.contents("s/table.json"))
    #expect(
      table.summary.rows.map(\.point.name) == ["baseline", "cubic-scaled-t0-0.9"]
        && table.summary.rows.map(\.runCount) == [1, 1]
    )
    let rows = try folder.lines("s/table.txt").map { line in
      line.split(separator: " ").prefix(3).joined(separator: " ")
    }
    #expect(rows[1].hasPrefix("baseline ") && rows[2] == "cubic scaled 0.9", "\(rows)")
    #expect(
      folder.listing.filter { $0.hasSuffix("/weights.safetensors") } == [
        "s/seed-0/baseline/weights.safetensors",
        "s/seed-0/cubic-scaled-t0-0.9/weights.safetensors",
      ]
    )
  }

  @Test
  func `a sweep that did not tell how many runs went on at a time goes on with any number`() throws
  {
    let folder = try TemporaryFolder()
    #expect(try Program.run(arguments(), in: folder).status == 0)
    let file = folder.file("s/sweep.json")
    let told = try folder.text("s/sweep.json")
    let untold = told.replacing(/\s*"jobs" : 1,/, with: "")
    try #require(untold != told)
    try Data(untold.utf8).write(to: file)
    for jobs in ["1", "2"] {
      let outcome = try Program.run(arguments(["--jobs", jobs]), in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test
  func `a sweep of something else is refused, as is a value that cannot be`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(arguments(), in: folder).status == 0)
    let other = try Program.run(arguments(["--batch-size", "9"]), in: folder)
    #expect(other.status == 64)
    #expect(other.errors.contains("holds a sweep with other settings (batch size 8 there, 9 here)"))
    let several = try Program.run(arguments(["--jobs", "2"]), in: folder)
    #expect(several.status == 64 && several.errors.contains("runs at a time 1 there, 2 here"))
    let compare = try Program.run(
      ["compare", "--output", "s"] + tinyOptions(epochs: 2, validate: "validation"),
      in: folder
    )
    #expect(compare.status == 73 && compare.errors.contains("holds a sweep and no comparison"))
    let run = try Program.run(tinyRun() + ["--output", "s"], in: folder)
    #expect(run.status == 73 && run.errors.contains("holds a sweep: give another --output"))
    let before = folder.listing
    for (arguments, words) in [
      (["--t0", "0.5,1.5"], "first freeze"), (["--t0", "0.5,"], "'0.5,' is invalid"),
      (["--how-scale", "cubic,quartic"], "'cubic,quartic' is invalid"),
      (["--rates", "half"], "'half' is invalid"), (["--seeds", "0"], "use 1 to 1000"),
      (["--jobs", "0"], "use 1 to 256"), (["--no-freeze-out"], "Unknown option"),
      (["--validate", "none"], "--validate validation or test"),
      (["--only", "seed-9/baseline"], "the sweep has no run 'seed-9/baseline'"),
    ] {
      let outcome = try Program.run(self.arguments() + arguments, in: folder)
      #expect(outcome.status == 64 && outcome.errors.contains(words), "\(arguments) \(outcome)")
    }
    #expect(folder.listing == before)
    let unbegun = try Program.run(
      arguments(["--output", "n", "--only", "seed-0/baseline"]),
      in: folder
    )
    #expect(unbegun.status == 64 && unbegun.errors.contains("of a sweep that was begun"))
  }
}

struct SweepEndTests {
  private func arguments(_ more: [String]) throws -> [String] {
    try ["sweep"] + tinyRecipe(epochs: 1, validate: "validation")
      + ["--t0", "0.5", "--how-scale", "cubic", "--seeds", "1", "--output", "s"] + more
  }

  @Test
  func `a sweep ends with its page, or says why there is none`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(arguments([]), in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    // A page that is there to be made, and is not, is no reason.
    if outcome.errors.contains("note: there is no page: the charts cannot be drawn (") {
      #expect(!folder.listing.contains("s/report.html"))
    } else {
      #expect(!outcome.errors.contains("there is no page"), "\(outcome.errors)")
      #expect(outcome.output.hasSuffix("\nwith charts: s/report.html\n"))
      #expect(try folder.text("s/report.html").contains("cubic"))
    }
  }

  @Test(
    .enabled(
      if: (try? ChartRenderer(installing: false)) != nil,
      "there is no vl_convert: scripts/setup --report installs it"
    )
  )
  func `a page that cannot be written is told, and the table stands`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("s/report.html"),
      withIntermediateDirectories: true
    )
    let outcome = try Program.run(arguments([]), in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains("note: there is no page: ")
        && outcome.errors.contains("/s/report.html cannot be written ("),
      "\(outcome.errors)"
    )
    #expect(folder.listing.contains("s/table.txt"))
  }

  @Test
  func `a run that cannot be made ends the sweep with its status, and the others go on later`()
    throws
  {
    let folder = try TemporaryFolder()
    let place = folder.file("s/seed-0/cubic-scaled-t0-0.5")
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data().write(to: place)
    let ended = try Program.run(arguments(["--jobs", "2", "--no-report"]), in: folder)
    #expect(ended.status == 73)
    #expect(ended.errors.contains("freezeout: cubic, scaled, t0 = 0.5, seed 0: the folder "))
    try FileManager.default.removeItem(at: place)
    let rest = try Program.run(arguments(["--jobs", "2", "--no-report"]), in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    // What the first process said stands before what the second one did.
    let log = try folder.text("s/seed-0/cubic-scaled-t0-0.5.log")
    #expect(log.hasPrefix("freezeout: the folder ") && log.contains("trained 8 iterations in "))
  }

  @Test(.enabled(if: canMount, "no file system can be mounted here"))
  func `a read-only folder is refused before the work`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("s"),
      withIntermediateDirectories: true
    )
    let outcome = try Program.run(
      arguments([]),
      in: folder,
      shell: "exec unshare -rm sh -c 'mount --bind s s && mount -o remount,ro,bind s && cd . && "
        + "exec \"$@\"' sh \"$@\""
    )
    #expect(outcome.status == 73 && outcome.isOneLine && outcome.output == "", "\(outcome.errors)")
    #expect(outcome.errors.contains("/s (Read-only file system): give another --output"))
  }
}

struct StoppedSweepTests {
  /// Validation takes most of an epoch, so that a run is stopped long before its end.
  private func arguments(jobs: Int) throws -> [String] {
    try ["sweep"] + tinyRecipe(epochs: 3, validate: "validation")
      + ["--t0", "0.5", "--how-scale", "cubic", "--seeds", "1", "--output", "s"]
      + ["--jobs", "\(jobs)", "--no-report"]
  }

  /// Starts a sweep and waits until one of its runs has made an epoch.
  private func begun(jobs: Int, in folder: TemporaryFolder) throws -> Program.Running {
    takeSignals()
    let running = try Program.start(arguments(jobs: jobs), in: folder)
    while running.process.isRunning, try folder.metricsCount < jobs { usleep(5_000) }
    return running
  }

  @Test(arguments: [SIGINT, SIGTERM], [1, 2])
  func `a sweep that is asked to end keeps its runs' states and goes on`(signal: Int32, jobs: Int)
    throws
  {
    let folder = try TemporaryFolder()
    let running = try begun(jobs: jobs, in: folder)
    kill(running.process.processIdentifier, signal)
    let outcome = try running.wait()
    #expect(outcome.status == 128 + signal, "\(outcome.errors)")
    #expect(outcome.errors.contains("the same command goes on from there"))
    // None of its processes is left that would keep a run's folder.
    let rest = try Program.run(arguments(jobs: jobs), in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
  }

  @Test
  func `a signal to every process of a sweep lets all keep their state`() throws {
    let folder = try TemporaryFolder()
    let running = try begun(jobs: 2, in: folder)
    let said = try String(contentsOf: running.output, encoding: .utf8)
    let processes = said.split(separator: "\n").compactMap { line in
      line.split(separator: " in process ").dropFirst().first.flatMap { Int32($0) }
    }
    #expect(processes.count == 2, "\(said)")
    for process in processes + [running.process.processIdentifier] { kill(process, SIGTERM) }
    #expect(try running.wait().status == 143)
    for name in ["baseline", "cubic-scaled-t0-0.5"] {
      #expect(
        try folder.text("s/seed-0/\(name).log").contains("freezeout: stopped after iteration")
      )
    }
    let rest = try Program.run(arguments(jobs: 2), in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
  }

  @Test
  func `the processes of a sweep that was killed end too`() throws {
    let folder = try TemporaryFolder()
    let running = try begun(jobs: 2, in: folder)
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    let whole = try TemporaryFolder()
    #expect(try Program.run(arguments(jobs: 1), in: whole).status == 0)
    // They let go of their folders when they have kept their state.
    var rest = try Program.run(arguments(jobs: 2), in: folder)
    while rest.errors.contains("is in use by another run") {
      usleep(10_000)
      rest = try Program.run(arguments(jobs: 2), in: folder)
    }
    #expect(rest.status == 0, "\(rest.errors)")
    for name in ["baseline", "cubic-scaled-t0-0.5"] {
      let file = "s/seed-0/\(name)/weights.safetensors"
      #expect(try folder.contents(file) == whole.contents(file), "\(name)")
    }
    #expect(
      try folder.text("s/seed-0/baseline.log").contains("freezeout: stopped after iteration")
    )
  }
}

extension TemporaryFolder {
  /// How many of the runs of a sweep have made an epoch.
  fileprivate var metricsCount: Int {
    get throws {
      try listing.filter { $0.hasSuffix("metrics.jsonl") }.filter { try !contents($0).isEmpty }
        .count
    }
  }
}
