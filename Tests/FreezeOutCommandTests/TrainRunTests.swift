import Foundation
import FreezeOut
import Models
import Reports
import Testing
import Training

@testable import FreezeOutCommand

/// `freezeout train` from the outside: what it writes, prints and refuses.
struct TrainRunTests {
  private func records(_ folder: TemporaryFolder, _ run: String) throws -> [RunRecord] {
    try folder.lines("\(run)/metrics.jsonl").map {
      try JSONDecoder().decode(RunRecord.self, from: Data($0.utf8))
    }
  }

  /// The log without what the clock decides.
  private func timeless(_ folder: TemporaryFolder, _ run: String) throws -> [RunRecord] {
    try records(folder, run).map(\.timeless)
  }

  private static let files = [
    "run", "run/checkpoint-previous.safetensors", "run/checkpoint.safetensors", "run/metrics.jsonl",
    "run/run.json",
    "run/weights.safetensors",
  ]

  @Test
  func `a run leaves its description, its log and weights that measure as its last epoch did`()
    throws
  {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      tinyRun(validate: "validation") + ["--output", "run", "--save-weights", "copy.safetensors"],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(folder.listing == ["copy.safetensors"] + Self.files)

    let description = try #require(
      RunFolder(url: folder.file("run")).readDescription()
    )
    #expect(description.status == .finished)
    #expect(abs(description.startedAt.timeIntervalSinceNow) < 3_600)
    #expect(description.network == "DenseNet-BC k=4 L=10")
    #expect(description.layers.count == 7 && description.layers.first == "conv1")
    #expect(description.parameterCount == 2_666)
    #expect(description.trainImages == 64 && description.evaluationImages == 5_000)
    #expect(description.iterationsPerEpoch == 8 && description.iterations == 16)
    #expect(description.configuration.batchSize == 8)
    #expect(description.configuration.maxTrainImages == 64)
    #expect(
      description.configuration.architecture
        == .denseNet(DenseNet(growthRate: 4, depth: 10, dropout: 0.1))
    )
    #expect(description.machine.freezeout == "0.1.0")
    #expect(description.machine.libtorch.first == "2")
    #expect(description.machine.threads == 1 && description.machine.device == "cpu")
    #expect(description.machine.processorCount >= 1 && description.machine.memoryBytes > 0)
    // Freeze times of 16 iterations: 2, 3.2, 4.7, 6.75, 9.3 and 12.3.
    #expect(description.plannedFreezes.map(\.iteration) == [3, 4, 5, 7, 10, 13])
    #expect(description.freezes.map(\.iteration) == [3, 4, 5, 7, 10, 13])
    #expect(description.plannedFreezes.map(\.layers) == description.freezes.map(\.layers))

    let records = try records(folder, "run")
    let kinds = records.map { if case .epoch(let epoch) = $0 { epoch.epoch } else { 0 } }
    #expect(kinds == [0, 0, 0, 0, 1, 0, 0, 2])
    guard case .epoch(let last) = records.last, let result = description.result else {
      Issue.record("no result")
      return
    }
    #expect(result.iterations == 16 && last.iterations == 16)
    #expect(result.evaluationErrorPercent == last.evaluationError)
    #expect(result.evaluationLoss == last.evaluationLoss && result.trainLoss == last.trainLoss)
    #expect(result.epochSeconds.count == 2)
    #expect(abs(result.epochSeconds.reduce(0, +) - result.trainSeconds) < 1e-9)
    #expect(result.peakMemoryBytes > 1_000_000)

    let error = try #require(last.evaluationError)
    let loss = try #require(last.evaluationLoss)
    let measured = try Program.run(
      [
        "evaluate", "run/weights.safetensors", "--split", "validation", "--threads", "1", "--data",
        NoiseData.folder.get(),
      ],
      in: folder
    )
    #expect(measured.status == 0, "\(measured.errors)")
    #expect(
      measured.output
        == "loss \(loss.fixed(4))  error \(error.fixed(2)) % "
        + "(\(Int((error * 50).rounded()).grouped) of 5,000 validation images)\n"
    )
    #expect(
      try folder.contents("copy.safetensors") == folder.contents("run/weights.safetensors")
    )

    // Nobody looks at a pipe: plain lines.
    #expect(!outcome.output.contains("\u{1B}") && !outcome.output.contains("\r"))
    #expect(outcome.errors == "")
    let lines = outcome.lines
    #expect(lines.first == "DenseNet-BC k=4 L=10: 7 layers, 2,666 parameters, 10 classes")
    #expect(lines.dropFirst().first?.contains("64 images to train on, 5,000 to measure by") == true)
    #expect(lines.last == "weights in run/weights.safetensors")
    #expect(lines.filter { $0.hasPrefix("epoch ") }.count == 2)
    #expect(lines.filter { $0.hasPrefix("froze ") }.count == 6)
  }

  @Test
  func `the generated data set trains without any file`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      [
        "train", "--dataset", "generated", "--max-train-images", "64", "-L", "10", "-k", "4",
        "--epochs", "1", "--validate", "none", "--no-freeze-out", "--threads", "1",
        "--output", "run",
      ],
      in: folder
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines.contains("baseline: nothing freezes"))
    #expect(folder.listing == Self.files)
    #expect(try records(folder, "run").count == 1)
  }

  @Test
  func `a folder that holds a run is refused and left as it is`() throws {
    let folder = try TemporaryFolder()
    let arguments = try tinyRun(epochs: 1) + ["--output", "run"]
    #expect(try Program.run(arguments, in: folder).status == 0)
    let before = try Self.files.dropFirst().map { try folder.contents($0) }
    let second = try Program.run(arguments, in: folder)
    #expect(second.status == 73)
    #expect(
      second.errors
        == "freezeout: \(folder.url.path)/run holds a run already: continue it with --resume, or "
        + "give another --output\n"
    )
    #expect(second.output == "")
    #expect(folder.listing == Self.files)
    #expect(try Self.files.dropFirst().map { try folder.contents($0) } == before)
  }

  @Test
  func `without --output every run gets a new folder, and --resume takes the last`() throws {
    let folder = try TemporaryFolder()
    let arguments = try tinyRun(epochs: 1) + ["--seed", "3"]
    let name = "densenet-bc-k-4-l-10-cifar10-cubic-scaled-t0-0.5-seed-3"
    #expect(try Program.run(arguments + ["--resume"], in: folder).status == 66)
    #expect(folder.listing == [])
    #expect(try Program.run(arguments, in: folder).status == 0)
    #expect(try Program.run(arguments, in: folder).status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("runs").path).sorted()
        == [name, "\(name)-2"]
    )
    #expect(
      try folder.contents("runs/\(name)/weights.safetensors")
        == folder.contents("runs/\(name)-2/weights.safetensors")
    )
    let resumed = try Program.run(arguments + ["--resume"], in: folder)
    #expect(resumed.status == 0)
    #expect(resumed.output.contains("results in runs/\(name)-2\n"))
  }

  // MARK: - Resuming

  /// Starts a run and kills it as soon as its folder `cut` is as awaited; how it ended.
  private func killed(
    _ arguments: [String],
    in folder: TemporaryFolder,
    when isTime: () -> Bool
  ) throws -> Program.Outcome {
    let running = try Program.start(arguments + ["--output", "cut"], in: folder)
    while running.process.isRunning, !isTime() { usleep(1_000) }
    kill(running.process.processIdentifier, SIGKILL)
    return try running.wait()
  }

  @Test
  func `a run that was killed and resumed is the uninterrupted one`() throws {
    let folder = try TemporaryFolder()
    // Many epochs, so that most of the run is left when the first one shows in the log.
    let arguments = try tinyRun(epochs: 12, validate: "validation")
    let killed = try killed(arguments, in: folder) {
      (try? folder.text("cut/metrics.jsonl"))?.contains(#""event":"epoch""#) == true
    }
    try #require(killed.status == SIGKILL, "the run was over before it was killed")
    #expect(!folder.listing.contains("cut/weights.safetensors"))
    let started = try #require(RunFolder(url: folder.file("cut")).readDescription()).startedAt

    let whole = try Program.run(arguments + ["--output", "whole"], in: folder)
    #expect(whole.status == 0)
    let resumed = try Program.run(
      ["train", "--resume", "--output", "cut", "--threads", "1", "--data", NoiseData.folder.get()],
      in: folder
    )
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      try folder.contents("cut/weights.safetensors") == folder.contents("whole/weights.safetensors")
    )
    #expect(try timeless(folder, "cut") == timeless(folder, "whole"))
    let description = try #require(RunFolder(url: folder.file("cut")).readDescription())
    #expect(description.status == .finished && description.startedAt == started)
    #expect(description.freezes.count == 6 && description.result?.epochSeconds.count == 12)
  }

  @Test
  func `a run that was killed in its first epoch can be resumed`() throws {
    let folder = try TemporaryFolder()
    // Of two options the last counts: an epoch of 500 iterations, and the log is there before them.
    let arguments = try tinyRun(epochs: 1) + ["--max-train-images", "4000"]
    let killed = try killed(arguments, in: folder) {
      folder.listing.contains("cut/metrics.jsonl")
    }
    try #require(killed.status == SIGKILL, "the run was over before it was killed")
    #expect(try !folder.text("cut/metrics.jsonl").contains(#""event":"epoch""#))
    #expect(try Program.run(arguments + ["--output", "whole"], in: folder).status == 0)
    let resumed = try Program.run(arguments + ["--output", "cut", "--resume"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      try folder.contents("cut/weights.safetensors") == folder.contents("whole/weights.safetensors")
    )
    #expect(try timeless(folder, "cut") == timeless(folder, "whole"))
  }

  @Test
  func `resuming a finished run trains nothing, and other settings are refused by name`() throws {
    let folder = try TemporaryFolder()
    let arguments = try tinyRun(epochs: 1) + ["--output", "run"]
    #expect(try Program.run(arguments, in: folder).status == 0)
    let (weights, log) = (
      try folder.contents("run/weights.safetensors"), try folder.contents("run/metrics.jsonl")
    )
    let again = try Program.run(arguments + ["--resume"], in: folder)
    #expect(again.status == 0)
    #expect(again.lines.contains("resumed at iteration 8"))
    #expect(!again.output.contains("epoch 1/1"))
    #expect(try folder.contents("run/weights.safetensors") == weights)
    #expect(try folder.contents("run/metrics.jsonl") == log)
    #expect(RunFolder(url: folder.file("run")).readDescription()?.status == .finished)

    let description = try folder.contents("run/run.json")
    for (options, difference) in [
      (["--epochs", "3", "--seed", "9"], "epochs 1 there, 3 here; seed 0 there, 9 here"),
      (["--seed", "9"], "seed 0 there, 9 here"),
      (["--dropout", "0.2"], "dropout 0.1 there, 0.2 here"),
    ] {
      let other = try Program.run(
        [
          "train", "--resume", "--output", "run", "--threads", "1", "--data",
          NoiseData.folder.get(),
        ] + options,
        in: folder
      )
      #expect(other.status == 64)
      #expect(
        other.errors
          == "freezeout: the run to resume had other settings: \(difference): drop those options, "
          + "or start anew with another --output\n"
      )
    }
    #expect(try folder.contents("run/run.json") == description)
    #expect(try folder.contents("run/weights.safetensors") == weights)
  }

  @Test
  func `a reader that goes away does not end the run`() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let program = try #require(Program.url).path
    process.arguments =
      ["-c", "\"$@\" | true", "sh", program] + (try tinyRun(epochs: 1))
      + ["--output", "run"]
    process.currentDirectoryURL = folder.url
    try process.run()
    process.waitUntilExit()
    #expect(folder.listing == Self.files)
  }

  // MARK: - What is refused before the work

  @Test
  func `bad input ends with its status and one line, and nothing is written`() throws {
    let folder = try TemporaryFolder()
    try Data("not a run".utf8).write(to: folder.file("file"))
    let data = try NoiseData.folder.get()
    let cases: [([String], Int32, String)] = [
      (
        ["--t0", "2"], 64,
        "the first freeze (t0) is 2.0: give a number above 0 and at most 1, where 1 freezes "
          + "nothing"
      ),
      (
        ["--no-freeze-out", "--t0", "0.5"], 64,
        "--t0, --how-scale and --scale-lr say how to freeze, and this run freezes nothing"
      ),
      (["--threads", "0"], 64, "--threads 0 is impossible: use 1 to 1024"),
      (["--device", "tpu"], 64, "there is no device 'tpu': use auto, cpu, cuda or cuda:N"),
      (["--device", "cuda:97"], 69, "device cuda:97 is not there"),
      (
        ["--output", "file/run", "--data", data, "--dataset", "cifar10", "-L", "10"], 73,
        "cannot be made"
      ),
      (
        ["--output", "run", "--resume"], 66,
        "run holds no checkpoint to resume from: give the run's own --output, or drop --resume"
      ),
      (["--save-weights", "none/w.safetensors"], 74, "its folder is not there"),
      (["--save-weights", "."], 74, "it is no regular file"),
      (
        [
          "--model", "vgg", "--configuration", "8,M,M,M,M,M", "--max-train-images", "51",
          "--dataset", "cifar10", "--data", data,
        ], 64,
        "batch size cannot be 50: with 51 images it leaves a batch of 1, and VGG 8,M,M,M,M,M needs "
          + "2; use 51"
      ),
    ]
    for (options, status, message) in cases {
      let outcome = try Program.run(["train"] + options, in: folder)
      #expect(outcome.status == status, "\(options): \(outcome.errors)")
      // On a busy machine the progress of timing may stand before it.
      let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("  ") }
      #expect(lines.count == 1 && lines[0].hasPrefix("freezeout: "), "\(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.output == "")
      #expect(folder.listing == ["file"])
    }
  }

  @Test(.enabled(if: geteuid() != 0, "to the superuser nothing is read-only"))
  func `a read-only output folder is refused before the work`() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("locked")
    try FileManager.default.createDirectory(
      at: output,
      withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o555]
    )
    let outcome = try Program.run(tinyRun() + ["--output", "locked"], in: folder)
    #expect(outcome.status == 73 && outcome.output == "")
    #expect(outcome.errors.contains("locked (Permission denied): give another --output"))
    #expect(folder.listing == ["locked"])
  }

  @Test
  func `a damaged checkpoint is refused with the status of damaged data`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("run"),
      withIntermediateDirectories: false
    )
    try Data("nonsense".utf8).write(to: folder.file("run/checkpoint.safetensors"))
    let outcome = try Program.run(["train", "--resume", "--output", "run"], in: folder)
    #expect(outcome.status == 65)
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    #expect(folder.listing == ["run", "run/checkpoint.safetensors"])
  }
}
