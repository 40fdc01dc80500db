import Datasets
import Models
import Torch
import TorchNN

/// How well a network does on images that it is not trained on.
public struct EvaluationResult: Hashable, Sendable, Codable {
  /// The mean loss.
  public var loss: Double
  /// How many images are misclassified.
  public var errorCount: Int
  /// How many images there are.
  public var imageCount: Int

  /// The misclassified share, in percent.
  public var errorPercent: Double {
    100 * Double(errorCount) / Double(imageCount)
  }
}

extension Network {
  /// Classifies images without moving anything.
  ///
  /// - Parameters:
  ///   - batches: The images; at least one.
  ///   - device: The device that holds the network.
  ///   - progress: Called with the number of images done.
  /// - Throws: `TorchError`, `DatasetError`
  public func evaluated(
    on batches: EvaluationBatches,
    device: Device = .cpu,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> EvaluationResult {
    var lossSum = 0.0
    var result = EvaluationResult(loss: 0, errorCount: 0, imageCount: 0)
    let queue = try batches.batches()
    while let batch = try queue.next() {
      let labels = try batch.labels.moved(to: device)
      try withoutGradients {
        let scores = try self(batch.images.moved(to: device), mode: .inference)
        lossSum +=
          try scores.negativeLogLikelihood(labels: labels).item() * Double(batch.count)
        result.errorCount += try scores.errorCount(labels: labels)
      }
      result.imageCount += batch.count
      try progress(result.imageCount)
    }
    result.loss = lossSum / Double(result.imageCount)
    return result
  }
}
