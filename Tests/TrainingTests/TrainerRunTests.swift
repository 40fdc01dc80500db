import Datasets
import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

struct TrainerRunTests {
  @Test(arguments: Family.allCases)
  func `the same configuration gives the same weights and records, another seed does not`(
    family: Family
  ) throws {
    func run(seed: UInt64) throws -> Trainer {
      var configuration = tinyConfiguration(family)
      configuration.epochs = 2
      configuration.seed = seed
      let trainer = try tinyTrainer(configuration)
      try trainer.run()
      return trainer
    }
    let (first, second, other) = (try run(seed: 5), try run(seed: 5), try run(seed: 6))
    #expect(try first.bits() == second.bits())
    #expect(first.timelessRecords == second.timelessRecords)
    #expect(try first.bits() != other.bits())
    #expect(first.timelessRecords != other.timelessRecords)
  }

  @Test
  func `the records of a known run are these`() throws {
    let trainer = try tinyTrainer(tinyConfiguration())
    #expect(trainer.iterationsPerEpoch == 4)
    #expect(trainer.trainImageCount == 27)
    #expect(trainer.evaluationImageCount == 3)
    try trainer.run()

    // Freeze times of 12 iterations: 2.6, 3.5, 4.7, 6.1, 7.9 and 9.8.
    let freezes = trainer.records.compactMap {
      if case .freeze(let record) = $0 { record } else { nil }
    }
    #expect(freezes.map(\.iteration) == [3, 4, 5, 7, 8, 10])
    #expect(freezes.map(\.epoch) == [1, 2, 2, 2, 3, 3])
    #expect(freezes.map(\.frozenCount) == [1, 2, 3, 4, 5, 6])
    #expect(
      freezes.map(\.layers)
        == [["conv1"], ["dense1.0"], ["trans1"], ["dense2.0"], ["trans2"], ["dense3.0"]]
    )
    let epochs = trainer.records.compactMap {
      if case .epoch(let record) = $0 { record } else { nil }
    }
    #expect(epochs.map(\.epoch) == [1, 2, 3])
    #expect(epochs.map(\.iterations) == [4, 8, 12])
    #expect(epochs.map(\.frozenCount) == [1, 4, 6])

