import Foundation
import Testing
import Training

@testable import FreezeOutCommand

struct ReportRunTests {
  /// A folder with a run of two epochs in `runs/one`, made once.
  private static let run = Result {
    let folder = try TemporaryFolder()
    let arguments = try tinyRun(epochs: 2, validate: "validation") + ["--output", "runs/one"]
    let outcome = try Program.run(arguments, in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  /// The same in a folder that the test may change.
  private func runs(copies: [String] = ["runs/one"]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for copy in copies {
      let target = folder.file(copy)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try FileManager.default.copyItem(at: Self.run.get().file("runs/one"), to: target)
    }
    return folder
  }

  private func edit(_ file: URL, _ change: (String) -> String) throws {
    try Data(change(String(contentsOf: file, encoding: .utf8)).utf8).write(to: file)
  }

  /// Makes `python3` a program that fails, for processes with this environment.
  private func withoutPython(_ folder: TemporaryFolder) throws -> [String: String] {
    let python = folder.file("bin/python3")
    try FileManager.default.createDirectory(
      at: python.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data("#!/bin/sh\nexit 1\n".utf8).write(to: python)
    chmod(python.path, 0o755)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return ["PATH": "\(folder.file("bin").path):\(path)"]
  }

  @Test
  func `the data behind the figures needs no Python`() throws {
    let folder = try runs()
    let outcome = try Program.run(
      ["report", "runs", "--data", "tables"],
      in: folder,
      environment: withoutPython(folder)
    )
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    #expect(
      outcome.lines[0].hasPrefix("Freezing ") || outcome.lines[0].hasPrefix("The run trained")
    )
    #expect(outcome.lines.last == "written: tables")
    let table = try folder.lines("tables/runs.csv")
    #expect(table.count == 2 && table[1].hasPrefix("one,DenseNet-BC k=4 L=10,cifar10,"))
    let error = try folder.lines("tables/error.csv")
    #expect(error[0] == "series,setting,epoch,error,runs" && error.count == 3)
    #expect(try folder.lines("tables/rates.csv").count == 1 + 7 * 41)
    #expect(!folder.listing.contains("runs/report.html"))
  }

  @Test
  func `without vl-convert there is no page, and the way to get one`() throws {
    let folder = try runs()
    let outcome = try Program.run(
      ["report", "runs"],
      in: folder,
      environment: withoutPython(folder)
    )
    #expect(outcome.status == 69)
    #expect(
      outcome.errors.contains("\nfreezeout: the charts cannot be drawn (python3 has no pip): ")
    )
    #expect(outcome.errors.contains("vl-convert-python==1.9.0.post1"))
    #expect(outcome.errors.contains("--data alone"))
    #expect(!folder.listing.contains("runs/report.html"))
  }

  private static let canRender = (try? ChartRenderer(installing: false)) != nil

  @Test(.enabled(if: canRender, "there is no vl_convert: scripts/setup --report installs it"))
  func `the page replaces the one before it, and figures go where they are asked for`() throws {
    let folder = try runs()
    try Data("old".utf8).write(to: folder.file("runs/report.html"))
    let page = try Program.run(["report", "runs"], in: folder)
    #expect(page.status == 0 && page.errors == "", "\(page.errors)")
    let html = try folder.text("runs/report.html")
    #expect(html.hasPrefix("<!doctype html>") && html.contains("vegaEmbed"))
    #expect(html.contains("<noscript><svg"))
    #expect(html.contains("<code>freezeout report runs</code>"))
    #expect(html.contains("<code>freezeout train --dataset cifar10 --model densenet --depth 10"))
    let figures = try Program.run(
      ["report", "runs", "--svg", "a", "--png", "a", "--theme", "dark"],
      in: folder
    )
    #expect(figures.status == 0, "\(figures.errors)")
    #expect(try folder.text("a/rates-dark.svg").hasPrefix("<svg"))
    #expect(try folder.contents("a/rates-dark.png").prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]))
  }

  @Test
  func `a damaged run is left out with a note where others are whole`() throws {
    let folder = try runs(copies: ["runs/one", "runs/two", "runs/three", "runs/four", "runs/five"])
    try edit(folder.file("runs/two/run.json")) { String($0.prefix(100)) }
    try edit(folder.file("runs/three/metrics.jsonl")) { "{}\n" + $0 }
    try edit(folder.file("runs/four/run.json")) {
      $0.replacingOccurrences(of: "\"iterationsPerEpoch\" : 8", with: "\"iterationsPerEpoch\" : 0")
    }
    try edit(folder.file("runs/five/metrics.jsonl")) {
      $0.replacingOccurrences(of: "\"iterations\":16,", with: "\"iterations\":\(Int.min),")
    }
    let outcome = try Program.run(["report", "runs", "--data", "tables"], in: folder)
    #expect(outcome.status == 0)
    let notes = outcome.errors.split(separator: "\n")
    #expect(notes.count == 4 && notes.allSatisfy { $0.hasPrefix("note: ") })
    #expect(outcome.errors.contains("runs/two/run.json cannot be read (it is no JSON"))
    #expect(
      outcome.errors.contains("runs/three/metrics.jsonl cannot be read (line 1: the key event")
    )
    #expect(
      outcome.errors.contains("runs/four/run.json cannot be read (an epoch has 0 iterations)")
    )
    #expect(outcome.errors.contains("runs/five/metrics.jsonl cannot be read (line "))
    #expect(
      outcome.errors.contains(
        ": epoch 2 at iteration \(Int.min) stands where epoch 2 ends, at iteration 16)"
      )
    )
    #expect(try folder.lines("tables/runs.csv").count == 2)
  }

  @Test
  func `where no run can be read the first reason is the error`() throws {
    let folder = try runs()
    try edit(folder.file("runs/one/run.json")) { _ in "[]" }
    let damaged = try Program.run(["report", "runs", "--data", "tables"], in: folder)
    #expect(damaged.status == 65 && damaged.errors.contains("runs/one/run.json cannot be read"))
    let later = try runs()
    try edit(later.file("runs/one/metrics.jsonl")) {
      $0.replacingOccurrences(of: "\"iterations\":16,", with: "\"iterations\":17,")
    }
    let beyond = try Program.run(["report", "runs", "--data", "tables"], in: later)
    #expect(beyond.status == 65 && beyond.errors.contains("epoch 2 at iteration 17 stands"))
    for (place, words) in [("bin", "there is no folder"), ("empty", "there is no run in")] {
      try FileManager.default.createDirectory(
        at: folder.file("empty"),
        withIntermediateDirectories: true
      )
      let missing = try Program.run(["report", place], in: folder)
      #expect(missing.status == 66 && missing.errors.contains(words), "\(missing.errors)")
    }
    #expect(!folder.listing.contains("tables"))
  }

  struct LostEnd: Sendable {
    var name: String
    /// What is left of the log.
    var rest: @Sendable (String) -> String
    var reason: String
  }

  static let lostEnds: [LostEnd] = [
    .init(name: "empty", rest: { _ in "" }, reason: "its log ends after iteration 0 of 16)"),
    .init(
      name: "cut between lines",
      rest: { $0.split(separator: "\n").dropLast().joined(separator: "\n") + "\n" },
      reason: "its log ends after iteration 8 of 16)"
    ),
    .init(
      name: "cut within a line",
      rest: { String($0.dropLast(20)) },
      reason: ": it is cut off, and the run is finished)"
    ),
    .init(
      name: "a line missing",
      rest: { log in
        var lines = log.split(separator: "\n")
        lines.removeAll { $0.contains("\"epoch\":1,") && $0.contains("\"event\":\"epoch\"") }
        return lines.joined(separator: "\n") + "\n"
      },
      reason: ": epoch 2 at iteration 16 stands where epoch 1 ends, at iteration 8)"
    ),
  ]

  @Test(arguments: lostEnds)
  func `the log of a finished run that has lost a part is damaged, not a shorter run`(
    end: LostEnd
  ) throws {
    let folder = try runs()
    try edit(folder.file("runs/one/metrics.jsonl"), end.rest)
    let outcome = try Program.run(["report", "runs", "--data", "tables"], in: folder)
    #expect(outcome.status == 65 && outcome.output == "", "\(end.name): \(outcome)")
    #expect(
      outcome.errors.contains("runs/one/metrics.jsonl cannot be read (line ")
        && outcome.errors.contains(end.reason),
      "\(end.name): \(outcome.errors)"
    )
  }

  @Test
  func `a run that was killed is reported as far as it came`() throws {
    let folder = try runs()
    try edit(folder.file("runs/one/run.json")) {
      $0.replacingOccurrences(of: "\"status\" : \"finished\"", with: "\"status\" : \"running\"")
    }
    try edit(folder.file("runs/one/metrics.jsonl")) { text in
      let lines = text.split(separator: "\n")
      let first = lines.first { $0.contains("\"event\":\"epoch\"") } ?? ""
      return "\(first)\n\(first.prefix(30))"
    }
    let outcome = try Program.run(["report", "runs", "--data", "tables"], in: folder)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    #expect(outcome.lines[0].hasPrefix("The run is not finished: 1 of 2 epochs are done, at "))
  }

  @Test
  func `several folders are merged, each run once`() throws {
    let folder = try runs(copies: ["runs/seed-2/a", "runs/seed-10/a", "other/b"])
    let outcome = try Program.run(
      ["report", "runs", "other", "runs/seed-2", "--data", "tables"],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    let places = try folder.lines("tables/runs.csv").dropFirst().map { $0.prefix { $0 != "," } }
    #expect(places == ["runs/seed-2/a", "runs/seed-10/a", "other/b"])
    // They are copies: one sample of one seed.
    #expect(
      outcome.errors.hasSuffix(
        "seed 0, in runs/seed-2/a and runs/seed-10/a and other/b\n"
      ),
      "\(outcome.errors)"
    )
    let error = try folder.lines("tables/error.csv")
    #expect(error.count == 3 && error[2].hasSuffix(",1"), "\(error)")
  }

  @Test(arguments: [
    (["report"], "Missing expected argument '<folder> ...'"),
    (["report", ""], "'' names no folder"),
    (["report", "a", "--svg", ""], "--svg '' names nothing"),
    (["report", "a", "--theme", "blue"], "The value 'blue' is invalid"),
  ])
  func `impossible reports are refused`(arguments: [String], message: String) throws {
    let outcome = try Program.run(arguments, in: TemporaryFolder())
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
  }
}
