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
    #expect(!second.output.contains("seed 0\n") && second.output.contains("seed 1\n"))
    for (arm, before) in zip(Arm.allCases, weights) {
      #expect(try folder.contents("cmp/seed-0/\(arm.rawValue)/weights.safetensors") == before)
    }
    let table = try JSONDecoder().decode(Table.self, from: folder.contents("cmp/table.json"))
    #expect(table.results.count == 8)
    #expect(table.summary.rows.map(\.runCount) == [2, 2, 2, 2])
    #expect(table.summary.rows.map(\.arm) == Arm.allCases)
    #expect(table.summary.rows.allSatisfy { $0.saving != nil && $0.predictedSaving != nil })
    #expect(try folder.text("cmp/table.txt").contains(table.summary.verdict))
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
    #expect(other.errors.contains("holds a comparison with other settings"))
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
    try Data("{".utf8).write(to: folder.file("cmp/compare.json"))
    let damaged = try Program.run(arguments(seeds: 1), in: folder)
    #expect(damaged.status == 65 && damaged.errors.contains("cmp/compare.json cannot be read"))
    #expect(!folder.listing.contains("x"))
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
    #expect(outcome.output.contains("by measurement it will train for"))
    #expect(outcome.lines.contains { $0.hasPrefix("predicted ") && $0.contains("took ") })
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let run = try decoder.decode(RunDescription.self, from: folder.contents("run/run.json"))
    #expect(run.iterations >= 48)
    #expect(run.prediction != nil && run.comparison?.saving != nil)
    #expect(run.result?.iterations == run.iterations)
    let resumed = try Program.run(["train", "--resume", "--output", "run"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
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
