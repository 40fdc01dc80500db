/// A data set as published: training images, test images, and what to normalise both by.
public struct DatasetPair: Sendable {
  /// The images to train on, and to hold some back from.
  public let training: ImageDataset
  /// The images that only a final result is measured on.
  public let test: ImageDataset
  /// Mean and standard deviation of the training images.
  public let normalization: Normalization

  /// The two parts of a data set.
  public init(training: ImageDataset, test: ImageDataset, normalization: Normalization) {
    self.training = training
    self.test = test
    self.normalization = normalization
  }
}

// MARK: - The split of a run

/// What a run measures itself by while it trains.
public enum Evaluation: Sendable, Equatable {
  /// The last `count` training images, which are then not trained on.
  case validation(count: Int)
  /// The test images; all training images are trained on.
  case test
  /// Nothing; all training images are trained on.
  case none
}

/// What a run trains on and what it measures itself by.
public struct DatasetSplit: Sendable {
  /// The images to train on.
  public let training: ImageDataset
  /// The images to measure by, if any; none of them is trained on.
  public let evaluation: ImageDataset?
  /// Mean and standard deviation of the training images as published, whatever the split.
  public let normalization: Normalization
}

extension DatasetPair {
  /// The split of a run.
  ///
  /// - Throws: `DatasetError.validationCount` unless there are both images to validate and images
  ///   to train on.
  public func split(_ evaluation: Evaluation) throws -> DatasetSplit {
    switch evaluation {
    case .validation(let count):
      guard count > 0, count < training.count else {
        throw DatasetError.validationCount(count, trainingImages: training.count)
      }
      return DatasetSplit(
        training: training.prefix(training.count - count),
        evaluation: training.suffix(count),
        normalization: normalization
      )
    case .test:
      return DatasetSplit(training: training, evaluation: test, normalization: normalization)
    case .none:
      return DatasetSplit(training: training, evaluation: nil, normalization: normalization)
    }
  }
}

extension DatasetSplit {
  /// The same split with the first `count` of the images to train on; all of them where there are
  /// fewer.
  public func limited(to count: Int) -> DatasetSplit {
    DatasetSplit(
      training: training.prefix(count),
      evaluation: evaluation,
      normalization: normalization
    )
  }
}
