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
  /// - Parameters:
  ///   - processes: Those that evaluate together, each some of the batches; nil for alone.
  ///   - pass: What the batches go through; nil for what suits the device.
  func measured(
    on batches: EvaluationBatches,
    device: Device,
    processes: ProcessGroup? = nil,
    through pass: RecordedPrefix? = nil,
    progress: (Int) throws -> Void
  ) throws -> EvaluationResult {
    // In an evaluation every stage is what it is when it freezes.
    var stages = FrozenPrefix()
    try stages.append(self.stages[...], kernels: kernels.forEvaluation)
    let pass = try pass ?? RecordedPrefix(on: device, .suited(to: device))
    // It may know the weights of another time.
    pass.forget()
    defer { pass.forget() }
    let (rank, processCount) = (processes?.rank ?? 0, processes?.count ?? 1)
    let queue = try batches.batches(from: rank, by: processCount)
    var sums = EvaluationSums()
    /// A batch that a device works on while the next one is handed over.
    var open: MeasuredBatch?
    func end(_ batch: MeasuredBatch) throws {
      try sums.add(batch)
      try progress(min(sums.imageCount * processCount, batches.dataset.count))
    }
    while let batch = try queue.next() {
      let labels = try batch.labels.sent(to: device)
      let measured = try withoutGradients {
        let scores = try pass.features(of: batch.images.sent(to: device), from: 0, by: stages)
        return MeasuredBatch(
          loss: try LateNumber(of: scores.negativeLogLikelihood(labels: labels)),
          errorCount: try LateNumber(of: scores.errorCount(labels: labels)),
          imageCount: batch.count
        )
      }
      if let open { try end(open) }
      open = measured
      if !pass.isLate {
        try end(measured)
        open = nil
      }
    }
    if let open { try end(open) }
    return try sums.result(over: processes)
  }
}

/// What came of a batch.
private struct MeasuredBatch {
  let loss: LateNumber
  let errorCount: LateNumber
  let imageCount: Int
}

/// What came of the batches so far.
private struct EvaluationSums {
  private var loss = 0.0
  private var errorCount = 0.0
  private(set) var imageCount = 0

  mutating func add(_ batch: MeasuredBatch) throws {
    loss += try batch.loss.value() * Double(batch.imageCount)
    errorCount += try batch.errorCount.value()
    imageCount += batch.imageCount
  }

  /// That of all processes, or of this one alone.
  func result(over processes: ProcessGroup?) throws -> EvaluationResult {
    var sums = [loss, errorCount, Double(imageCount)]
    if let processes { sums = try processes.sum(sums) }
    return EvaluationResult(
      loss: sums[0] / sums[2],
      errorCount: Int(sums[1]),
      imageCount: Int(sums[2])
    )
  }
}
