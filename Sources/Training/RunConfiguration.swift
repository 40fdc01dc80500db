import Datasets
import FreezeOut
import Models
import Torch

/// Everything that determines the result of a run, apart from the machine: two runs of the same
/// configuration on the CPU of the same machine with the same thread count and kernels end with the
/// same weights, bit for bit.
public struct RunConfiguration: Hashable, Sendable, Codable {
  /// How the layers leave training.
  public struct Freezing: Hashable, Sendable, Codable {
    /// The paper's `t_0`: the share of the run after which the first layer freezes, before growth.
    public var firstFreeze: Double
    /// How the freeze times grow with depth.
    public var growth: Growth
    /// Whether layers that freeze earlier start with a higher rate.
    public var scalesLearningRates: Bool

    /// The published default: cubic, scaled, `t_0` = 0.8.
    public init(
      firstFreeze: Double = 0.8,
      growth: Growth = .cubic,
      scalesLearningRates: Bool = true
    ) {
      self.firstFreeze = firstFreeze
      self.growth = growth
      self.scalesLearningRates = scalesLearningRates
    }
  }

  /// What is held back to measure the run by.
  public enum Validation: String, CaseIterable, Hashable, Sendable, Codable {
    /// The last tenth of the training images, which are then not trained on: CIFAR's last 5,000.
    case validation
    /// The test images.
    case test
    /// Nothing: no evaluation.
    case none
  }

  /// The network.
  public var architecture: Architecture
  /// The name of the data set.
  public var dataset: String
  /// How many training images are used, from the first; nil for all.
  public var maxTrainImages: Int?
  /// What the run is measured by after every epoch.
  public var validation: Validation
  /// Whether training images are shifted and mirrored at random.
  public var augment: Bool
  /// The length of the run in whole passes over the training images.
  public var epochs: Int
  /// How many iterations the run has beyond its epochs: where it is to end within one.
  public var extraIterations: Int
  /// The epochs in whose time without freezing the run was made to fit, by `atConstantTime`; nil for a
  /// run of the length that was asked for.
  public var constantTimeEpochs: Int?
  /// The number of images of a step.
  public var batchSize: Int
  /// The seed of weights, order, augmentation and dropout.
  public var seed: UInt64
  /// The learning rate before scaling and annealing.
  public var learningRate: Double
  /// Momentum and weight decay.
  public var rule: GradientDescent
  /// How the layers leave training; nil for the baseline, in which none does and every layer
  /// follows one cosine.
  public var freezing: Freezing?
  /// How many fixed augmentations an image has from the first freeze on, in the place of a fresh one
  /// in every epoch; nil for fresh ones throughout.
  public var views: Int?
  /// Whether they are drawn anew at every freeze event.
  public var redrawsViews: Bool
  /// How the output of frozen layers is kept; nil for not at all.
  public var caching: FeatureCaching?
  /// In how many bits convolutions and affine maps multiply in training; nil for float32.
  public var precision: ReducedPrecision?
  /// Whether several processes that make the run together sum the statistics of batch norm, so that it sees whole
  /// batches as one process does.
  public var synchronizesBatchNorm: Bool

