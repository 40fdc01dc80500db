import Foundation
import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

/// A run that was stopped and resumed is the run that was not: weights, momenta and records.
struct ResumeTests {
  /// Runs until `isEnd` says so, with what a checkpoint holds then, through its file's bytes.
  private func stopped(
    _ configuration: RunConfiguration,
    when isEnd: (Trainer.Event) -> Bool
  ) throws -> Checkpoint {
    let trainer = try tinyTrainer(configuration)
    #expect(throws: Stop.self) {
      try trainer.run { if isEnd($0) { throw Stop() } }
    }
    return try Checkpoint(Safetensors(trainer.checkpoint.safetensors().encoded()))
  }

  private func expectSameRun(
    _ configuration: RunConfiguration,
    from checkpoint: Checkpoint,
    as whole: Trainer,
    _ label: String
  ) throws {
    let resumed = try tinyTrainer(configuration)
    try resumed.restore(checkpoint)
    try resumed.run()
    #expect(try resumed.bits() == whole.bits(), "\(label): weights and momenta")
    #expect(resumed.timelessRecords == whole.timelessRecords, "\(label): records")
    #expect(resumed.timelessLosses == whole.timelessLosses, "\(label): losses")
    #expect(resumed.learner.frozenCount == whole.learner.frozenCount)
  }

  @Test(arguments: Family.allCases)
  func `a run resumed at the end of any epoch is the uninterrupted one, bit for bit`(
    family: Family
  ) throws {
    let configuration = tinyConfiguration(family)
    let whole = try tinyTrainer(configuration)
    try whole.run()
    for epoch in 1...3 {
      let checkpoint = try stopped(configuration) { event in
        if case .epoch(let record) = event { record.epoch == epoch } else { false }
      }
      #expect(checkpoint.iteration == 4 * epoch)
      try expectSameRun(configuration, from: checkpoint, as: whole, "epoch \(epoch)")
    }
  }

  @Test
  func `a run resumed after any iteration is the uninterrupted one, bit for bit`() throws {
    let configuration = tinyConfiguration()
    let whole = try tinyTrainer(configuration)
    try whole.run()
    for iteration in 1...12 {
      let checkpoint = try stopped(configuration) { event in
        if case .iteration(let report) = event { report.iterations == iteration } else { false }
      }
      #expect(checkpoint.iteration == iteration)
      try expectSameRun(configuration, from: checkpoint, as: whole, "iteration \(iteration)")
    }
  }

  @Test(arguments: 1...6)
  func `a run resumed at a freeze event is the uninterrupted one, bit for bit`(frozenCount: Int)
    throws
  {
    let configuration = tinyConfiguration()
    let whole = try tinyTrainer(configuration)
    try whole.run()
    let checkpoint = try stopped(configuration) { event in
      if case .freeze(let record) = event { record.frozenCount == frozenCount } else { false }
    }
    try expectSameRun(configuration, from: checkpoint, as: whole, "freeze \(frozenCount)")
  }

  @Test(arguments: 1...3)
  func `a run resumed while an epoch is measured is the uninterrupted one, bit for bit`(epoch: Int)
    throws
  {
    let configuration = tinyConfiguration()
    let whole = try tinyTrainer(configuration)
    try whole.run()
    var measured = 0
    let checkpoint = try stopped(configuration) { event in
      guard case .evaluation = event else { return false }
      measured += 1
      return measured == epoch
    }
    #expect(checkpoint.iteration == 4 * epoch)
    try expectSameRun(configuration, from: checkpoint, as: whole, "measuring epoch \(epoch)")
  }

  @Test
  func `epochs of a single iteration resume as well`() throws {
    var configuration = tinyConfiguration()
    configuration.batchSize = 64
    let whole = try tinyTrainer(configuration)
    try whole.run()
    for iteration in 1...3 {
      let checkpoint = try stopped(configuration) { event in
        if case .iteration(let report) = event { report.iterations == iteration } else { false }
      }
      try expectSameRun(configuration, from: checkpoint, as: whole, "iteration \(iteration)")
    }
  }

  @Test
  func `a run without momentum resumes as well`() throws {
    var configuration = tinyConfiguration()
    configuration.rule = GradientDescent(momentum: 0, weightDecay: 1e-4, nesterov: false)
    let whole = try tinyTrainer(configuration)
    try whole.run()
    let checkpoint = try stopped(configuration) { event in
      if case .iteration(let report) = event { report.iterations == 5 } else { false }
    }
    #expect(!checkpoint.state.tensors.keys.contains { $0.hasPrefix("momenta/") })
    try expectSameRun(configuration, from: checkpoint, as: whole, "without momentum")
  }

  @Test
  func `a run resumed before its first iteration, or twice, is the uninterrupted one`() throws {
    let configuration = tinyConfiguration()
    let whole = try tinyTrainer(configuration)
    try whole.run()
    let start = try tinyTrainer(configuration).checkpoint
    #expect(start.iteration == 0 && start.records.isEmpty)
    try expectSameRun(configuration, from: start, as: whole, "the start")

    let first = try stopped(configuration) { event in
      if case .iteration(let report) = event { report.iterations == 3 } else { false }
    }
    let again = try tinyTrainer(configuration)
    try again.restore(first)
    #expect(throws: Stop.self) {
      try again.run { event in
        if case .iteration(let report) = event, report.iterations == 7 { throw Stop() }
      }
    }
    try expectSameRun(configuration, from: again.checkpoint, as: whole, "twice")
  }

  @Test
  func `a checkpoint survives its file, and resuming a finished run makes no step`() throws {
    let configuration = tinyConfiguration()
    let whole = try tinyTrainer(configuration)
    try whole.run()
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-tests-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try whole.checkpoint.write(to: file)
    let checkpoint = try Checkpoint(contentsOf: file)
    #expect(checkpoint.configuration == configuration)
    #expect(checkpoint.iteration == 12)
    #expect(checkpoint.records == whole.records)

    let resumed = try tinyTrainer(configuration)
    try resumed.restore(checkpoint)
    try resumed.run { _ in Issue.record("a finished run went on") }
    #expect(try resumed.bits() == whole.bits())
    #expect(resumed.records == whole.records)
  }

  // MARK: - Checkpoints of other runs

  static let differences: [(@Sendable (inout RunConfiguration) -> Void, String)] = [
    (
      { $0.architecture = .denseNet(DenseNet(growthRate: 5, depth: 10, dropout: 0.2)) },
      "model DenseNet-BC k=4 L=10 there, DenseNet-BC k=5 L=10 here"
    ),
    (
      { $0.architecture = .denseNet(DenseNet(growthRate: 4, depth: 16, dropout: 0.2)) },
      "model DenseNet-BC k=4 L=10 there, DenseNet-BC k=4 L=16 here"
    ),
    (
      { $0.architecture = .denseNet(DenseNet(growthRate: 4, depth: 10, dropout: 0.3)) },
      "dropout 0.2 there, 0.3 here"
    ),
    (
      {
        $0.architecture = .denseNet(
          DenseNet(growthRate: 4, depth: 10, reduction: 0.6, dropout: 0.2)
        )
      }, "reduction 0.5 there, 0.6 here"
    ),
    ({ $0.dataset = "other" }, "data set noise there, other here"),
    ({ $0.maxTrainImages = 20 }, "training images all there, 20 here"),
    ({ $0.validation = .test }, "validation validation there, test here"),
    ({ $0.augment = false }, "augmentation true there, false here"),
    (
      { $0.epochs = 4 },
      "the run to resume is one of 3 epochs, over which its rates and freezes are spread: one of 4 has "
        + "others from the first iteration on, so that it cannot go on from here; drop --epochs, or start "
        + "anew with another --output"
    ),
    ({ $0.batchSize = 9 }, "batch size 8 there, 9 here"),
    ({ $0.seed = 6 }, "seed 5 there, 6 here"),
    ({ $0.learningRate = 0.03 }, "learning rate 0.02 there, 0.03 here"),
    ({ $0.rule.momentum = 0.8 }, "momentum 0.9 there, 0.8 here"),
    ({ $0.rule.weightDecay = 0 }, "weight decay 0.0001 there, 0.0 here"),
    ({ $0.rule.nesterov = false }, "Nesterov true there, false here"),
    ({ $0.freezing?.firstFreeze = 0.7 }, "first freeze 0.6 there, 0.7 here"),
    ({ $0.freezing?.growth = .linear }, "growth cubic there, linear here"),
    ({ $0.freezing?.scalesLearningRates = false }, "scaled rates true there, false here"),
    (
      { $0.freezing = nil },
      "first freeze 0.6 there, none here; growth cubic there, none here; "
        + "scaled rates true there, none here"
    ),
  ]

  @Test(arguments: differences.indices)
  func `a checkpoint of other settings is refused, and the difference named`(index: Int) throws {
    let (change, difference) = Self.differences[index]
    let checkpoint = try tinyTrainer(tinyConfiguration()).checkpoint
    var changed = tinyConfiguration()
    change(&changed)
    #expect(changed != tinyConfiguration())
    let trainer = try tinyTrainer(changed)
    let before = try trainer.bits()
    let error = #expect(throws: TrainingError.self) { try trainer.restore(checkpoint) }
    #expect(
      error?.description
        == (difference.hasPrefix("the run to resume")
          ? difference
          : "the run to resume had other settings: \(difference): drop those options, or start anew "
            + "with another --output")
    )
    #expect(try trainer.bits() == before)
  }

  @Test
  func `several differences are all named`() throws {
    var other = tinyConfiguration()
    other.epochs = 9
    other.seed = 1
    let checkpoint = try tinyTrainer(other).checkpoint
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(
      throws: TrainingError.otherSettings(["epochs 9 there, 3 here", "seed 1 there, 5 here"])
    ) {
      try trainer.restore(checkpoint)
    }
  }
}
