import Foundation
import Testing
import Torch
import TorchNN
import Training

@testable import FreezeOutCommand

/// The `mpirun` that `scripts/setup-mpi` has bound the checkout to.
enum Launcher {
  /// Its path, or its name on PATH; nil where there is no binding.
  static let path: String? = {
    guard let program = Program.url else { return nil }
    var folder = program.deletingLastPathComponent()
    while folder.path != "/" {
      let mpi = folder.appendingPathComponent(".freezeout/mpi")
      if FileManager.default.fileExists(atPath: mpi.appendingPathComponent("binding.so").path),
        let path = try? String(contentsOf: mpi.appendingPathComponent("launcher"), encoding: .utf8)
      {
        return path.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      folder = folder.deletingLastPathComponent()
    }
    return nil
  }()
}

/// Runs of several processes under a real `mpirun`.
@Suite(.enabled(if: Launcher.path != nil, "no MPI is bound: scripts/setup-mpi"), .serialized)
struct JobTests {
  private static let network = [
    "train", "--model", "densenet", "--depth", "10", "--growth-rate", "4", "--no-measure",
  ]
  /// Four iterations an epoch.
  private static func recipe() throws -> [String] {
    [
      "--dataset", "cifar10", "--data", try NoiseData.folder.get(), "--max-train-images", "100",
      "--validate", "none", "--epochs", "4", "--batch-size", "25", "--t0", "0.5",
      "--learning-rate", "0.02", "--seed", "5",
    ]
  }

  /// Trains with so many processes; with one, without a launcher.
  private func train(
    _ count: Int,
    _ arguments: [String],
    in folder: TemporaryFolder
  ) throws -> Program.Outcome {
    try Program.run(
      Self.network + (arguments.contains("--threads") ? [] : ["--threads", "1"]) + arguments,
      in: folder,
      shell: count == 1 ? nil : Self.shell(count)
    )
  }

  /// As root, in a container and with more processes than cores, an Open MPI has to be told.
  private static func shell(_ count: Int) -> String {
    "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
      + "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe OMPI_MCA_rmaps_base_oversubscribe=1; "
      + "exec '\(Launcher.path ?? "")' -n \(count) \"$@\""
  }

  private func weights(_ run: String, _ folder: TemporaryFolder) throws -> [String: [Float]] {
    let saved = try SavedNetwork(
      contentsOf: folder.file(run).appendingPathComponent("weights.safetensors")
    )
    return try saved.weights.tensors.mapValues { try $0.floats() }
  }

  private func expectSameWeights(
    _ run: String,
    _ other: String,
    within tolerance: Float,
    _ folder: TemporaryFolder
  ) throws {
    let difference = try difference(run, other, folder)
    #expect(difference <= tolerance, "\(run) is \(difference) from \(other)")
  }

  /// The largest difference of two runs' weights, of each tensor by its largest number, or by 1.
  private func difference(_ run: String, _ other: String, _ folder: TemporaryFolder) throws -> Float
  {
    let (found, expected) = (try weights(run, folder), try weights(other, folder))
    #expect(found.count == expected.count && !found.isEmpty)
    return expected.map { name, values in
      let error = zip(values, found[name] ?? []).map { abs($0 - $1) }.max() ?? .infinity
      return error / max(values.map(abs).max() ?? 0, 1)
    }.max() ?? .infinity
  }

  /// How far other orders of the same sums take one process alone: with more threads. It depends on the machine, since
  /// it takes no more than a ReLU whose input is next to 0.
  ///
  /// - Parameter run: One process with one thread.
  private func rounding(
    of run: String,
    _ options: [String],
    _ folder: TemporaryFolder
  ) throws -> Float {
    try [2, 3].map { threads in
      let outcome = try train(
        1,
        ["--threads", "\(threads)"] + options + ["\(run)-\(threads)-threads"],
        in: folder
      )
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try difference("\(run)-\(threads)-threads", run, folder)
    }.max() ?? 0
  }

