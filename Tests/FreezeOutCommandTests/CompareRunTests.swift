import Foundation
import Testing
import Training

@testable import FreezeOutCommand

struct CompareRunTests {
  private func arguments(_ more: [String] = [], seeds: Int = 2) throws -> [String] {
    try ["compare"] + tinyOptions(epochs: 2, validate: "validation")
      + ["--seeds", "\(seeds)", "--output", "cmp"] + more
  }

  private struct Table: Decodable {
    struct Row: Decodable {
      var arm: Arm
      var runCount: Int
      var saving: Double?
      var predictedSaving: Double?
    }
    struct Summary: Decodable {
      var rows: [Row]
      var verdict: String
    }
    var summary: Summary
    var results: [ArmResult]
  }

  @Test
  func `four arms run for every seed, and what is there is not run again`() throws {
    let folder = try TemporaryFolder()
    let first = try Program.run(arguments(seeds: 1), in: folder)
    #expect(first.status == 0, "\(first.errors)")
    for arm in Arm.allCases {
      #expect(first.output.contains("\n\(arm.name), seed 0\n"))
      #expect(folder.listing.contains("cmp/seed-0/\(arm.rawValue)/weights.safetensors"))
    }
    #expect(first.output.contains("one seed cannot tell") || first.output.contains("saved"))
    let weights = try Arm.allCases.map {
      try folder.contents("cmp/seed-0/\($0.rawValue)/weights.safetensors")
    }

    // Another seed is added; the first one's runs stay as they are.
    let second = try Program.run(arguments(["--json"]), in: folder)
    #expect(second.status == 0, "\(second.errors)")
    #expect(!second.errors.contains("seed 0\n") && second.errors.contains("seed 1\n"))
    let printed = try JSONDecoder().decode(Table.self, from: Data(second.output.utf8))
    for (arm, before) in zip(Arm.allCases, weights) {
      #expect(try folder.contents("cmp/seed-0/\(arm.rawValue)/weights.safetensors") == before)
    }
    let table = try JSONDecoder().decode(Table.self, from: folder.contents("cmp/table.json"))
    #expect(table.results.count == 8 && table.results == printed.results)
    #expect(table.summary.rows.map(\.runCount) == [2, 2, 2, 2])
    #expect(table.summary.rows.map(\.arm) == Arm.allCases)
    #expect(table.summary.rows.allSatisfy { $0.saving != nil && $0.predictedSaving != nil })
    let text = try folder.text("cmp/table.txt")
    #expect(text.replacingOccurrences(of: "\n", with: " ").contains(table.summary.verdict))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
  }

  @Test
  func `a comparison that was killed goes on, and ends with the same weights`() throws {
    let folder = try TemporaryFolder()
    let running = try Program.start(arguments(seeds: 1), in: folder)
    while !FileManager.default.fileExists(atPath: folder.file("cmp/seed-0/freezeout").path),
      running.process.isRunning
    {
      usleep(1_000)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    let rest = try Program.run(arguments(seeds: 1), in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    let whole = try TemporaryFolder()
    #expect(try Program.run(arguments(seeds: 1), in: whole).status == 0)
    // The other two arms' lengths follow from what was timed.
    for arm in [Arm.baseline, .freezeOut] {
      let file = "cmp/seed-0/\(arm.rawValue)/weights.safetensors"
      #expect(try folder.contents(file) == whole.contents(file), "\(arm)")
    }
  }

  @Test
  func `a comparison of something else is refused, as is one of nothing`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(arguments(seeds: 1), in: folder).status == 0)
    let other = try Program.run(arguments(["--t0", "0.6"], seeds: 1), in: folder)
    #expect(other.status == 64)
    #expect(other.errors.contains("holds a comparison with other settings (first freeze "))
    let baseline = try Program.run(
      ["compare", "--no-freeze-out", "--output", "x"],
      in: folder
    )
    #expect(baseline.status == 64 && baseline.errors.contains("drop --no-freeze-out"))
    let unmeasured = try Program.run(
      ["compare", "--validate", "none", "--output", "x"],
      in: folder
    )
    #expect(unmeasured.status == 64 && unmeasured.errors.contains("--validate validation or test"))
    #expect(try Program.run(["compare", "--seeds", "0"], in: folder).status == 64)
    let threads = try Program.run(arguments(["--threads", "2"], seeds: 1), in: folder)
    #expect(threads.status == 64 && threads.errors.contains("threads 1 there, 2 here"))
    let run = try Program.run(tinyRun(epochs: 2) + ["--output", "cmp"], in: folder)
    #expect(run.status == 73 && run.errors.contains("holds a comparison: give another --output"))
    try Data("{".utf8).write(to: folder.file("cmp/compare.json"))
    let damaged = try Program.run(arguments(seeds: 1), in: folder)
    #expect(damaged.status == 65 && damaged.errors.contains("cmp/compare.json cannot be read"))
    #expect(!folder.listing.contains("x"))
  }
}

