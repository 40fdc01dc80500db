import Foundation
import Testing

@testable import FreezeOutCommand
@testable import Training

/// Folders, data and states that cannot be used: `docs/runs.md` has a row for each.
struct UnusableFolderTests {
  @Test(.enabled(if: canMount, "no file system can be mounted here"))
  func
    `a read-only output folder is refused before the work, and a run in it goes on when it is not`()
    throws
  {
    let disturbed = try DisturbedRun()
    #expect(try disturbed.run().status == 0)
    for (place, options) in [("cut", ["--resume"]), ("cut/new", [])] {
      let outcome = try Program.run(
        disturbed.arguments + ["--output", place] + options,
        in: disturbed.folder,
        shell:
          "exec unshare -rm sh -c 'mount --bind cut cut && mount -o remount,ro,bind cut && cd . && "
          + "exec \"$@\"' sh \"$@\""
      )
      #expect(
        outcome.status == 73 && outcome.isOneLine && outcome.output == "",
        "\(outcome.errors)"
      )
      #expect(outcome.errors.contains("/cut (Read-only file system): give another --output"))
    }
    try disturbed.expectGoesOn()
  }

  @Test
  func `a second process in a run's folder is refused, and the first goes on undisturbed`() throws {
    let disturbed = try DisturbedRun(tinyRun(epochs: 2) + ["--max-train-images", "4000"])
    let first = try Program.start(disturbed.arguments + ["--output", "cut"], in: disturbed.folder)
    let run = RunFolder(url: disturbed.folder.file("cut"))
    while !FileManager.default.fileExists(atPath: run.description.path), first.process.isRunning {
      usleep(1_000)
    }
    let second = try disturbed.run(["--resume"])
    #expect(second.status == 73 && second.isOneLine, "\(second.errors)")
    #expect(
      second.errors.hasSuffix(
        "/cut is in use by another run: wait for its end, or give another --output\n"
      )
    )
    #expect(first.process.isRunning, "the first was over before the second began")
    #expect(try first.wait().status == 0)
    try disturbed.expectSameEnd()
  }

  // MARK: - Data

  /// A data folder of links to the files of another.
  private func linkedData(in folder: TemporaryFolder) throws -> (path: String, file: URL) {
    let from = URL(fileURLWithPath: try NoiseData.folder.get())
      .appendingPathComponent("cifar-10-batches-bin")
    let to = folder.file("data/cifar-10-batches-bin")
    try FileManager.default.createDirectory(at: to, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: from.path) {
      try FileManager.default.createSymbolicLink(
        at: to.appendingPathComponent(name),
        withDestinationURL: from.appendingPathComponent(name)
      )
    }
    return ("data", to.appendingPathComponent("data_batch_3.bin"))
  }

  @Test
  func `a data file that has vanished or is cut short is named, before a run and when it goes on`()
    throws
  {
    let disturbed = try DisturbedRun()
    let (path, file) = try linkedData(in: disturbed.folder)
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: file.path)
    let data = ["--data", path]
    func expectRefused(_ options: [String]) throws {
      try FileManager.default.removeItem(at: file)
      let missing = try disturbed.run(data + options)
      #expect(missing.status == 66 && missing.isOneLine, "\(missing.errors)")
      #expect(
        missing.errors.hasSuffix(
          "/data_batch_3.bin is missing (no such file): put the file there, or give another data folder\n"
        )
      )
      try Data(repeating: 0, count: 5_000).write(to: file)
      let short = try disturbed.run(data + options)
      #expect(short.status == 65 && short.isOneLine, "\(short.errors)")
      #expect(
        short.errors.contains(
          "/data_batch_3.bin ends at byte offset 5000, and its records take 30730000"
        )
      )
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: target)
    }
    try expectRefused([])
    #expect(!FileManager.default.fileExists(atPath: disturbed.folder.file("cut").path))
    let stopped = try Program.start(
      disturbed.arguments + data + ["--epochs", "50", "--output", "cut"],
      in: disturbed.folder
    )
    stopped.process.interruptAfterCheckpoint(in: disturbed.folder.file("cut"))
    _ = try stopped.wait()
    let kept = try disturbed.keptIteration
    try expectRefused(["--epochs", "50", "--resume"])
    #expect(try disturbed.keptIteration == kept)
    let rest = try disturbed.run(data + ["--epochs", "50", "--resume"])
    #expect(rest.status == 0, "\(rest.errors)")
    let whole = try WholeRun.of(disturbed.arguments + ["--epochs", "50"])
    #expect(try disturbed.folder.contents("cut/weights.safetensors") == whole.weights)
  }

  @Test
  func `data files that vanish while a run goes on are not missed`() throws {
    let disturbed = try DisturbedRun(tinyRun() + ["--max-train-images", "4000"])
    let (path, file) = try linkedData(in: disturbed.folder)
    let running = try Program.start(
      disturbed.arguments + ["--data", path, "--output", "cut"],
      in: disturbed.folder
    )
    let run = RunFolder(url: disturbed.folder.file("cut"))
    while !FileManager.default.fileExists(atPath: run.metrics.path), running.process.isRunning {
      usleep(1_000)
    }
    try FileManager.default.removeItem(at: file.deletingLastPathComponent())
    let outcome = try running.wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    try disturbed.expectSameEnd()
  }

  // MARK: - States

  private static let damages: [(String, @Sendable (inout Data) -> Void)] = [
    ("a bit of a weight", { $0[$0.count - 5] ^= 4 }),
    ("a bit of the header", { $0[300] ^= 1 }),
    ("cut short", { $0 = $0.prefix($0.count / 2) }),
    ("empty", { $0 = Data() }),
    ("something else", { $0 = Data("nonsense".utf8) }),
  ]

  @Test(arguments: damages.indices)
  func `a damaged state gives way to the one before it, and two leave the folder as it is`(
    index: Int
  ) throws {
    let (label, damage) = Self.damages[index]
    let disturbed = try DisturbedRun()
    #expect(try disturbed.run().status == 0)
    let run = RunFolder(url: disturbed.folder.file("cut"))
    func damageFile(_ file: URL) throws {
      var bytes = try Data(contentsOf: file)
      damage(&bytes)
      try bytes.write(to: file)
    }
    try damageFile(run.checkpoint)
    let damaged = try Data(contentsOf: run.checkpoint)
    let rest = try disturbed.run(["--resume"])
    #expect(rest.status == 0, "\(label): \(rest.errors)")
    #expect(
      rest.errors.hasPrefix("note: ") && rest.errors.filter { $0 == "\n" }.count == 1,
      "\(label)"
    )
    #expect(
      rest.errors.hasSuffix("going on from the one before it, after iteration 13\n"),
      "\(rest.errors)"
    )
    // Were it left, the next state would put it in the place of the only one that is whole.
    #expect(try Data(contentsOf: run.damagedCheckpoint) == damaged)
    try disturbed.expectSameEnd(label)

    try damageFile(run.checkpoint)
    try damageFile(run.previousCheckpoint)
    let before = try [run.checkpoint, run.previousCheckpoint].map { try Data(contentsOf: $0) }
    let refused = try disturbed.run(["--resume"])
    #expect(refused.status == 65 && refused.isOneLine, "\(label): \(refused.errors)")
    #expect(refused.errors.contains("cut/checkpoint.safetensors"), "\(refused.errors)")
    #expect(
      try [run.checkpoint, run.previousCheckpoint].map { try Data(contentsOf: $0) } == before
    )
  }

  @Test
  func `a state of a newer program is refused, and not passed over for an older one`() throws {
    let disturbed = try DisturbedRun()
    #expect(try disturbed.run().status == 0)
    let run = RunFolder(url: disturbed.folder.file("cut"))
    var bytes = try Data(contentsOf: run.checkpoint)
    let version = try #require(bytes.range(of: Data(#"\"version\":1"#.utf8)))
    bytes.replaceSubrange(version, with: Data(#"\"version\":2"#.utf8))
    let digest = try #require(bytes.range(of: Data("\"\(FileSeal.key)\":\"".utf8))).upperBound
    bytes.replaceSubrange(digest..<digest + 64, with: FileSeal.blank.utf8)
    try FileSeal.sealed(bytes).write(to: run.checkpoint)
    let refused = try disturbed.run(["--resume"])
    #expect(refused.status == 65 && refused.isOneLine, "\(refused.errors)")
    #expect(
      refused.errors.contains("its format has the version 2, and this freezeout reads version 1")
    )
    #expect(try Data(contentsOf: run.checkpoint) == FileSeal.sealed(bytes))
  }

  @Test
  func `another number of epochs is refused, with why, and the run goes on without it`() throws {
    let disturbed = try DisturbedRun()
    #expect(try disturbed.run().status == 0)
    for options in [["--epochs", "20"], ["--epochs", "1"]] {
      let refused = try disturbed.run(["--resume"] + options)
      #expect(refused.status == 64)
      #expect(
        refused.errors
          == "freezeout: the run to resume is one of 2 epochs, over which its rates and freezes are spread: "
          + "one of \(options[1]) has others from the first iteration on, so that it cannot go on from here; "
          + "drop --epochs, or start anew with another --output\n"
      )
    }
    let more = try disturbed.run(["--resume", "--epochs", "20", "--seed", "3"])
    #expect(
      more.status == 64 && more.errors.contains("epochs 2 there, 20 here; seed 0 there, 3 here")
    )
    try disturbed.expectGoesOn()
  }
}

extension Process {
  /// Sends an interrupt when the run in a folder has a second state.
  func interruptAfterCheckpoint(in folder: URL) {
    let run = RunFolder(url: folder)
    while !FileManager.default.fileExists(atPath: run.previousCheckpoint.path), isRunning {
      usleep(1_000)
    }
    kill(processIdentifier, SIGINT)
  }
}
