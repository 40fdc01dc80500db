import Foundation
import Testing
import Torch
import TorchNN

@testable import Training

struct CheckpointTests {
  static let key = "freezeout.checkpoint"

  /// The file of a run after five iterations.
  private func file() throws -> Safetensors {
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(throws: Stop.self) {
      try trainer.run { event in
        if case .iteration(let report) = event, report.iterations == 5 { throw Stop() }
      }
    }
    return try trainer.checkpoint.safetensors()
  }

  @Test
  func `a file of tensors without a run is no checkpoint`() throws {
    #expect(throws: TrainingError.checkpoint(reason: "the file holds tensors, but no run")) {
      try Checkpoint(Safetensors(tensors: [:]))
    }
  }

  static let unreadable: [(String, String)] = [
    ("", "it is no JSON, or has a number that does not fit"),
    ("{", "it is no JSON, or has a number that does not fit"),
    ("\u{0}", "it is no JSON, or has a number that does not fit"),
    ("[]", "its JSON is no object"),
    ("{}", "the key version is missing"),
    (#"{"version":"one"}"#, "the key version holds no whole number"),
    (#"{"version":1.5}"#, "it is no JSON, or has a number that does not fit"),
    (#"{"version":0}"#, "its format has the version 0, and this freezeout reads version 1"),
    (#"{"version":2}"#, "its format has the version 2, and this freezeout reads version 1"),
    (#"{"version":1}"#, "the key configuration is missing"),
    (#"{"configuration":{},"version":1}"#, "the key configuration.architecture is missing"),
  ]

  @Test(arguments: unreadable.indices)
  func `a description that is none is refused, and the file named`(index: Int) throws {
    let (text, reason) = Self.unreadable[index]
    #expect(
      throws: TrainingError.checkpoint(
        path: "a/c.safetensors",
        reason: "its description of the run cannot be read: \(reason)"
      )
    ) {
      try Checkpoint(
        Safetensors(tensors: [:], metadata: [Self.key: text]),
        path: "a/c.safetensors"
      )
    }
  }

  static let settings: [(String, String, String)] = [
    (#""epochs":3"#, #""epochs":0"#, "epochs cannot be 0: use 1 to 1000000"),
    (#""depth":10"#, #""depth":11"#, "DenseNet-BC has no depth 11"),
    (#""firstFreeze":0.6"#, #""firstFreeze":6"#, "the first freeze (t0) is 6.0"),
  ]

  @Test(arguments: settings.indices)
  func `settings that cannot be are the file's fault`(index: Int) throws {
    let (found, impossible, reason) = Self.settings[index]
    let damaged = try file(replacing: found, with: impossible)
    let error = #expect(throws: TrainingError.self) { try Checkpoint(damaged) }
    #expect(
      error?.description.hasPrefix(
        "the checkpoint cannot be used: its description of the run cannot be read: \(reason)"
      ) == true
    )
    #expect(error.map { FailureKind($0) } == .malformedInput)
  }

  @Test
  func `a network of more numbers than the file has is refused before it is made`() throws {
    let damaged = try file(replacing: #""growthRate":4"#, with: #""growthRate":60000"#)
    #expect(
      throws: TrainingError.checkpoint(
        reason: "DenseNet-BC k=60000 L=10 has more numbers than the file"
      )
    ) {
      try Checkpoint(damaged)
    }
  }

  /// The file with a part of its description replaced.
  private func file(replacing found: String, with other: String) throws -> Safetensors {
    var file = try file()
    let text = try #require(file.metadata[Self.key])
    try #require(text.contains(found), "\(found) in \(text)")
    file.metadata[Self.key] = text.replacingOccurrences(of: found, with: other)
    return file
  }

  // MARK: - Checkpoints that contradict their run

  /// Descriptions after five iterations: an epoch of four with 27 images, and one of 8 images
  /// since.
  static let contradictions: [(@Sendable (inout Draft) -> Void, String)] = [
    (
      { $0.progress.imageCount = .max },
      "its epoch is at \(Int.max) images, and at iteration 5 that is 8"
    ),
    ({ $0.progress.imageCount = -5 }, "its epoch is at -5 images, and at iteration 5 that is 8"),
    ({ $0.progress.imageCount = 0 }, "its epoch is at 0 images, and at iteration 5 that is 8"),
    ({ $0.progress.imageCount = 27 }, "its epoch is at 27 images, and at iteration 5 that is 8"),
    (
      { $0.iteration = 4 }, "its epoch is at 8 images, and at iteration 4 that is 0 or 27"
    ),
    ({ $0.iteration = 0 }, "its epoch is at 8 images, and at iteration 0 that is 0"),
    ({ $0.progress.trainSeconds = -1 }, "its epoch has a loss of 1.0 in -1.0 s"),
    ({ $0.progress.trainSeconds = .infinity }, "its epoch has a loss of 1.0 in inf s"),
    ({ $0.progress.lossSum = .nan }, "its epoch has a loss of nan in 2.0 s"),
    ({ $0.records = [] }, "it has 0 records, and at iteration 5 there are 3"),
    ({ $0.records.append($0.records[0]) }, "it has 4 records, and at iteration 5 there are 3"),
    (
      {
        $0.iteration = 7; $0.progress.imageCount = 24
      }, "it has 3 records, and at iteration 7 there are 4"
    ),
    ({ $0.records.swapAt(0, 1) }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.epoch = 2 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.iterations = .max } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.frozenCount = -1 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.trainLoss = .infinity } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.trainSeconds = -1 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.trainSeconds = 1e308 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.evaluationSeconds = -1 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.imagesPerSecond = -1 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.evaluationError = 101 } }, "its record of iteration 4 contradicts the run"),
    ({ $0.epoch { $0.evaluationLoss = nil } }, "its record of iteration 4 contradicts the run"),
    ({ $0.freeze { $0.iteration = .max } }, "its record of iteration 5 contradicts the run"),
    ({ $0.freeze { $0.layers = ["conv1"] } }, "its record of iteration 5 contradicts the run"),
    ({ $0.freeze { $0.frozenCount = 7 } }, "its record of iteration 5 contradicts the run"),
    ({ $0.freeze { $0.epoch = 0 } }, "its record of iteration 5 contradicts the run"),
    ({ $0.freeze { $0.trainSeconds = -1 } }, "its record of iteration 5 contradicts the run"),
    ({ $0.lossCurve = .of([1, 2, 3, 4]) }, "its curve of the loss contradicts the run"),
    ({ $0.lossCurve = .of([1, 2, 3, 4, 5, 6]) }, "its curve of the loss contradicts the run"),
    ({ $0.lossCurve = .of([5], loss: .nan) }, "its curve of the loss contradicts the run"),
    (
      { $0.lossCurve = .within(lossSum: 0, imageCount: .max) },
      "its curve of the loss contradicts the run"
    ),
  ]

  @Test(arguments: contradictions.indices)
  func `a checkpoint that contradicts its run is refused, and nothing has moved`(index: Int) throws
  {
    let (damage, reason) = Self.contradictions[index]
    var draft = Draft(try Checkpoint(file()))
    draft.progress.lossSum = 1
    draft.progress.trainSeconds = 2
    let trainer = try tinyTrainer(tinyConfiguration())
    let before = try trainer.bits()
    var damaged = draft
    damage(&damaged)
    #expect(throws: TrainingError.checkpoint(path: "a", reason: reason)) {
      try trainer.restore(damaged.checkpoint(path: "a"))
    }
    #expect(try trainer.bits() == before)
    #expect(trainer.learner.iteration == 0 && trainer.records.isEmpty)
    try trainer.restore(draft.checkpoint(path: "a"))
    #expect(trainer.learner.iteration == 5 && trainer.records.count == 3)
  }

  /// A checkpoint on the way to one: what a test falsifies.
  struct Draft {
    private let whole: Checkpoint
    var iteration: Int
    var progress: EpochProgress
    /// A freeze, the end of the first epoch, and a freeze.
    var records: [RunRecord]
    var lossCurve: LossCurve

    init(_ checkpoint: Checkpoint) {
      whole = checkpoint
      iteration = checkpoint.iteration
      progress = checkpoint.progress
      records = checkpoint.records
      lossCurve = checkpoint.lossCurve
    }

    func checkpoint(path: String) -> Checkpoint {
      Checkpoint(
        configuration: whole.configuration,
        iteration: iteration,
        records: records,
        progress: progress,
        lossCurve: lossCurve,
        cachePlan: nil,
        cacheUse: nil,
        state: whole.state,
        path: path
      )
    }

    mutating func epoch(_ change: (inout EpochRecord) -> Void) {
      guard case .epoch(var record) = records[1] else { return }
      change(&record)
      records[1] = .epoch(record)
    }

    mutating func freeze(_ change: (inout FreezeRecord) -> Void) {
      guard case .freeze(var record) = records[2] else { return }
      change(&record)
      records[2] = .freeze(record)
    }
  }

  @Test(arguments: [-1, 13, Int.max, Int.min])
  func `an iteration that the run does not have is refused`(iteration: Int) throws {
    let file = try file(replacing: #""iteration":5,"#, with: #""iteration":\#(iteration),"#)
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(throws: TrainingError.checkpoint(reason: "it is at iteration \(iteration) of 12")) {
      try trainer.restore(Checkpoint(file))
    }
  }

  @Test
  func `missing, surplus and misshapen tensors are refused by name`() throws {
    let whole = try file()
    let five = try Tensor([1, 2, 3, 4, 5] as [Float], shape: [5])
    let damages: [(String, (inout Safetensors) -> Void, StateDictionaryError)] = [
      (
        "a weight is missing", { $0.tensors["weights/fc.bias"] = nil },
        .names(missing: ["fc.bias"], unexpected: [])
      ),
      (
        "a weight is surplus", { $0.tensors["weights/more"] = five },
        .names(missing: [], unexpected: ["more"])
      ),
      (
        "a weight has another shape", { $0.tensors["weights/fc.bias"] = five },
        .shape(name: "fc.bias", found: [5], expected: [3])
      ),
      (
        "a momentum is missing", { $0.tensors["momenta/fc.bias"] = nil },
        .names(missing: ["fc.bias"], unexpected: [])
      ),
      (
        "a momentum of what is frozen", { $0.tensors["momenta/conv1.weight"] = five },
        .names(missing: [], unexpected: ["conv1.weight"])
      ),
      (
        "a momentum has another shape", { $0.tensors["momenta/fc.bias"] = five },
        .shape(name: "fc.bias", found: [5], expected: [3])
      ),
    ]
    for (label, damage, expected) in damages {
      var damaged = whole
      damage(&damaged)
      let trainer = try tinyTrainer(tinyConfiguration())
      let checkpoint = try Checkpoint(damaged)
      let before = try trainer.bits()
      #expect(throws: expected, "\(label)") { try trainer.restore(checkpoint) }
      #expect(try trainer.bits() == before, "\(label)")
      #expect(trainer.learner.iteration == 0 && trainer.learner.frozenCount == 0, "\(label)")
      try trainer.restore(Checkpoint(whole))
      #expect(trainer.learner.iteration == 5, "\(label)")
    }
    try tinyTrainer(tinyConfiguration()).restore(Checkpoint(whole))
  }

  @Test
  func `a file that is missing, cut short or of something else is refused`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("checkpoint.safetensors")
    #expect(throws: SafetensorsError.self) { try Checkpoint(contentsOf: path) }
    let whole = FileSeal.sealed(try file().encoded())
    for length in [0, 7, 8, 100, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: path)
      let error = #expect(throws: SafetensorsError.self) { try Checkpoint(contentsOf: path) }
      #expect(error?.description.contains(path.path) == true)
    }
    try whole.write(to: path)
    _ = try Checkpoint(contentsOf: path)
    #expect(throws: SafetensorsError.self) {
      try file().write(to: folder.appendingPathComponent("none/checkpoint.safetensors"))
    }
  }
}
