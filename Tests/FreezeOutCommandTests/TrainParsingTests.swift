import ArgumentParser
import Datasets
import FreezeOut
import Models
import Testing
import Training

@testable import FreezeOutCommand

struct TrainParsingTests {
  private func configuration(_ arguments: [String]) throws -> RunConfiguration {
    try TrainCommand.parse(arguments).options.configuration(basedOn: nil)
  }

  private static func wide(_ depth: Int, _ factor: Int, dropout: Double = 0) -> Architecture {
    .wideResNet(WideResNet(depth: depth, widenFactor: factor, dropout: dropout))
  }

  private static func dense(
    growthRate: Int = 12,
    depth: Int = 76,
    bottleneck: Bool = true,
    reduction: Double = 0.5,
    dropout: Double = 0
  ) -> Architecture {
    .denseNet(
      DenseNet(
        growthRate: growthRate,
        depth: depth,
        bottleneck: bottleneck,
        reduction: reduction,
        dropout: dropout
      )
    )
  }

  // MARK: - What the published script has

  @Test
  func `without options it is the published script's run`() throws {
    let configuration = try configuration([])
    #expect(configuration.architecture == Self.dense())
    #expect(configuration.dataset == "cifar100")
    #expect(configuration.epochs == 100 && configuration.batchSize == 50)
    #expect(configuration.seed == 0 && configuration.augment)
    #expect(configuration.validation == .validation)
    #expect(configuration.learningRate == 0.1)
    #expect(configuration.rule.momentum == 0.9 && configuration.rule.nesterov)
    #expect(configuration.rule.weightDecay == 1e-4)
    #expect(
      configuration.freezing == .init(firstFreeze: 0.8, growth: .cubic, scalesLearningRates: true)
    )
    #expect(configuration.maxTrainImages == nil)
    let command = try TrainCommand.parse([])
    #expect(!command.resume && command.output == nil && command.saveWeights == nil)
    #expect(
      command.options.data.data == nil
        && command.options.data.folder(of: nil).lastPathComponent == "data"
    )
    #expect(command.options.runtime.device == nil && command.options.runtime.threads == nil)
  }

  typealias Change = @Sendable (inout RunConfiguration) -> Void

  static let options: [([String], Change)] = [
    (["--views", "4"], { $0.views = 4 }),
    (
      ["--views", "4", "--redraw-views"],
      {
        $0.views = 4
        $0.redrawsViews = true
      }
    ),
    (
      [
        "--no-augment", "--cache-features", "--cache-budget", "2GB", "--cache-precision",
        "bfloat16",
      ],
      {
        $0.augment = false
        $0.caching = .init(budgetBytes: 2_000_000_000, precision: .bfloat16)
      }
    ),
    (["-L", "40"], { $0.architecture = dense(depth: 40) }),
    (["--depth", "40"], { $0.architecture = dense(depth: 40) }),
    (["-k", "24"], { $0.architecture = dense(growthRate: 24) }),
    (["--growth-rate", "24"], { $0.architecture = dense(growthRate: 24) }),
    (["--dropout", "0.2"], { $0.architecture = dense(dropout: 0.2) }),
    (["--augment"], { $0.augment = true }),
    (["--no-augment", "--augment"], { $0.augment = true }),
    (["--no-augment"], { $0.augment = false }),
    (["--validate", "validation"], { $0.validation = .validation }),
    (["--validate", "test"], { $0.validation = .test }),
    (["--validate", "none"], { $0.validation = .none }),
    (["--epochs", "7"], { $0.epochs = 7 }),
    (["--t0", "0.5"], { $0.freezing?.firstFreeze = 0.5 }),
    (["--t_0", "0.5"], { $0.freezing?.firstFreeze = 0.5 }),
    (["--scale-lr"], { $0.freezing?.scalesLearningRates = true }),
    (["--no-scale-lr"], { $0.freezing?.scalesLearningRates = false }),
    (["--how-scale", "linear"], { $0.freezing?.growth = .linear }),
    (["--how-scale", "squared"], { $0.freezing?.growth = .squared }),
    (["--seed", "18446744073709551615"], { $0.seed = .max }),
    (["--dataset", "cifar10"], { $0.dataset = "cifar10" }),
    (["--dataset", "cifar100"], { $0.dataset = "cifar100" }),
    (["--batch-size", "64"], { $0.batchSize = 64 }),
    (["--model", "densenet"], { _ in }),
    (["--model", "WRN"], { $0.architecture = wide(40, 4) }),
    (["--model", "wrn"], { $0.architecture = wide(40, 4) }),
    (["--model", "vgg"], { $0.architecture = .vgg(VGG(.d)) }),
    // What it has not.
    (["--dataset", "generated"], { $0.dataset = "generated" }),
    (["--dataset", "generated100"], { $0.dataset = "generated100" }),
    (["--reduction", "1"], { $0.architecture = dense(reduction: 1) }),
    (["--no-bottleneck"], { $0.architecture = dense(bottleneck: false) }),
    (
      ["--model", "wrn", "--depth", "16", "--widen-factor", "2", "--dropout", "0.3"],
      { $0.architecture = wide(16, 2, dropout: 0.3) }
    ),
    (["--model", "vgg", "--configuration", "a"], { $0.architecture = .vgg(VGG(.a)) }),
    (
      ["--model", "vgg", "--configuration", "8,M", "--dropout", "0"],
      { $0.architecture = .vgg(VGG(steps: [.convolution(8), .maxPool], dropout: 0)) }
    ),
    (["--freeze-out"], { _ in }),
    (["--no-freeze-out"], { $0.freezing = nil }),
    (["--learning-rate", "0.05"], { $0.learningRate = 0.05 }),
    (["--momentum", "0.8"], { $0.rule.momentum = 0.8 }),
    (["--momentum", "0"], { $0.rule = .init(momentum: 0, weightDecay: 1e-4, nesterov: false) }),
    (["--weight-decay", "0"], { $0.rule.weightDecay = 0 }),
    (["--max-train-images", "64"], { $0.maxTrainImages = 64 }),
    (["--output", "o", "--data", "d", "--threads", "3", "--save-weights", "w"], { _ in }),
  ]

  @Test(arguments: options.indices)
  func `an option changes its setting and no other`(index: Int) throws {
    let (arguments, change) = Self.options[index]
    var expected = Preset.published
    change(&expected)
    #expect(try configuration(arguments) == expected, "\(arguments)")
  }

  // MARK: - Presets

  static let presets: [([String], Architecture, String, Change)] = [
    (
      ["--preset", "quick"], dense(depth: 22), "generated",
      {
        $0.epochs = 10
        $0.maxTrainImages = 5_000
        $0.freezing?.firstFreeze = 0.5
      }
    ),
    (["--preset", "paper-densenet"], dense(), "cifar10", { _ in }),
    (["--preset", "paper-wrn"], wide(40, 4), "cifar100", { _ in }),
    (["--preset", "paper-vgg"], .vgg(VGG(.d)), "cifar100", { _ in }),
    (
      ["--preset", "quick", "--epochs", "1", "--no-freeze-out"], dense(depth: 22), "generated",
      {
        $0.epochs = 1
        $0.maxTrainImages = 5_000
        $0.freezing = nil
      }
    ),
    (
      ["--preset", "quick", "-k", "4", "--dataset", "cifar10", "--t0", "0.9"],
      dense(growthRate: 4, depth: 22), "cifar10",
      {
        $0.epochs = 10
        $0.maxTrainImages = 5_000
        $0.freezing?.firstFreeze = 0.9
      }
    ),
    (["--preset", "paper-wrn", "--depth", "16"], wide(16, 4), "cifar100", { _ in }),
    (["--preset", "paper-wrn", "--model", "densenet"], dense(), "cifar100", { _ in }),
  ]

  @Test(arguments: presets.indices)
  func `a preset is this recipe, and other options change it`(index: Int) throws {
    let (arguments, architecture, dataset, change) = Self.presets[index]
    var expected = RunConfiguration(architecture: architecture, dataset: dataset)
    change(&expected)
    #expect(try configuration(arguments) == expected, "\(arguments)")
  }

  // MARK: - What is refused

  static let refused: [([String], String)] = [
    (["--widen-factor", "2"], "--widen-factor does not belong to this model: see --model"),
    (["--configuration", "A"], "--configuration does not belong to this model: see --model"),
    (["--model", "wrn", "-k", "4"], "--growth-rate does not belong to this model: see --model"),
    (
      ["--model", "wrn", "--reduction", "1"],
      "--reduction does not belong to this model: see --model"
    ),
    (
      ["--model", "wrn", "--configuration", "A"],
      "--configuration does not belong to this model: see --model"
    ),
    (["--model", "vgg", "--depth", "16"], "--depth does not belong to this model: see --model"),
    (
      ["--model", "vgg", "--no-bottleneck"],
      "--bottleneck does not belong to this model: see --model"
    ),
    (
      ["--model", "vgg", "--widen-factor", "1"],
      "--widen-factor does not belong to this model: see --model"
    ),
    (["--preset", "paper-vgg", "-L", "16"], "--depth does not belong to this model: see --model"),
    (
      ["--no-freeze-out", "--t0", "0.5"],
      "--t0, --how-scale and --scale-lr say how to freeze, and this run freezes nothing: "
        + "drop them or --no-freeze-out"
    ),
    (
      ["--no-freeze-out", "--how-scale", "cubic"],
      "--t0, --how-scale and --scale-lr say how to freeze, and this run freezes nothing: "
        + "drop them or --no-freeze-out"
    ),
    (
      ["--no-freeze-out", "--no-scale-lr"],
      "--t0, --how-scale and --scale-lr say how to freeze, and this run freezes nothing: "
        + "drop them or --no-freeze-out"
    ),
    (
      ["--depth", "75"],
      "DenseNet-BC has no depth 75: it must be 4 + 6 * n; the nearest are 70 "
        + "and 76"
    ),
    (
      ["--model", "wrn", "--depth", "41"],
      "Wide ResNet has no depth 41: it must be 4 + 6 * n; the nearest are 40 and 46"
    ),
    (["--epochs", "0"], "epochs cannot be 0: use 1 to 1000000"),
    (["--epochs=-1"], "epochs cannot be -1: use 1 to 1000000"),
    (["--epochs", "-1"], "epochs cannot be -1: use 1 to 1000000"),
    (["--batch-size", "0"], "batch size cannot be 0: use 1 to 1000000"),
    (["--max-train-images", "0"], "number of training images cannot be 0: use 1 to 100000000"),
    (
      ["--t0", "nan"],
      "the first freeze (t0) is nan: give a number above 0 and at most 1, where 1 freezes nothing"
    ),
    (
      ["--t0=-0.1"],
      "the first freeze (t0) is -0.1: give a number above 0 and at most 1, where 1 freezes nothing"
    ),
    (
      ["--learning-rate", "inf"],
      "the base learning rate is inf: give a finite number above 0, such as 0.1"
    ),
    (["--momentum", "nan"], "momentum cannot be nan: use 0 to below 1"),
    (["--weight-decay=-1"], "weight decay cannot be -1.0: use 0 or more"),
    (["--dropout", "1"], "a dropout of 1.0 is impossible: it must be at least 0 and below 1"),
    (["--dropout", "nan"], "a dropout of nan is impossible: it must be at least 0 and below 1"),
    (["--growth-rate", "0"], "a growth rate of 0 is impossible: it must be between 1 and 65536"),
    (
      ["--model", "vgg", "--configuration", "M,8"],
      "the VGG configuration 'M,8' is impossible: it must start with a convolution"
    ),
    (
      ["--model", "vgg", "--configuration", ""],
      "the VGG configuration '' is impossible: use A, B, D or E, or channels and M with commas, as "
        + "in 64,M,128,M"
    ),
  ]

  @Test(arguments: refused.indices)
  func `an impossible setting is refused in a sentence, with the status of wrong usage`(index: Int)
    throws
  {
    let (arguments, message) = Self.refused[index]
    let error = #expect(throws: (any Error).self) { try configuration(arguments) }
    #expect(error.map { "\($0)" } == message)
    #expect(error.map { ExitStatus($0) } == .usage)
  }

  static let unreadable: [[String]] = [
    ["--epochs", ""], ["--epochs", "1.5"], ["--epochs", "1e400"],
    ["--epochs", "99999999999999999999"], ["--epochs"], ["--seed=-1"], ["--seed", "x"],
    ["--seed", "18446744073709551616"], ["--depth", "9223372036854775808"],
    ["--t0", "half"], ["--t0", ""], ["--how-scale", "quartic"], ["--how-scale", "Cubic"],
    ["--model", "resnet"], ["--dataset", "imagenet"], ["--validate", "yes"],
    ["--preset", "slow"], ["--augment", "true"],
    ["--scale-lr=false"], ["--bogus"], ["stray"], ["--batch-size", "nan"],
  ]

  @Test(arguments: unreadable)
  func `a value that cannot be read is refused with the status of wrong usage`(arguments: [String])
  {
    let error = #expect(throws: (any Error).self) { try TrainCommand.parse(arguments) }
    #expect(error.map { TrainCommand.exitCode(for: $0).rawValue } == 64)
  }
}
