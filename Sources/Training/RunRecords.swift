import FreezeOut

/// What an epoch came to.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// The epoch, from 1.
  public var epoch: Int
  /// The number of iterations made since the start of the run.
  public var iterations: Int
  /// The mean loss over the epoch's training images, each as its step saw it.
  public var trainLoss: Double
  /// The mean loss over the images that the run is measured by; nil where there are none.
  public var evaluationLoss: Double?
  /// The share of them that is misclassified, in percent.
  public var evaluationError: Double?
  /// How many layers are frozen at the end.
  public var frozenCount: Int
  /// The duration of training, without evaluation and checkpoint, in seconds.
  public var trainSeconds: Double
  /// The duration of evaluation, in seconds.
  public var evaluationSeconds: Double
  /// Training images by second of training.
  public var imagesPerSecond: Double
  /// How long the training step waited for batches, in seconds; part of `trainSeconds`.
  public var dataSeconds: Double
  /// How long it took to record steps and frozen layers for the GPU to repeat, in seconds; part of `trainSeconds` but for
  /// what was recorded beside a step. Nil where nothing was recorded.
  public var recordingSeconds: Double?
  /// How long the GPU had no part of a training step to do between two of them, in seconds; part of `trainSeconds`, without
  /// what recording took. Gaps within a step are not seen. Nil on the CPU.
  public var idleSeconds: Double?
}

/// Layers that left training.
public struct FreezeRecord: Hashable, Sendable, Codable {
  /// The first iteration, from 0, in which they were frozen.
  public var iteration: Int
  /// The epoch of that iteration, from 1.
  public var epoch: Int
  /// Their names, in forward order.
  public var layers: [String]
  /// How many layers are frozen from then on.
  public var frozenCount: Int
  /// The duration of training up to then, without evaluation and checkpoints, in seconds.
  public var trainSeconds: Double
  /// The bytes on the heap at the end of the forward pass before, when a step needs most: weights,
  /// momenta, gradients, batches, and what the backward pass keeps. On a GPU the most that its tensors had in a step of
  /// the stage that ended. Nil where they are not counted, and before the first step.
  public var stepBytesBefore: Int?
  /// The same after the layers froze.
  public var stepBytesAfter: Int?
  /// The bytes of gradients and running statistics that each process gives to the sums of an iteration from then on;
  /// nil for a run of one process.
  public var reducedBytes: Int?
  /// How long it took, within the first iteration from then on, to record a step for the GPU to repeat; nil where none
  /// was recorded.
  public var recordingSeconds: Double?
}

/// Where a run stands within an epoch.
struct EpochProgress: Hashable, Sendable, Codable {
  var lossSum = 0.0
  var imageCount = 0
  var trainSeconds = 0.0
  var dataSeconds = 0.0
  /// Nil where nothing was recorded; checkpoints of before there was that lack it.
  var recordingSeconds: Double?
  /// Nil where no device works on its own; checkpoints of before there was that lack it.
  var idleSeconds: Double?

  mutating func add(_ iteration: Trainer.IterationReport) {
    recordingSeconds = recordingSeconds.adding(iteration.recordingSeconds)
    idleSeconds = idleSeconds.adding(iteration.idleSeconds)
    lossSum += iteration.loss * Double(iteration.imageCount)
    imageCount += iteration.imageCount
    trainSeconds += iteration.seconds
    dataSeconds += iteration.dataSeconds
  }
}

extension Double? {
  /// The sum of what there is; nil for nothing.
  func adding(_ other: Double?) -> Double? {
    guard let self, let other else { return self ?? other }
    return self + other
  }
}

/// One line of a run's log.
public enum RunRecord: Hashable, Sendable {
  /// The end of an epoch.
  case epoch(EpochRecord)
  /// A freeze event.
  case freeze(FreezeRecord)
}

extension RunRecord: Codable {
  private enum CodingKeys: CodingKey {
    case event
  }

  private enum Event: String, Codable {
    case epoch, freeze
  }

  /// Reads an object whose `event` tells what the other keys are.
  ///
  /// - Throws: `DecodingError`
  public init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: CodingKeys.self).decode(Event.self, forKey: .event) {
    case .epoch: self = .epoch(try EpochRecord(from: decoder))
    case .freeze: self = .freeze(try FreezeRecord(from: decoder))
    }
  }

  /// Writes an object whose `event` tells what the other keys are.
  ///
  /// - Throws: `EncodingError` for a number that the format has no word for.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .epoch(let record):
      try container.encode(Event.epoch, forKey: .event)
      try record.encode(to: encoder)
    case .freeze(let record):
      try container.encode(Event.freeze, forKey: .event)
      try record.encode(to: encoder)
    }
  }
}

extension RunRecord {
  /// The record without what clock and memory decide: what is the same in every run of the same
  /// settings.
  package var timeless: RunRecord {
    switch self {
    case .epoch(var record):
      record.trainSeconds = 0
      record.evaluationSeconds = 0
      record.imagesPerSecond = 0
      record.dataSeconds = 0
      record.recordingSeconds = nil
      record.idleSeconds = nil
      return .epoch(record)
    case .freeze(var record):
      record.trainSeconds = 0
      record.stepBytesBefore = nil
      record.stepBytesAfter = nil
      record.recordingSeconds = nil
      return .freeze(record)
    }
  }
}
