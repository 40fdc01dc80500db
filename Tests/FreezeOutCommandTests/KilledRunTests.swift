import Foundation
import Testing
import Training

@testable import FreezeOutCommand

/// Runs that are killed, at chosen calls of the system and at random moments.
struct KilledRunTests {
  /// Where in a run's writing it is killed: before the call, and a write half done. The rest of the calls
  /// leave the same on the disk as one of these.
  static let calls: [(String, String, Int)] = [
    // The first state, and `run.json`.
    ("write", ".partial", 1), ("rename", "cut/checkpoint.safetensors", 1), ("write", ".partial", 2),
    // The file for TensorBoard: as it is made, and a later part of it.
    ("write", ".partial", 3), ("rename", "tfevents", 1), ("write", "tfevents", 3),
    // The state after five iterations, call by call.
    ("write", ".partial", 4), ("link", ".partial", 1),
    ("rename", "cut/checkpoint-previous.safetensors", 1), ("unlink", ".partial", 1),
    ("rename", "cut/checkpoint.safetensors", 2),
    // A line of the log, and the weights.
    ("write", "cut/metrics.jsonl", 2), ("rename", "cut/weights.safetensors", 1),
  ]

  @Test(
    .enabled(if: Faults.library != nil, "no library of faults can be made here"),
    arguments: calls.indices
  )
  func `killed at whatever call, a run has a whole state, and goes on exactly`(index: Int) throws {
    let (call, path, number) = Self.calls[index]
    let disturbed = try DisturbedRun()
    let killed = try disturbed.run(faults: ["CALL": call, "PATH": path, "NUMBER": "\(number)"])
    #expect(killed.wasKilled && killed.status == SIGKILL && killed.errors == "", "\(killed)")
    let folder = RunFolder(url: disturbed.folder.file("cut"))
    // Before the first state has its name there is no run.
    guard folder.holdsRun else {
      return try disturbed.expectGoesOn([], "\(call) \(path) \(number)")
    }
    // At every instant under the newest one's own name: nothing has to be guessed.
    #expect(try Checkpoint(contentsOf: folder.checkpoint).iteration >= 0)
    try disturbed.expectGoesOn(["--resume"], "\(call) \(path) \(number)")
  }

  @Test(
    .enabled(if: Faults.library != nil, "no library of faults can be made here"),
    arguments: 1...2
  )
  func `with a damaged newest state a kill while the next is written leaves one that is whole`(
    step: Int
  ) throws {
    let disturbed = try DisturbedRun()
    let full = try disturbed.run(faults: [
      "CALL": "write", "PATH": ".partial", "NUMBER": "7", "ERRNO": "28",
    ])
    #expect(full.status == 74)
    let run = RunFolder(url: disturbed.folder.file("cut"))
    try Data("nonsense".utf8).write(to: run.checkpoint)
    let steps = [
      ("rename", "cut/checkpoint-previous"), ("rename", "cut/checkpoint.safetensors"),
    ]
    let (call, path) = steps[step - 1]
    let killed = try disturbed.run(
      ["--resume"],
      shell: nil,
      faults: ["CALL": call, "PATH": path, "NUMBER": "1"]
    )
    #expect(killed.wasKilled, "\(killed)")
    #expect(try run.readCheckpoint().iteration >= 8)
    try disturbed.expectGoesOn()
  }

  /// Moments from a seeded generator, in milliseconds after a run's first state can be seen.
  @Test(arguments: [1, 2])
  func `killed at random moments time and again, a run ends as one that never was`(seed: UInt64)
    throws
  {
    // Layers freeze within epochs, images are augmented, dropout drops, features are kept and read.
    let arguments =
      try tinyRun(epochs: 40, measures: true) + [
        "--max-train-images", "256", "--views", "1", "--cache-features", "--t0", "0.3",
        "--how-scale",
        "linear", "--checkpoint-every", "3",
      ]
    let disturbed = try DisturbedRun(arguments)
    let run = RunFolder(url: disturbed.folder.file("cut"))
    var state = seed
    var moved = 0
    for _ in 0..<4 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let before = run.holdsRun ? try disturbed.keptIteration : 0
      let options = run.holdsRun ? ["--resume"] : []
      let running = try Program.start(
        arguments + ["--output", "cut"] + options,
        in: disturbed.folder
      )
      // From the moment at which there is something to lose.
      while running.process.isRunning, try !isMoving(run, from: before) { usleep(500) }
      usleep(UInt32(state >> 33) % 400_000)
      kill(running.process.processIdentifier, SIGKILL)
      guard try running.wait().wasKilled else { break }
      moved += try disturbed.keptIteration > before ? 1 : 0
    }
    #expect(moved > 0, "no run was killed within its training")
    try disturbed.expectGoesOn()
  }

  private func isMoving(_ run: RunFolder, from iteration: Int) throws -> Bool {
    guard run.holdsRun, let state = try? Checkpoint(contentsOf: run.checkpoint) else {
      return false
    }
    return state.iteration > iteration
  }
}
