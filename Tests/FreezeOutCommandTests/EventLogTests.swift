import Foundation
import FreezeOut
import TensorBoard
import Testing
import Training

@testable import FreezeOutCommand

/// The files that TensorBoard reads, as runs leave them.
struct EventLogTests {
  /// The event files of a folder.
  private func names(_ folder: TemporaryFolder, _ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file(run).path)
      .filter { $0.contains("tfevents") }
  }

  /// The events of the one file of a run.
  private func events(_ folder: TemporaryFolder, _ run: String) throws -> [Event] {
    let names = try names(folder, run)
    #expect(names.count == 1, "\(names)")
    return try names.flatMap { try Event.events(in: folder.contents("\(run)/\($0)")) }
  }

  /// Events without what the clock decides: the tags of durations have the word in their names.
  private func timeless(_ events: [Event]) -> [Event] {
    events.map { event in
      var event = event
      event.wallSeconds = 0
      if case .scalars(let scalars) = event.content {
        event.content = .scalars(
          scalars.map { $0.tag.contains("second") ? Scalar($0.tag, 0) : $0 }
        )
      }
      return event
    }
  }

  /// A run that is killed when its folder is as awaited.
  private func killed(
    _ arguments: [String],
    in folder: TemporaryFolder,
    when isTime: () -> Bool
  ) throws {
    let running = try Program.start(arguments + ["--output", "cut"], in: folder)
    while running.process.isRunning, !isTime() { usleep(1_000) }
    kill(running.process.processIdentifier, SIGKILL)
    try #require(running.wait().status == SIGKILL, "the run was over before it was killed")
  }

  @Test
  func `a run leaves one file with its row, every curve and every layer's rate`() throws {
    let folder = try TemporaryFolder()
    let arguments = try tinyRun(validate: "validation") + ["--output", "run"]
    let outcome = try Program.run(arguments, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let events = try events(folder, "run")
    #expect(events.first?.content == .beginning(writer: "freezeout"))
    #expect(events.last?.content == .sessionEnd(.success) && events.last?.step == 16)
    #expect(events.map(\.step) == events.map(\.step).sorted())
    #expect(events.map(\.wallSeconds) == events.map(\.wallSeconds).sorted())
    let description = try #require(RunFolder(url: folder.file("run")).readDescription())
    #expect(events.contains { $0.content == .sessionStart(description.hyperparameters) })

    var curves: [String: [Double]] = [:]
    for case .scalars(let scalars) in events.map(\.content) {
      for scalar in scalars { curves[scalar.tag, default: []].append(scalar.value) }
    }
    #expect(curves["loss/training"]?.count == 16)
    #expect(curves["loss/evaluation"]?.count == 2 && curves["seconds in all/training"]?.count == 2)
    #expect(curves["frozen layers/count"]?.count == 1 + 6 + 2)
    let layers = curves.keys.filter { $0.hasPrefix("learning rate/") }
    #expect(Set(layers) == Set(description.layers.map { "learning rate/\($0)" }))
    #expect(layers.allSatisfy { curves[$0]?.last == 0 })
    let loss = try #require(description.result?.evaluationLoss)
    #expect(curves["loss/evaluation"]?.last == Double(Float(loss)))
  }

  @Test
  func `the file of a run that was killed and resumed is that of the uninterrupted one`() throws {
    let folder = try TemporaryFolder()
    // A state within the epoch, so that the file is ahead of the last state when the run is killed.
    let arguments =
      try tinyRun(epochs: 4, validate: "validation") + ["--checkpoint-every", "5"]
    try killed(arguments, in: folder) {
      (try? folder.text("cut/metrics.jsonl"))?.contains(#""event":"epoch""#) == true
    }
    let first = try names(folder, "cut")
    try Data("mine".utf8).write(to: folder.file("cut/events.out.tfevents.1.other.1.0"))
    #expect(try Program.run(arguments + ["--output", "whole"], in: folder).status == 0)
    let rest = try Program.run(arguments + ["--output", "cut", "--resume"], in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    // Another program's file is left alone, and nothing else is left.
    try FileManager.default.removeItem(at: folder.file("cut/events.out.tfevents.1.other.1.0"))
    #expect(try names(folder, "cut") != first)
    let (cut, whole) = (try events(folder, "cut"), try events(folder, "whole"))
    #expect(timeless(cut) == timeless(whole) && cut.count > 40)
    #expect(cut.map(\.wallSeconds) == cut.map(\.wallSeconds).sorted())
  }

  @Test
  func `until a run ends the file of before stays, empty, for whoever is reading it`() throws {
    let folder = try TemporaryFolder()
    let (old, other) = (
      EventFileName(seconds: 1, host: "here", process: 1, writer: EventLog.writer).description,
      "events.out.tfevents.1.other.1.0"
    )
    for name in [old, other] { try Data("x".utf8).write(to: folder.file(name)) }
    let log = try EventLog(in: folder.url, example(), [], [])
    #expect(try folder.contents(old).isEmpty && names(folder, ".").count == 3)
    try log.end(.failure, iterations: 10)
    #expect(try names(folder, ".").count == 3)
    try log.end(.success, iterations: 10)
    #expect(try !names(folder, ".").contains(old) && names(folder, ".").count == 2)
    #expect(try folder.text(other) == "x")
  }

  @Test
  func `a file is readable while its run goes on`() throws {
    let folder = try TemporaryFolder()
    try killed(tinyRun(epochs: 4, validate: "validation"), in: folder) {
      let name = (try? names(folder, "cut"))?.first ?? ""
      let events = (try? Event.events(in: folder.contents("cut/\(name)"))) ?? []
      return events.contains { $0.step >= 8 }
    }
    let events = try events(folder, "cut")
    #expect(events.contains { $0.step >= 8 })
    #expect(!events.contains { $0.content == .sessionEnd(.success) })
  }

  @Test
  func `a run that diverges says that it failed`() throws {
    let folder = try TemporaryFolder()
    let arguments = try tinyRun(epochs: 4) + ["--learning-rate", "1e18", "--output", "run"]
    #expect(try Program.run(arguments, in: folder).status == 1)
    #expect(try events(folder, "run").last?.content == .sessionEnd(.failure))
  }

  // MARK: - What cannot be written

  private func example() throws -> RunEvents {
    try RunEvents(of: .example, schedule: RunEventsTests.schedule.get())
  }

  @Test
  func `a file that cannot be made is an error that names it`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: RunFolderError.self) {
      _ = try EventLog(in: folder.file("none"), example(), [], [])
    }
    guard case .cannotWrite(let path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path.hasPrefix(folder.file("none/events.out.tfevents.").path))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full here"))
  func `a full disk is an error that names the file`() throws {
    let full = URL(fileURLWithPath: "/dev/full")
    let log = EventLog(full, try FileHandle(forWritingTo: full), try example())
    let expected = RunFolderError.cannotWrite("/dev/full", reason: "no space left on device")
    // Nothing new, nothing to write.
    try log.update([], [], waits: true)
    #expect(throws: expected) { try log.update([], RunEventsTests.points, waits: true) }
    #expect(throws: expected) { try log.end(.success, iterations: 10) }
  }
}
