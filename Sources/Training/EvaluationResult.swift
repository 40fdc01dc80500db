import Datasets
import Models
import Processes
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
  /// - Throws: `TrainingError.weights` when the loss is not finite, `TorchError`, `DatasetError`,
  ///   and what `progress` throws.
  public func evaluated(
    on batches: EvaluationBatches,
    device: Device = .cpu,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> EvaluationResult {
    let result = try measured(on: batches, device: device, progress: progress)
    guard result.loss.isFinite else {
      throw TrainingError.weights(
        reason: "the loss with them is \(TrainingError.word(for: result.loss))"
      )
    }
    return result
  }

  /// As `evaluated(on:device:progress:)`, with whatever loss comes out.
  ///
  /// - Parameter processes: Those that evaluate together, each some of the batches; nil for alone.
  func measured(
    on batches: EvaluationBatches,
    device: Device,
    processes: ProcessGroup? = nil,
    progress: (Int) throws -> Void
  ) throws -> EvaluationResult {
    var lossSum = 0.0
    var result = EvaluationResult(loss: 0, errorCount: 0, imageCount: 0)
    // In an evaluation every stage is what it is when it freezes.
    var stages = FrozenPrefix()
    try stages.append(self.stages[...], kernels: kernels.forEvaluation)
    let (rank, processCount) = (processes?.rank ?? 0, processes?.count ?? 1)
    let queue = try batches.batches(from: rank, by: processCount)
    while let batch = try queue.next() {
      let labels = try batch.labels.moved(to: device)
      try withoutGradients {
        let scores = try stages.features(of: batch.images.moved(to: device))
        lossSum +=
          try scores.negativeLogLikelihood(labels: labels).item() * Double(batch.count)
        result.errorCount += try scores.errorCount(labels: labels)
      }
      result.imageCount += batch.count
      try progress(min(result.imageCount * processCount, batches.dataset.count))
    }
    if let processes {
      let sums = try processes.sum([lossSum, Double(result.errorCount), Double(result.imageCount)])
      (lossSum, result.errorCount, result.imageCount) = (sums[0], Int(sums[1]), Int(sums[2]))
    }
    result.loss = lossSum / Double(result.imageCount)
    return result
  }
}
