import Foundation
import Testing

@testable import FreezeOutCommand

/// Whose folder it is.
struct RunFolderTests {
  @Test
  func `a reserved folder is refused to others until it is let go`() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(url: temporary.file("run"))
    var first: RunFolder? = try folder.reserved()
    #expect(throws: RunFolderError.inUse(folder.url.path)) { try folder.reserved() }
    withExtendedLifetime(first) {}
    first = nil
    _ = try folder.reserved()
  }

  @Test
  func `two runs that start at once under one name go to two folders`() throws {
    let temporary = try TemporaryFolder()
    let arguments = try tinyRun(epochs: 1)
    let runs = try (0..<2).map { _ in try Program.start(arguments, in: temporary) }
    let outcomes = try runs.map { try $0.wait() }
    #expect(outcomes.map(\.status) == [0, 0], "\(outcomes.map(\.errors))")
    let places = Set(outcomes.flatMap { $0.lines.filter { $0.hasPrefix("results in ") } })
    #expect(places.count == 2)
  }

  @Test
  func `a resumed run finds its data and its number of threads by itself`() throws {
    let temporary = try TemporaryFolder()
    let run = try tinyRun(epochs: 1) + ["--output", "run"]
    #expect(try Program.run(run, in: temporary).status == 0)
    let resumed = try Program.run(["train", "--resume", "--output", "run"], in: temporary)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let description = try #require(RunFolder(url: temporary.file("run")).readDescription())
    #expect(description.machine.threads == 1)
    #expect(try URL(fileURLWithPath: description.dataFolder).path == NoiseData.folder.get())
    let measured = try Program.run(["evaluate", "run/weights.safetensors"], in: temporary)
    #expect(measured.status == 0, "\(measured.errors)")
  }

  @Test
  func `a preset that is not the resumed run's is refused`() throws {
    let temporary = try TemporaryFolder()
    let run = try tinyRun(epochs: 1) + ["--output", "run"]
    #expect(try Program.run(run, in: temporary).status == 0)
    let resumed = try Program.run(
      ["train", "--resume", "--output", "run", "--preset", "quick"],
      in: temporary
    )
    #expect(resumed.status == 64)
    #expect(resumed.errors.contains("the run to resume had other settings"))
  }

  @Test
  func `weights are not written over what is no file`() throws {
    let temporary = try TemporaryFolder()
    let pipe = temporary.file("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    let run = try tinyRun(epochs: 1) + ["--output", "run", "--save-weights", "pipe"]
    let outcome = try Program.run(run, in: temporary)
    #expect(outcome.status == 74 && outcome.errors.contains("it is no regular file"))
    #expect(temporary.listing == ["pipe"])
  }
}