  /// The published recipe for an architecture and a data set.
  public init(architecture: Architecture, dataset: String) {
    self.architecture = architecture
    self.dataset = dataset
    maxTrainImages = nil
    validation = .validation
    augment = true
    epochs = 100
    extraIterations = 0
    batchSize = 50
    seed = 0
    learningRate = 0.1
    rule = GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true)
    freezing = Freezing()
    redrawsViews = false
    synchronizesBatchNorm = false
  }

  /// The schedule of a run of this configuration.
  ///
  /// - Parameters:
  ///   - layerCount: The number of stages of the network.
  ///   - iterationsPerEpoch: The number of batches that the images to train on make.
  /// - Throws: `ArchitectureError`, `ScheduleError` or `TrainingError.setting` for an impossible
  ///   setting.
  public func schedule(layerCount: Int, iterationsPerEpoch: Int) throws -> Schedule {
    try validate()
    return try schedule(
      layerCount: layerCount,
      iterations: epochs * iterationsPerEpoch + extraIterations
    )
  }

  private func schedule(layerCount: Int, iterations: Int) throws -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: iterations,
      // A first freeze of 1 leaves every layer in training to the end: the baseline.
      firstFreeze: freezing?.firstFreeze ?? 1,
      growth: freezing?.growth ?? .linear,
      scalesLearningRates: freezing?.scalesLearningRates ?? false,
      baseLearningRate: learningRate
    )
  }

  /// Checks every setting that does not need the data or the network.
  ///
  /// - Throws: `ArchitectureError`, `ScheduleError` or `TrainingError.setting` with the value and
  ///   what to use.
  public func validate() throws {
    try architecture.validate()
    try TrainingError.require("epochs", epochs, in: (extraIterations > 0 ? 0 : 1)...1_000_000)
    try TrainingError.require("extra iterations", extraIterations, in: 0...1_000_000_000)
    if let constantTimeEpochs {
      try TrainingError.require("epochs of constant time", constantTimeEpochs, in: 1...1_000_000)
    }
    try TrainingError.require("batch size", batchSize, in: 1...1_000_000)
    if let maxTrainImages {
      try TrainingError.require("number of training images", maxTrainImages, in: 1...100_000_000)
    }
    guard (0..<1).contains(rule.momentum) else {
      throw TrainingError.setting("momentum", "\(rule.momentum)", remedy: "use 0 to below 1")
    }
    guard rule.weightDecay >= 0, rule.weightDecay.isFinite else {
      throw TrainingError.setting("weight decay", "\(rule.weightDecay)", remedy: "use 0 or more")
    }
    guard rule.momentum > 0 || !rule.nesterov else {
      throw TrainingError.setting("momentum", "0", remedy: "Nesterov's step needs more than 0")
    }
    try validateCaching()
    // What makes a schedule impossible besides the number of layers and iterations shows in any.
    _ = try schedule(layerCount: 2, iterations: 1)
  }
}

// MARK: - From JSON

extension RunConfiguration {
  /// Reads the settings and validates them.
  ///
  /// - Throws: `DecodingError`, and what `validate()` throws.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    architecture = try container.decode(Architecture.self, forKey: .architecture)
    dataset = try container.decode(String.self, forKey: .dataset)
    maxTrainImages = try container.decodeIfPresent(Int.self, forKey: .maxTrainImages)
    validation = try container.decode(Validation.self, forKey: .validation)
    augment = try container.decode(Bool.self, forKey: .augment)
    epochs = try container.decode(Int.self, forKey: .epochs)
    // Descriptions of before there were any lack them.
    extraIterations = try container.decodeIfPresent(Int.self, forKey: .extraIterations) ?? 0
    constantTimeEpochs = try container.decodeIfPresent(Int.self, forKey: .constantTimeEpochs)
    batchSize = try container.decode(Int.self, forKey: .batchSize)
    seed = try container.decode(UInt64.self, forKey: .seed)
    learningRate = try container.decode(Double.self, forKey: .learningRate)
    rule = try container.decode(GradientDescent.self, forKey: .rule)
    freezing = try container.decodeIfPresent(Freezing.self, forKey: .freezing)
    views = try container.decodeIfPresent(Int.self, forKey: .views)
    redrawsViews = try container.decodeIfPresent(Bool.self, forKey: .redrawsViews) ?? false
    caching = try container.decodeIfPresent(FeatureCaching.self, forKey: .caching)
    synchronizesBatchNorm =
      try container.decodeIfPresent(Bool.self, forKey: .synchronizesBatchNorm) ?? false
    precision = try container.decodeIfPresent(ReducedPrecision.self, forKey: .precision)
    try validate()
  }
}

// MARK: - The data of the run

extension RunConfiguration {
  /// The images to train on and to measure by.
  ///
  /// - Throws: `DatasetError` when the data set is too small for it.
  public func split(_ dataset: DatasetPair) throws -> DatasetSplit {
    var split = try dataset.split(evaluation(trainImageCount: dataset.training.count))
    if let maxTrainImages {
      split = split.limited(to: maxTrainImages)
    }
    return split
  }

  /// How many images, the last of so many to train on, are held back to validate with: a tenth,
  /// which of CIFAR's 50,000 is as many as in the published script (github.com/ajbrock/FreezeOut,
  /// utils.py).
  public static func validationCount(of trainImageCount: Int) -> Int {
    trainImageCount / 10
  }

  private func evaluation(trainImageCount: Int) -> Evaluation {
    switch validation {
    case .validation: .validation(count: Self.validationCount(of: trainImageCount))
    case .test: .test
    case .none: .none
    }
  }
}
