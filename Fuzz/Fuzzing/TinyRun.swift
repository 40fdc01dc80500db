import Datasets
import Foundation
import FreezeOut
import Models

@testable import Training

/// The smallest run that has everything: some hundred weights, freeze events, evaluation.
enum TinyRun {
  static let architecture = Architecture.denseNet(DenseNet(growthRate: 1, depth: 10))

  static func configuration(keepsFeatures: Bool = false) -> RunConfiguration {
    var configuration = RunConfiguration(architecture: architecture, dataset: "noise")
    configuration.epochs = 2
    configuration.batchSize = 3
    configuration.validation = .test
    configuration.freezing = .init(firstFreeze: 0.3, growth: .linear, scalesLearningRates: true)
    if keepsFeatures {
      configuration.augment = false
      configuration.caching = FeatureCaching(budgetBytes: 1 << 24)
    }
    return configuration
  }

  /// Six images of two classes to train on, two to test with.
  static let dataset = Result {
    func images(_ count: Int) throws -> ImageDataset {
      var numbers = SeededGenerator(seed: UInt64(count))
      return try ImageDataset(
        name: "noise",
        classNames: ["one", "two"],
        images: (0..<count * ImageDataset.bytesPerImage).map { _ in
          UInt8(truncatingIfNeeded: numbers.next())
        },
        labels: (0..<count).map { $0 % 2 }
      )
    }
    return try DatasetPair(training: images(6), test: images(2), normalization: .cifar10)
  }

  static func trainer(_ configuration: RunConfiguration) throws -> Trainer {
    try Trainer(configuration: configuration, split: configuration.split(dataset.get()))
  }
}
