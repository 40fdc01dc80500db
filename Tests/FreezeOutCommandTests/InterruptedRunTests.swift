import Foundation
import Reports
import Testing
import Training

@testable import FreezeOutCommand

struct InterruptedRunTests {
  /// A run of two epochs of 500 iterations.
  private func arguments() throws -> [String] {
    try tinyRun(epochs: 2) + ["--max-train-images", "4000"]
  }

  /// Starts a run, sends it a signal when its folder is as awaited, and waits for its end.
  private func stopped(
    by signal: Int32,
    _ arguments: [String],
    in folder: TemporaryFolder,
    when isTime: () -> Bool
  ) throws -> Program.Outcome {
    takeSignals()
    let running = try Program.start(arguments + ["--output", "cut"], in: folder)
    while running.process.isRunning, !isTime() { usleep(1_000) }
    kill(running.process.processIdentifier, signal)
    return try running.wait()
  }

  private func expectSameEnd(_ folder: TemporaryFolder) throws {
    #expect(
      try folder.contents("cut/weights.safetensors") == folder.contents("whole/weights.safetensors")
    )
    #expect(try folder.timelessLog("cut") == folder.timelessLog("whole"))
  }

  @Test(arguments: zip([SIGINT, SIGTERM, SIGHUP], [130, 143, 129] as [Int32]))
  func `a signal ends a run within an epoch with its state kept, and it goes on exactly`(
    signal: Int32,
    status: Int32
  ) throws {
    let folder = try TemporaryFolder()
    let often = ["--checkpoint-every", "5"]
    let stopped = try stopped(by: signal, arguments() + often, in: folder) {
      (try? RunFolder(url: folder.file("cut")).readCheckpoint().iteration) ?? 0 > 0
    }
    #expect(stopped.status == status, "\(stopped.errors)")
    #expect(stopped.errors.contains("which is kept in cut: the same command goes on from there"))
    let kept = try RunFolder(url: folder.file("cut")).readCheckpoint().iteration
    #expect(kept > 0 && stopped.errors.contains("stopped after iteration \(kept.grouped), "))
    #expect(try Program.run(arguments() + ["--output", "whole"], in: folder).status == 0)
    let rest = try Program.run(arguments() + ["--output", "cut", "--resume"], in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    try expectSameEnd(folder)
  }

  #if os(Linux)
    @Test(arguments: [SIGINT, SIGTERM])
    func `a second signal ends a run at once, while it serves the first, and it goes on exactly`(
      second: Int32
    ) throws {
      let folder = try TemporaryFolder()
      // One iteration takes long: an image of it is a whole run of others.
      let long = try tinyRun(epochs: 1) + ["--max-train-images", "1000", "--batch-size", "1000"]
      takeSignals()
      let running = try Program.start(long + ["--depth", "40", "--output", "cut"], in: folder)
      let process = running.process.processIdentifier
      while running.process.isRunning, !catches(SIGINT, process) { usleep(1_000) }
      kill(process, SIGINT)
      while running.process.isRunning, isPending(SIGINT, process) { usleep(1_000) }
      kill(process, second)
      let outcome = try running.wait()
      #expect(outcome.wasKilled && outcome.status == second, "\(outcome.errors)")
      #expect(outcome.errors == "")
      let state = try RunFolder(url: folder.file("cut")).readCheckpoint()
      #expect(state.iteration == 0)
      let rest = try Program.run(
        long + ["--depth", "40", "--output", "cut", "--resume"],
        in: folder
      )
      #expect(rest.status == 0 && folder.listing.contains("cut/weights.safetensors"))
    }

    @Test
    func `what is ignored when a run begins stays ignored, as under nohup`() throws {
      let folder = try TemporaryFolder()
      takeSignals()
      let running = try Program.start(
        arguments() + ["--output", "cut"],
        in: folder,
        shell: "trap '' HUP; exec \"$@\""
      )
      let process = running.process.processIdentifier
      while running.process.isRunning, !catches(SIGINT, process) { usleep(1_000) }
      kill(process, SIGHUP)
      #expect(try running.wait().status == 0)
    }

    /// Whether a process has a handler of a signal.
    private func catches(_ signal: Int32, _ process: Int32) -> Bool {
      isSet(signal, "SigCgt", process)
    }

    private func isPending(_ signal: Int32, _ process: Int32) -> Bool {
      isSet(signal, "ShdPnd", process) || isSet(signal, "SigPnd", process)
    }

    private func isSet(_ signal: Int32, _ mask: String, _ process: Int32) -> Bool {
      let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("\(mask):") }
      let bits = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) }
      return (bits ?? 0) >> UInt64(signal - 1) & 1 == 1
    }
  #endif

  @Test
  func `the state is kept within an epoch as often as asked for`() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(url: folder.file("cut"))
    let killed = try stopped(
      by: SIGKILL,
      arguments() + ["--checkpoint-every", "7"],
      in: folder
    ) { FileManager.default.fileExists(atPath: run.previousCheckpoint.path) }
    #expect(killed.status == SIGKILL)
    let kept = try run.readCheckpoint().iteration
    #expect(kept > 0 && kept.isMultiple(of: 7) && kept < 500)
    #expect(try Checkpoint(contentsOf: run.previousCheckpoint).iteration == kept - 7)
    #expect(try Program.run(arguments() + ["--output", "whole"], in: folder).status == 0)

    // The newest one is damaged: the one before it serves, and says so.
    var bytes = try Data(contentsOf: run.checkpoint)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: run.checkpoint)
    let rest = try Program.run(arguments() + ["--output", "cut", "--resume"], in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    #expect(rest.errors.contains("its checksum is not that of its contents"))
    #expect(rest.errors.contains("going on from the one before it, after iteration \(kept - 7)"))
    try expectSameEnd(folder)
  }

  @Test
  func `what a killed process had half written is removed, and nothing else`() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(tinyRun(epochs: 1) + ["--output", "run"], in: folder).status == 0)
    let (left, mine) = (".\(UUID().uuidString).partial", ".mine.partial")
    for name in [left, mine] { try Data("x".utf8).write(to: folder.file("run/\(name)")) }
    let rest = try Program.run(tinyRun(epochs: 1) + ["--output", "run", "--resume"], in: folder)
    #expect(rest.status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("run").path)
    #expect(!names.contains(left) && names.contains(mine))
  }

  @Test
  func `a run that diverges names the layer, the last good checkpoint and what to try`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      tinyRun(epochs: 4) + ["--learning-rate", "1e18", "--output", "run"],
      in: folder
    )
    #expect(outcome.status == 1)
    #expect(outcome.isOneLine, "\(outcome.errors)")
    let message =
      #/freezeout: the loss became (infinite|not a number) at iteration \d+, first in layer [a-z\d.]+: /#
    #expect(outcome.errors.prefixMatch(of: message) != nil, "\(outcome.errors)")
    #expect(outcome.errors.contains("try a smaller --learning-rate"), "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("; the last good checkpoint, after 0 iterations, is in run\n"))
    #expect(try RunFolder(url: folder.file("run")).readCheckpoint().iteration == 0)
  }

  @Test
  func `where steps are handed over ahead it is the same error, found before a checkpoint is kept`()
    throws
  {
    let folder = try TemporaryFolder()
    let options = try tinyRun(epochs: 4) + ["--learning-rate", "1e18", "--checkpoint-every", "1"]
    let host = try Program.run(options + ["--output", "host"], in: folder)
    let handed = options + ["--eager-steps", "--device-steps", "--output", "device"]
    let device = try Program.run(handed, in: folder)
    #expect(host.status == 1 && device.status == 1)
    let sentence = try #require(host.errors.split(separator: ":").dropFirst().first)
    #expect(sentence.contains("became") && sentence.contains("first in layer"))
    #expect(device.errors.contains(sentence), "\(device.errors), on the CPU \(host.errors)")
  }

  @Test
  func `a step that was handed over ahead is a part of what a signal leaves`() throws {
    let folder = try TemporaryFolder()
    let options = try arguments() + ["--device-steps"]
    let stopped = try stopped(by: SIGINT, options + ["--checkpoint-every", "5"], in: folder) {
      (try? RunFolder(url: folder.file("cut")).readCheckpoint().iteration) ?? 0 > 0
    }
    #expect(stopped.status == 130, "\(stopped.errors)")
    let kept = try RunFolder(url: folder.file("cut")).readCheckpoint().iteration
    #expect(kept > 0 && stopped.errors.contains("stopped after iteration \(kept.grouped), "))
    #expect(try Program.run(options + ["--output", "whole"], in: folder).status == 0)
    let rest = try Program.run(options + ["--output", "cut", "--resume"], in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    try expectSameEnd(folder)
  }

  @Test(arguments: ["0", "-3", "soon", "10x", ""])
  func `an interval that cannot be is refused`(interval: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(["train", "--checkpoint-every", interval], in: folder)
    #expect(outcome.status == 64 && outcome.errors.contains("--checkpoint-every"))
    #expect(folder.listing == [])
  }

  @Test
  func `an interval is of iterations or of time`() {
    #expect(CheckpointInterval(argument: "500") == .iterations(500))
    #expect(CheckpointInterval(argument: "1m30s") == .seconds(90))
    #expect(CheckpointInterval(argument: "0.5") == nil)
  }
}