struct ForeignArmTests {
  private func arguments(epochs: Int) throws -> [String] {
    try ["compare"] + tinyOptions(epochs: epochs, validate: "validation")
      + ["--seeds", "1", "--output", "cmp"]
  }

  @Test
  func `a run of other settings, or of no possible result, is not taken for an arm`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(arguments(epochs: 2), in: folder).status == 0)
    let file = folder.file("cmp/seed-0/baseline/run.json")
    let whole = try String(contentsOf: file, encoding: .utf8)
    func changed(_ old: String, _ new: String) throws -> Program.Outcome {
      try #require(whole.contains(old))
      try Data(whole.replacingOccurrences(of: old, with: new).utf8).write(to: file)
      return try Program.run(arguments(epochs: 2), in: folder)
    }
    let other = try changed("\"batchSize\" : 8", "\"batchSize\" : 9")
    #expect(other.status == 65)
    #expect(other.errors.contains("is no run of this comparison (batch size 9 there, 8 here)"))
    let impossible = try changed("\"evaluationErrorPercent\" : ", "\"evaluationErrorPercent\" : -")
    #expect(impossible.status == 65 && impossible.errors.contains("its result cannot be one"))
    // Without its description the arm goes on from its checkpoint.
    try FileManager.default.removeItem(at: file)
    for name in ["checkpoint.safetensors", "checkpoint-previous.safetensors"] {
      try Data("{".utf8).write(to: folder.file("cmp/seed-0/baseline/\(name)"))
    }
    let damaged = try Program.run(arguments(epochs: 2), in: folder)
    #expect(damaged.status == 65 && damaged.errors.contains("its checkpoint cannot be read"))
    // The shortened baseline's length follows from the times of the others.
    try FileManager.default.removeItem(at: folder.file("cmp/seed-0"))
    #expect(try Program.run(arguments(epochs: 2), in: folder).status == 0)
  }

  @Test
  func `a run's folder is no comparison's`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(tinyRun(epochs: 1) + ["--output", "cmp"], in: folder).status == 0)
    let outcome = try Program.run(arguments(epochs: 2), in: folder)
    #expect(outcome.status == 73 && outcome.errors.contains("holds a run and no comparison"))
  }
}

