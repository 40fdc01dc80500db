import Models
import Torch

extension RunConfiguration {
  /// The settings that differ, a phrase each: `epochs 20 there, 10 here`.
  ///
  /// - Parameter other: The other run, which is there.
  public func differences(from other: RunConfiguration) -> [String] {
    func compare<Value: Equatable>(_ name: String, _ path: KeyPath<Self, Value>) -> String? {
      let (mine, theirs) = (self[keyPath: path], other[keyPath: path])
      return mine == theirs ? nil : "\(name) \(theirs) there, \(mine) here"
    }
    return [
      compare("model", \.architecture.description),
      compare("reduction", \.architecture.reductionOrNone),
      compare("dropout", \.architecture.dropout),
      compare("data set", \.dataset),
      compare("training images", \.maxTrainImages.orAll),
      compare("validation", \.validation.rawValue),
      compare("augmentation", \.augment),
      compare("epochs", \.epochs),
      compare("extra iterations", \.extraIterations),
      compare("constant time of epochs", \.constantTimeEpochs.orNone),
      compare("batch size", \.batchSize),
      compare("seed", \.seed),
      compare("learning rate", \.learningRate),
      compare("momentum", \.rule.momentum),
      compare("weight decay", \.rule.weightDecay),
      compare("Nesterov", \.rule.nesterov),
      compare("first freeze", \.freezing.firstFreezeOrNone),
      compare("growth", \.freezing.growthOrNone),
      compare("scaled rates", \.freezing.scalingOrNone),
      compare("views", \.views.orNone),
      compare("views drawn anew", \.redrawsViews),
      compare("feature cache", \.caching.orNone),
      compare("precision", \.precision.orFloat32),
      compare("batch norm over all processes", \.synchronizesBatchNorm),
    ].compactMap { $0 }
  }
}

extension Architecture {
  fileprivate var reductionOrNone: String {
    if case .denseNet(let value) = self { "\(value.reduction)" } else { "none" }
  }

  fileprivate var dropout: Double {
    switch self {
    case .denseNet(let value): value.dropout
    case .wideResNet(let value): value.dropout
    case .vgg(let value): value.dropout
    }
  }
}

extension ReducedPrecision? {
  fileprivate var orFloat32: String { self?.rawValue ?? "float32" }
}

extension Int? {
  fileprivate var orAll: String { map(String.init) ?? "all" }
  fileprivate var orNone: String { map(String.init) ?? "none" }
}

extension RunConfiguration.Freezing? {
  fileprivate var firstFreezeOrNone: String { map { "\($0.firstFreeze)" } ?? "none" }
  fileprivate var growthOrNone: String { self?.growth.rawValue ?? "none" }
  fileprivate var scalingOrNone: String { self.map { "\($0.scalesLearningRates)" } ?? "none" }
}

extension FeatureCaching? {
  fileprivate var orNone: String {
    map { "\($0.budgetBytes) bytes of \($0.precision)" } ?? "none"
  }
}