    let kinds = trainer.records.map { if case .epoch = $0 { "epoch" } else { "freeze" } }
    #expect(
      kinds
        == [
          "freeze", "epoch", "freeze", "freeze", "freeze", "epoch", "freeze", "freeze", "epoch",
        ]
    )
    for epoch in epochs {
      #expect(epoch.trainSeconds > 0 && epoch.evaluationSeconds > 0)
      let imagesPerSecond = 27 / epoch.trainSeconds
      #expect(abs(epoch.imagesPerSecond - imagesPerSecond) <= 1e-9 * imagesPerSecond)
      // Of three images, a whole number is wrong.
      let errors = try #require(epoch.evaluationError) * 3 / 100
      #expect(abs(errors - errors.rounded()) < 1e-9)
      #expect(try #require(epoch.evaluationLoss) > 0)
    }
    for (freeze, next) in zip(freezes, freezes.dropFirst()) {
      #expect(freeze.trainSeconds < next.trainSeconds)
    }
  }

  @Test(arguments: Family.allCases)
  func `layers go by these names in records`(family: Family) throws {
    let network = try network(family.architecture())
    #expect(network.stages.map(\.name) == family.layerNames)
  }

  @Test
  func `an epoch's loss is the mean over its images, and the last record is the last evaluation`()
    throws
  {
    let trainer = try tinyTrainer(tinyConfiguration())
    var sums: [(loss: Double, images: Int)] = [(0, 0)]
    try trainer.run { event in
      switch event {
      case .iteration(let report):
        sums[sums.count - 1].loss += report.loss * Double(report.imageCount)
        sums[sums.count - 1].images += report.imageCount
      case .epoch(let record):
        let (loss, images) = sums[sums.count - 1]
        #expect(images == 27)
        #expect(record.trainLoss == loss / 27)
        sums.append((0, 0))
      case .freeze, .evaluation, .placement, .recordingFailed: break
      }
    }
    guard case .epoch(let last) = trainer.records.last else {
      Issue.record("the run ended without an epoch")
      return
    }
    let images = try tinyPair.get().training.suffix(3)
    let result = try trainer.learner.network.evaluated(
      on: EvaluationBatches(dataset: images, normalization: .cifar10, batchSize: 250)
    )
    #expect(last.evaluationLoss == result.loss)
    #expect(last.evaluationError == result.errorPercent)
  }

  @Test
  func `every event comes in order, between two iterations`() throws {
    let trainer = try tinyTrainer(tinyConfiguration())
    var events: [String] = []
    try trainer.run { event in
      #expect(trainer.learner.iteration > 0)
      switch event {
      case .iteration(let report):
        #expect(report.iterations == trainer.learner.iteration)
        #expect(report.frozenCount == trainer.learner.frozenCount)
        #expect(
          report.learningRate
            == trainer.learner.schedule.learningRate(ofLayer: 6, atIteration: report.iterations - 1)
        )
        #expect(report.seconds > 0)
        events.append("\(report.iterations)")
      case .freeze(let record):
        #expect(record.iteration == trainer.learner.iteration - 1)
        events.append("froze \(record.layers.joined(separator: " "))")
      case .evaluation(let done, let count): events.append("measured \(done) of \(count)")
      case .placement, .recordingFailed: break
      case .epoch(let record): events.append("epoch \(record.epoch)")
      }
    }
    #expect(
      events == [
        "1", "2", "3", "froze conv1", "4", "measured 3 of 3", "epoch 1",
        "froze dense1.0", "5", "froze trans1", "6", "7", "froze dense2.0", "8", "measured 3 of 3",
        "epoch 2", "froze trans2", "9", "10", "froze dense3.0", "11", "12", "measured 3 of 3",
        "epoch 3",
      ]
    )
  }

  @Test
  func `without validation nothing is measured and all images are trained on`() throws {
    var configuration = tinyConfiguration()
    configuration.validation = .none
    configuration.epochs = 1
    let trainer = try tinyTrainer(configuration)
    #expect(trainer.trainImageCount == 30 && trainer.evaluationImageCount == 0)
    try trainer.run { event in
      if case .evaluation = event { Issue.record("something was measured") }
    }
    guard case .epoch(let record) = trainer.records.last else {
      Issue.record("the run ended without an epoch")
      return
    }
    #expect(record.evaluationLoss == nil && record.evaluationError == nil)
    #expect(record.evaluationSeconds == 0)
  }

  @Test
  func `what is measured is computed with the network's kernels`() throws {
    let images = try tinyPair.get().test
    func losses(_ kernels: Kernels) throws -> [Double] {
      try (1...5).map { seed in
        try Family.denseNetBC.architecture()
          .makeNetwork(classCount: 3, from: WeightInitializer(seed: seed), kernels: kernels)
          .evaluated(
            on: EvaluationBatches(dataset: images, normalization: .cifar10, batchSize: 1)
          ).loss
      }
    }
    let (libtorch, fused) = try (losses(.libtorch), losses(.fused(.portable)))
    // They round otherwise, of which one loss may show nothing, and that is all.
    #expect(libtorch != fused && zip(libtorch, fused).allSatisfy { abs($0 - $1) < 1e-5 })
    // But for what is below float32, which is measured in float32.
    #expect(try losses(.reduced(.bfloat16)) == libtorch)
  }

  @Test
  func `a device measures the same, handed one batch while it works on another`() throws {
    let network = try network(Family.denseNetBC.architecture())
    // Of 30 images seven batches of four and one of two.
    let batches = try EvaluationBatches(
      dataset: tinyPair.get().training,
      normalization: .cifar10,
      batchSize: 4
    )
    func measured(_ steps: DeviceSteps?) throws -> (EvaluationResult, [Int]) {
      var told: [Int] = []
      let result = try network.measured(
        on: batches,
        device: .cpu,
        through: RecordedPrefix(on: .cpu, steps)
      ) { told.append($0) }
      return (result, told)
    }
    let host = try measured(nil)
    #expect(host.1 == [4, 8, 12, 16, 20, 24, 28, 30])
    for steps in [DeviceSteps.recorded, .eager] { #expect(try measured(steps) == host) }
  }

  @Test
  func `measuring moves nothing`() throws {
    let network = try network(Family.vgg.architecture(dropout: 0.5))
    let before = try bits(network.state)
    let images = try tinyPair.get().test
    func result(batchSize: Int) throws -> EvaluationResult {
      try network.evaluated(
        on: EvaluationBatches(dataset: images, normalization: .cifar10, batchSize: batchSize)
      )
    }
    let (whole, parts) = (try result(batchSize: 8), try result(batchSize: 3))
    #expect(try bits(network.state) == before)
    #expect(whole.imageCount == 8 && parts.imageCount == 8)
    #expect(whole.errorCount == parts.errorCount)
    #expect(abs(whole.loss - parts.loss) < 1e-6)
    #expect(EvaluationResult(loss: 1, errorCount: 3, imageCount: 8).errorPercent == 37.5)
  }

  @Test
  func `a run whose weights run away during an epoch's last step ends as diverged`() throws {
    var configuration = tinyConfiguration(.wideResNet)
    configuration.epochs = 1
    configuration.batchSize = 27
    configuration.learningRate = 1e30
    configuration.freezing = nil
    let trainer = try tinyTrainer(configuration)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    guard case .diverged(let iteration, let loss, _) = error else {
      Issue.record("the error was \(String(describing: error))")
      return
    }
    #expect(iteration == 1 && !loss.isFinite)
    #expect(trainer.records.isEmpty)
  }

  @Test
  func `a run whose last step leaves weights that are no numbers does not end as finished`() throws
  {
    var configuration = tinyConfiguration()
    configuration.epochs = 1
    configuration.batchSize = 64
    configuration.learningRate = 1e300
    configuration.validation = .none
    configuration.freezing = nil
    let trainer = try tinyTrainer(configuration)
    #expect(
      throws: TrainingError.divergedWeights(iterations: 1, tensor: "conv1.weight")
    ) {
      try trainer.run()
    }
    #expect(trainer.records.isEmpty)
  }

  // MARK: - What is refused before any work

  /// 27 images at 13 leave a batch of one, over which the classifier cannot normalise.
  /// With each one that is refused, the next that is not.
  static let batchSizes: [(Family, Int, refusedFor: Int?)] = [
    (.vgg, 13, 14), (.vgg, 1, 3), (.vgg, 2, 3), (.vgg, 26, 27),
    (.vgg, 27, nil), (.vgg, 9, nil), (.vgg, 25, nil), (.vgg, 100, nil), (.vgg, 14, nil),
    (.vgg, 3, nil), (.denseNetBC, 13, nil), (.denseNetBC, 1, nil), (.wideResNet, 26, nil),
  ]

  @Test(arguments: batchSizes)
  func `a batch too small for the network is refused with the next batch size that works`(
    family: Family,
    batchSize: Int,
    refusedFor possible: Int?
  ) throws {
    var configuration = tinyConfiguration(family)
    configuration.batchSize = batchSize
    guard let possible else {
      _ = try tinyTrainer(configuration)
      return
    }
    let error = #expect(throws: TrainingError.self) { try tinyTrainer(configuration) }
    #expect(
      error?.description
        == "batch size cannot be \(batchSize): with 27 images it leaves a batch of 1, "
        + "and VGG 4,M,8,M,8,M,M,M needs 2; use \(possible)"
    )
  }

  @Test
  func `one image is too few for a network that normalises over the batch`() throws {
    var configuration = tinyConfiguration(.vgg)
    configuration.maxTrainImages = 1
    let error = #expect(throws: TrainingError.self) { try tinyTrainer(configuration) }
    #expect(error?.description.hasSuffix("needs 2; train on more images") == true)
  }

  @Test
  func `a device that is not there and a split without images are refused`() throws {
    let configuration = tinyConfiguration()
    let split = try configuration.split(tinyPair.get())
    #expect(throws: DeviceError.self) {
      try Trainer(configuration: configuration, split: split, device: .cuda(97))
    }
    let empty = try DatasetPair(
      training: noise(count: 0, seed: 0),
      test: noise(count: 0, seed: 0),
      normalization: .cifar10
    )
    #expect(throws: DatasetError.validationCount(0, trainingImages: 0)) {
      try configuration.split(empty)
    }
    var unmeasured = configuration
    unmeasured.validation = .none
    #expect(throws: ScheduleError.iterations(0)) {
      try Trainer(configuration: unmeasured, split: unmeasured.split(empty))
    }
  }
}