struct ConstantTimeRunTests {
  @Test
  func `a run at constant time says what it took beside what was predicted`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      tinyRun(epochs: 6, measures: true) + ["--const-time", "--output", "run"],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(", as 6 epochs without freezing for "))
    #expect(outcome.output.contains("; 6 epochs without freezing take "))
    #expect(outcome.lines.contains { $0.hasPrefix("predicted ") && $0.contains("took ") })
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let run = try decoder.decode(RunDescription.self, from: folder.contents("run/run.json"))
    #expect(run.iterations >= 48)
    #expect(run.prediction != nil && run.comparison?.saving != nil)
    #expect(run.result?.iterations == run.iterations)
    // The same command goes on with the length that was found, as does one that names no length.
    for arguments in [try tinyRun(epochs: 6, measures: true) + ["--const-time"], ["train"]] {
      let resumed = try Program.run(arguments + ["--resume", "--output", "run"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
    }
    let longer = try Program.run(
      tinyRun(epochs: 7, measures: true) + ["--const-time", "--resume", "--output", "run"],
      in: folder
    )
    #expect(
      longer.status == 64 && longer.errors.contains("is one of 6 epochs' time, "),
      "\(longer.errors)"
    )
    // Without --const-time 6 epochs are another run, which is said as such.
    let plain = try Program.run(
      tinyRun(epochs: 6, measures: true) + ["--resume", "--output", "run"],
      in: folder
    )
    if run.iterations > 48 {
      #expect(plain.status == 64 && plain.errors.contains("is one of 6 epochs' time, "))
      #expect(plain.errors.contains(" long, over which ") && plain.errors.contains("one of 6 has"))
    }
    // The length that was found is nothing that anyone asked for.
    let found = max(run.iterations / 8, 7)
    let stretched = try Program.run(
      tinyRun(epochs: found, measures: true) + ["--const-time", "--resume", "--output", "run"],
      in: folder
    )
    #expect(
      stretched.status == 64 && stretched.errors.contains("one of \(found) has others"),
      "\(stretched.errors)"
    )
  }

  @Test
  func `a run that was begun without constant time does not get it later`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(tinyRun(epochs: 2) + ["--output", "run"], in: folder).status == 0)
    let outcome = try Program.run(
      ["train", "--const-time", "--resume", "--output", "run"],
      in: folder
    )
    #expect(outcome.status == 64 && outcome.errors.contains("begun without --const-time"))
  }

  @Test(arguments: [
    (["--no-freeze-out"], "spends what freezing saves"), (["--no-measure"], "needs to know"),
  ])
  func `constant time of nothing is refused`(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(["train", "--const-time"] + arguments, in: folder)
    #expect(outcome.status == 64 && outcome.errors.contains(message))
    #expect(folder.listing == [])
  }

  @Test
  func `a run that keeps features says so and leaves none behind`() throws {
    let folder = try TemporaryFolder()
    let options = ["--views", "1", "--cache-features", "--measure", "--output", "run"]
    let outcome = try Program.run(
      tinyRun(epochs: 10, measures: true) + options + ["--t0", "0.3"],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("each image has 1 fixed of 162 augmentations"))
    #expect(outcome.output.contains("inputs were read in the place of"))
    #expect(!folder.listing.contains { $0.hasSuffix(".cache") })
  }

  @Test
  func `a run that is killed in its first moment keeps its plan of what to keep`() throws {
    let folder = try TemporaryFolder()
    let options = ["--views", "1", "--cache-features", "--t0", "0.3", "--output", "run"]
    let running = try Program.start(tinyRun(epochs: 10, measures: true) + options, in: folder)
    let checkpoint = folder.file("run/checkpoint.safetensors").path
    while !FileManager.default.fileExists(atPath: checkpoint), running.process.isRunning {
      usleep(200)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    let rest = try Program.run(
      tinyRun(epochs: 10, measures: true) + options + ["--resume"],
      in: folder
    )
    #expect(rest.status == 0, "\(rest.errors)")
    #expect(rest.output.contains("inputs were read in the place of"), "\(rest.output)")
  }

  @Test
  func `where a cache cannot be made a run goes on without, and says so`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("run/features-0.cache"),
      withIntermediateDirectories: true
    )
    let options = ["--views", "1", "--cache-features", "--t0", "0.3", "--output", "run"]
    let outcome = try Program.run(tinyRun(epochs: 3, measures: true) + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: no features are kept: the feature cache "))
    #expect(folder.listing.contains("run/features-0.cache"))
  }

  @Test
  func `another program's file is neither used for features nor removed`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("run"),
      withIntermediateDirectories: true
    )
    let names = ["features-0.cache", "features-1.cache", "features-mine.cache"]
    for name in names { try Data("mine".utf8).write(to: folder.file("run/\(name)")) }
    let options = ["--views", "1", "--cache-features", "--t0", "0.3", "--output", "run"]
    let outcome = try Program.run(tinyRun(epochs: 6, measures: true) + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for name in names { #expect(try folder.text("run/\(name)") == "mine") }
  }

  @Test(arguments: [
    (["--cache-features"], "use --views V"), (["--views", "0"], "0 fixed views of an image"),
    (["--views", "2", "--no-augment"], "without augmentation"),
    (["--redraw-views"], "give --views V"), (["--cache-budget", "1GB"], "give --cache-features"),
    (["--cache-features", "--no-augment", "--no-freeze-out"], "where nothing freezes"),
    (["--cache-features", "--no-augment", "--cache-budget", "none"], "'none' is invalid"),
  ])
  func `caches that cannot be are refused`(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(["train"] + arguments, in: folder)
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(folder.listing == [])
  }
}
