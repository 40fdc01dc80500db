import Datasets
import FreezeOut
import Models
import Torch

/// Everything that determines the result of a run, apart from the machine: two runs of the same
/// configuration on the same machine and thread count end with the same weights, bit for bit.
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
  /// The length of the run in passes over the training images.
  public var epochs: Int
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

  /// The published recipe for an architecture and a data set.
  public init(architecture: Architecture, dataset: String) {
    self.architecture = architecture
    self.dataset = dataset
    maxTrainImages = nil
    validation = .validation
    augment = true
    epochs = 100
    batchSize = 50
    seed = 0
    learningRate = 0.1
    rule = GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true)
    freezing = Freezing()
  }

  /// The schedule of a run of this configuration.
  ///
  /// - Parameters:
  ///   - layerCount: The number of stages of the network.
  ///   - trainImageCount: The number of images that are trained on.
  /// - Throws: `ScheduleError` or `TrainingError.setting` for an impossible setting.
  public func schedule(layerCount: Int, trainImageCount: Int) throws -> Schedule {
    try validate()
    let iterationsPerEpoch = (trainImageCount + batchSize - 1) / batchSize
    return try schedule(layerCount: layerCount, iterations: epochs * iterationsPerEpoch)
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
    try Self.require("epochs", epochs, in: 1...1_000_000)
    try Self.require("batch size", batchSize, in: 1...1_000_000)
    if let maxTrainImages {
      try Self.require("number of training images", maxTrainImages, in: 1...100_000_000)
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
    // What makes a schedule impossible besides the number of layers and iterations shows in any.
    _ = try schedule(layerCount: 2, iterations: 1)
  }

  private static func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw TrainingError.setting(
        name,
        "\(value)",
        remedy: "use \(range.lowerBound) to \(range.upperBound)"
      )
    }
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

  private func evaluation(trainImageCount: Int) -> Evaluation {
    switch validation {
    case .validation: .validation(count: trainImageCount / 10)
    case .test: .test
    case .none: .none
    }
  }
}
