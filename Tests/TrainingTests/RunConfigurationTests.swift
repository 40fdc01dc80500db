import Datasets
import Foundation
import FreezeOut
import Models
import Testing
import Torch

@testable import Training

struct RunConfigurationTests {
  private static let published = RunConfiguration(
    architecture: .denseNet(DenseNet()),
    dataset: "cifar100"
  )

  @Test
  func `the defaults are those of the published script`() {
    let configuration = Self.published
    #expect(configuration.architecture.description == "DenseNet-BC k=12 L=76")
    #expect(configuration.maxTrainImages == nil)
    #expect(configuration.validation == .validation)
    #expect(configuration.augment)
    #expect(configuration.epochs == 100)
    #expect(configuration.batchSize == 50)
    #expect(configuration.seed == 0)
    #expect(configuration.learningRate == 0.1)
    #expect(
      configuration.rule == GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true)
    )
    #expect(configuration.freezing?.firstFreeze == 0.8)
    #expect(configuration.freezing?.growth == .cubic)
    #expect(configuration.freezing?.scalesLearningRates == true)
  }

  static let impossible: [(@Sendable (inout RunConfiguration) -> Void, String)] = [
    ({ $0.epochs = 0 }, "epochs cannot be 0: use 1 to 1000000"),
    ({ $0.epochs = -1 }, "epochs cannot be -1: use 1 to 1000000"),
    ({ $0.epochs = .max }, "epochs cannot be 9223372036854775807: use 1 to 1000000"),
    ({ $0.batchSize = 0 }, "batch size cannot be 0: use 1 to 1000000"),
    ({ $0.batchSize = .min }, "batch size cannot be -9223372036854775808: use 1 to 1000000"),
    ({ $0.maxTrainImages = 0 }, "number of training images cannot be 0: use 1 to 100000000"),
    ({ $0.maxTrainImages = -5 }, "number of training images cannot be -5: use 1 to 100000000"),
    ({ $0.rule.momentum = -0.1 }, "momentum cannot be -0.1: use 0 to below 1"),
    ({ $0.rule.momentum = 1 }, "momentum cannot be 1.0: use 0 to below 1"),
    ({ $0.rule.momentum = .nan }, "momentum cannot be nan: use 0 to below 1"),
    ({ $0.rule.momentum = 0 }, "momentum cannot be 0: Nesterov's step needs more than 0"),
    ({ $0.rule.weightDecay = -1e-4 }, "weight decay cannot be -0.0001: use 0 or more"),
    ({ $0.rule.weightDecay = .infinity }, "weight decay cannot be inf: use 0 or more"),
    ({ $0.rule.weightDecay = .nan }, "weight decay cannot be nan: use 0 or more"),
    (
      { $0.learningRate = 0 },
      "the base learning rate is 0.0: give a finite number above 0, such as 0.1"
    ),
    (
      { $0.learningRate = .nan },
      "the base learning rate is nan: give a finite number above 0, such as 0.1"
    ),
    (
      { $0.freezing?.firstFreeze = 0 },
      "the first freeze (t0) is 0.0: give a number above 0 and at most 1, where 1 freezes nothing"
    ),
    (
      { $0.freezing?.firstFreeze = 1.01 },
      "the first freeze (t0) is 1.01: give a number above 0 and at most 1, where 1 freezes nothing"
    ),
    (
      { $0.freezing?.firstFreeze = .nan },
      "the first freeze (t0) is nan: give a number above 0 and at most 1, where 1 freezes nothing"
    ),
    (
      { $0.architecture = .denseNet(DenseNet(depth: 75)) },
      "DenseNet-BC has no depth 75: it must be 4 + 6 * n; the nearest are 70 and 76"
    ),
  ]

  @Test(arguments: impossible.indices)
  func `an impossible setting is refused with its value and what to use`(index: Int) throws {
    let (change, message) = Self.impossible[index]
    var configuration = Self.published
    change(&configuration)
    let error = #expect(throws: (any Error).self) { try configuration.validate() }
    #expect(error.map { "\($0)" } == message)
    #expect(error.map { FailureKind($0) } == .setting)
    #expect(throws: (any Error).self) {
      try configuration.schedule(layerCount: 40, iterationsPerEpoch: 900)
    }
  }

  static let possible: [@Sendable (inout RunConfiguration) -> Void] = [
    { _ in }, { $0.epochs = 1 }, { $0.epochs = 1_000_000 }, { $0.batchSize = 1 },
    { $0.maxTrainImages = 1 }, { $0.rule.weightDecay = 0 }, { $0.freezing = nil },
    { $0.freezing?.firstFreeze = 1 }, { $0.seed = .max }, { $0.learningRate = 1e-9 },
    { $0.rule = GradientDescent(momentum: 0, weightDecay: 0, nesterov: false) },
  ]

  @Test(arguments: possible.indices)
  func `a configuration survives JSON and is as valid behind it`(index: Int) throws {
    var configuration = Self.published
    Self.possible[index](&configuration)
    try configuration.validate()
    let json = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(RunConfiguration.self, from: json) == configuration)
  }

  @Test(arguments: Family.allCases)
  func `every architecture survives JSON`(family: Family) throws {
    let configuration = tinyConfiguration(family)
    let json = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(RunConfiguration.self, from: json) == configuration)
  }

  @Test
  func `JSON of impossible settings is refused by reading it`() throws {
    let json = String(decoding: try JSONEncoder().encode(Self.published), as: UTF8.self)
    _ = try JSONDecoder().decode(RunConfiguration.self, from: Data(json.utf8))
    for (found, impossible, message) in [
      ("\"epochs\":100", "\"epochs\":0", "epochs cannot be 0: use 1 to 1000000"),
      ("\"batchSize\":50", "\"batchSize\":-1", "batch size cannot be -1: use 1 to 1000000"),
      (
        "\"learningRate\":0.1", "\"learningRate\":0",
        "the base learning rate is 0.0: give a finite number above 0, such as 0.1"
      ),
      (
        "\"depth\":76", "\"depth\":75",
        "DenseNet-BC has no depth 75: it must be 4 + 6 * n; the nearest are 70 and 76"
      ),
    ] {
      #expect(json.contains(found))
      let damaged = Data(json.replacingOccurrences(of: found, with: impossible).utf8)
      let error = #expect(throws: (any Error).self) {
        try JSONDecoder().decode(RunConfiguration.self, from: damaged)
      }
      #expect(error.map { "\($0)" } == message)
    }
  }

  // MARK: - The length of the run

  @Test(arguments: [(900, 100, 90_000), (901, 100, 90_100), (4, 3, 12), (1, 1, 1)])
  func `a schedule is as long as the iterations that are made`(
    iterationsPerEpoch: Int,
    epochs: Int,
    iterations: Int
  ) throws {
    var configuration = Self.published
    configuration.epochs = epochs
    let schedule = try configuration.schedule(
      layerCount: 40,
      iterationsPerEpoch: iterationsPerEpoch
    )
    #expect(schedule.iterations == iterations)
    #expect(schedule.layerCount == 40)
    #expect(schedule.firstFreeze == 0.8)
    #expect(schedule.growth == .cubic)
    #expect(schedule.scalesLearningRates)
    #expect(schedule.baseLearningRate == 0.1)
  }

  @Test
  func `a baseline freezes nothing and every layer follows one cosine`() throws {
    var configuration = Self.published
    configuration.freezing = nil
    let schedule = try configuration.schedule(layerCount: 40, iterationsPerEpoch: 900)
    #expect(schedule.freezeEvents.isEmpty)
    #expect(schedule.learningRates(atIteration: 0) == Array(repeating: 0.1, count: 40))
    #expect(Set(schedule.learningRates(atIteration: 45_000)).count == 1)
    let freezing = try Self.published.schedule(layerCount: 40, iterationsPerEpoch: 900)
    #expect(freezing.freezeEvents.count == 39)
  }

  // MARK: - The split

  @Test
  func `validation is the last tenth of the training images, which are not trained on`() throws {
    let pair = try tinyPair.get()
    let split = try tinyConfiguration().split(pair)
    #expect(try split.training == pair.training.slice(0..<27))
    #expect(try split.evaluation == pair.training.slice(27..<30))
    #expect(split.normalization == .cifar10)
  }

  @Test(arguments: [(50_000, 5_000), (30, 3), (39, 3), (9, 0)])
  func `a tenth validates, rounded down`(trainImageCount: Int, count: Int) {
    #expect(RunConfiguration.validationCount(of: trainImageCount) == count)
  }

  @Test
  func `test images measure, or nothing does, and all training images are trained on`() throws {
    let pair = try tinyPair.get()
    var configuration = tinyConfiguration()
    configuration.validation = .test
    #expect(try configuration.split(pair).training == pair.training)
    #expect(try configuration.split(pair).evaluation == pair.test)
    configuration.validation = .none
    #expect(try configuration.split(pair).training == pair.training)
    #expect(try configuration.split(pair).evaluation == nil)
  }

  @Test(arguments: [(1, 1), (10, 10), (27, 27), (28, 27), (1_000, 27)])
  func `a limit on training images keeps the first, and what measures stays`(
    limit: Int,
    count: Int
  ) throws {
    let pair = try tinyPair.get()
    var configuration = tinyConfiguration()
    configuration.maxTrainImages = limit
    let split = try configuration.split(pair)
    #expect(try split.training == pair.training.slice(0..<count))
    #expect(try split.evaluation == pair.training.slice(27..<30))
  }

  @Test
  func `a data set of nine images has no tenth to validate with`() throws {
    let pair = DatasetPair(
      training: try noise(count: 9, seed: 0),
      test: try noise(count: 1, seed: 0),
      normalization: .cifar10
    )
    #expect(throws: DatasetError.validationCount(0, trainingImages: 9)) {
      try tinyConfiguration().split(pair)
    }
  }
}