  private func records(_ run: String, _ folder: TemporaryFolder) throws -> [RunRecord] {
    try String(contentsOf: folder.file("\(run)/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONDecoder().decode(RunRecord.self, from: Data($0.utf8)) }
  }

  /// The same events, with losses that are equal but for rounding.
  private func expectSameRecords(
    _ run: String,
    _ other: String,
    within tolerance: Double = 1e-4,
    _ folder: TemporaryFolder
  ) throws {
    let (found, expected) = (try records(run, folder), try records(other, folder))
    #expect(found.count == expected.count && found.count > 5)
    for pair in zip(found, expected) {
      switch pair {
      case (.epoch(let one), .epoch(let other)):
        #expect(abs(one.trainLoss - other.trainLoss) <= tolerance * other.trainLoss)
        #expect(one.iterations == other.iterations && one.frozenCount == other.frozenCount)
        #expect((one.evaluationLoss == nil) == (other.evaluationLoss == nil))
        if let loss = one.evaluationLoss, let expected = other.evaluationLoss {
          #expect(abs(loss - expected) <= tolerance * expected)
          // One image may change its mind.
          #expect(abs((one.evaluationError ?? 0) - (other.evaluationError ?? 100)) < 0.05)
        }
      case (.freeze(let one), .freeze(let other)):
        #expect(one.layers == other.layers && one.iteration == other.iteration)
      default: Issue.record("another order of events")
      }
    }
  }

  @Test
  func `with batch norm over all, several processes make the run of one`() throws {
    let folder = try TemporaryFolder()
    let options =
      try Self.recipe() + ["--validate", "validation", "--sync-batch-norm", "--kernels", "fused"]
      + ["--output"]
    var rounding: Float = 0
    for count in 1...3 {
      let outcome = try train(count, options + ["run-\(count)"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      guard count > 1 else {
        rounding = try self.rounding(of: "run-1", options, folder)
        #expect(rounding < 1e-3)
        continue
      }
      // One process tells what happens, and one writes.
      #expect(outcome.output.contains("\(count) processes by "))
      #expect(outcome.output.contains("batch norm sees all images of a batch"))
      #expect(outcome.lines.filter { $0.contains("epoch 4/4  loss") }.count == 1)
      try expectSameWeights("run-\(count)", "run-1", within: max(1e-5, 2 * rounding), folder)
      try expectSameRecords("run-\(count)", "run-1", folder)
    }
  }

  @Test(arguments: ["fused", "libtorch"])
  func `steps as a GPU makes them are summed as well`(kernels: String) throws {
    let folder = try TemporaryFolder()
    let options =
      try Self.recipe() + [
        // Of 25 images process 0 takes 12, and of the 24 of an epoch's last batch too: another step.
        "--max-train-images", "99", "--sync-batch-norm", "--kernels", kernels, "--device-steps",
      ]
    let recorded = try train(2, options + ["--output", "recorded"], in: folder)
    let eager = try train(2, options + ["--eager-steps", "--output", "eager"], in: folder)
    #expect(recorded.status == 0 && eager.status == 0, "\(recorded.errors) \(eager.errors)")
    #expect(try weights("recorded", folder) == weights("eager", folder))
    let host = try train(
      2,
      options.filter { $0 != "--device-steps" } + ["--output", "host"],
      in: folder
    )
    #expect(host.status == 0, "\(host.errors)")
    // The last epochs' losses: a learning rate in float32 is all that differs.
    try expectSameRecords("recorded", "host", within: 1e-3, folder)
    let records = try self.records("recorded", folder)
    #expect(
      records.contains {
        if case .freeze(let it) = $0 { it.recordingSeconds != nil } else { false }
      }
    )
  }

  @Test
  func `without it each sees its own images, which makes another run`() throws {
    let folder = try TemporaryFolder()
    for count in [1, 2] {
      let options = try Self.recipe() + ["--kernels", "fused", "--output", "run-\(count)"]
      #expect(try train(count, options, in: folder).status == 0)
    }
    let (alone, together) = (try weights("run-1", folder), try weights("run-2", folder))
    let difference = zip(alone["fc.weight"] ?? [], together["fc.weight"] ?? []).map { abs($0 - $1) }
    #expect((difference.max() ?? 0) > 1e-4)
  }

  @Test
  func `libtorch's own layers sum their batch norms too`() throws {
    let folder = try TemporaryFolder()
    let options = try Self.recipe() + ["--sync-batch-norm", "--kernels", "libtorch", "--output"]
    for count in 1...3 {
      let outcome = try train(count, options + ["run-\(count)"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    try expectSameWeights("run-3", "run-2", within: 1e-5, folder)
    // One process has libtorch's batch norm, which sums a channel in float32: 1e-5 off from the start.
    try expectSameWeights("run-2", "run-1", within: 1e-2, folder)
    try expectSameRecords("run-2", "run-1", within: 1e-3, folder)
  }

  @Test
  func `what is frozen leaves the sums, in bytes an iteration`() throws {
    let folder = try TemporaryFolder()
    let outcome = try train(2, Self.recipe() + ["--output", "run"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("batch norm sees its own images of a batch"))
    let description = try #require(RunFolder(url: folder.file("run")).readDescription())
    let processes = try #require(description.processes)
    #expect(processes.count == 2 && processes.implementation != "")
    let saved = try weights("run", folder)
    // Everything that has a float32 in the weights' file is summed in the first iteration.
    #expect(processes.reducedBytes == 4 * saved.values.reduce(0) { $0 + $1.count })
    let bytes = description.freezes.map(\.reducedBytes)
    #expect(bytes.count > 3)
    var before = processes.reducedBytes ?? 0
    for after in bytes {
      let after = try #require(after)
      #expect(after < before)
      before = after
    }
    #expect(before > 0)
  }

  @Test
  func `a run that was stopped goes on with another number of processes`() throws {
    let folder = try TemporaryFolder()
    let options =
      // Large enough to be stopped in time, and short enough for rounding to stay small.
      try Self.recipe() + ["--depth", "40", "--growth-rate", "12", "--learning-rate", "0.0002"]
      + ["--sync-batch-norm", "--kernels", "fused", "--output"]
    #expect(try train(1, options + ["alone"], in: folder).status == 0)
    let rounding = try rounding(of: "alone", options, folder)
    #expect(rounding < 5e-3)
    let state = try stopped(options + ["run"], in: folder)
    let resumed = try train(3, options + ["run", "--resume"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("resumed at iteration \(state.iteration)"))
    try expectSameWeights("run", "alone", within: max(1e-3, 2 * rounding), folder)
  }

  @Test
  func `processes that hand their steps over stop behind the same one, and go on exactly`() throws {
    let folder = try TemporaryFolder()
    let options =
      try Self.recipe() + ["--depth", "40", "--growth-rate", "12"]
      + ["--kernels", "fused", "--device-steps", "--output"]
    #expect(try train(2, options + ["whole"], in: folder).status == 0)
    let state = try stopped(options + ["run"], in: folder)
    let resumed = try train(2, options + ["run", "--resume"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("resumed at iteration \(state.iteration)"))
    #expect(try weights("run", folder) == weights("whole", folder))
    try expectSameRecords("run", "whole", folder)
  }

  /// Stops a run of two processes, into the folder `run`, after its first epoch.
  private func stopped(_ options: [String], in folder: TemporaryFolder) throws -> Checkpoint {
    takeSignals()
    let stopped = try Program.run(
      Self.network + ["--threads", "1"] + options,
      in: folder,
      shell: Self.shell(2).replacingOccurrences(of: "exec ", with: "")
        + "& job=$!; while ! grep -q epoch run/metrics.jsonl 2>/dev/null; do sleep 0.02; done; "
        + "kill -TERM $job; wait $job"
    )
    #expect(stopped.status != 0)
    #expect(stopped.errors.components(separatedBy: "stopped after iteration").count == 2)
    let state = try Checkpoint(contentsOf: RunFolder(url: folder.file("run")).checkpoint)
    #expect((1..<16).contains(state.iteration))
    return state
  }

  @Test
  func `a process that dies ends the job, whose last checkpoint the run goes on from`() throws {
    let folder = try TemporaryFolder()
    let options = try Self.recipe() + ["--epochs", "400", "--sync-batch-norm", "--output", "run"]
    let job = UUID().uuidString
    let killed = try Program.run(
      Self.network + ["--threads", "1"] + options,
      in: folder,
      shell: Self.shell(2).replacingOccurrences(of: "exec ", with: "")
        + "& job=$!; while ! grep -q epoch run/metrics.jsonl 2>/dev/null; do sleep 0.1; done; "
        + "for process in /proc/[0-9]*; do "
        + "tr '\\0' '\\n' <$process/environ 2>/dev/null >environment; "
        + "grep -qx 'FREEZEOUT_TEST_JOB=\(job)' environment "
        + "&& grep -qxE '(PMI_RANK|OMPI_COMM_WORLD_RANK)=1' environment && kill -KILL ${process#/proc/}; "
        + "done; wait $job",
      environment: ["FREEZEOUT_TEST_JOB": job]
    )
    #expect(killed.status != 0)
    let run = RunFolder(url: folder.file("run"))
    let state = try Checkpoint(contentsOf: run.checkpoint)
    #expect(state.iteration > 0)
    #expect(run.readDescription()?.status == .running)
    let resumed = try train(1, options + ["--resume"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("resumed at iteration \(state.iteration.grouped)"))
  }

  @Test
  func
    `a binding to another MPI than the launcher's is refused, not many runs of one process made`()
    throws
  {
    let folder = try TemporaryFolder()
    // What Open MPI's and MPICH's launchers tell a process, without either of them.
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] {
      let outcome = try Program.run(
        try Self.network + Self.recipe() + ["--output", "run"],
        in: folder,
        environment: [name: "2"]
      )
      #expect(outcome.status == 69, "\(outcome.errors)")
      #expect(outcome.errors.contains("which sees 1 of the 2 processes): run scripts/setup-mpi"))
      #expect(folder.listing.isEmpty)
    }
  }

  @Test(arguments: ["plan", "compare", "sweep", "bench"])
  func `what is no run of several processes is refused under a launcher`(command: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run([command], in: folder, environment: ["PMI_SIZE": "2"])
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains("2 processes can make a run of train together"))
    #expect(folder.listing.isEmpty)
  }

  @Test
  func `kept features are refused in a run that goes on, too`() throws {
    let folder = try TemporaryFolder()
    let options = try Self.recipe() + ["--no-augment", "--output", "run"]
    let alone = try Program.run(
      Self.network.map { $0 == "--no-measure" ? "--measure" : $0 } + options + ["--cache-features"],
      in: folder
    )
    #expect(alone.status == 0, "\(alone.errors)")
    let together = try train(2, options + ["--resume"], in: folder)
    #expect(together.status == 64, "\(together.errors)")
    #expect(together.errors.contains("--cache-features is for one process"))
  }

  @Test
  func `what is impossible in all processes is said once`() throws {
    let folder = try TemporaryFolder()
    for (options, status, words) in [
      (["--batch-size", "1"], 64, "in 2 processes"),
      (["--cache-features", "--no-augment"], 64, "--cache-features is for one process"),
      (["--momentum", "2"], 64, "momentum"),
    ] as [([String], Int32, String)] {
      let outcome = try train(2, Self.recipe() + options, in: folder)
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.components(separatedBy: words).count == 2, "\(outcome.errors)")
    }
  }
}
