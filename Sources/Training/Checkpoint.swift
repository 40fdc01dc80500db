import Foundation
import Models
import TorchNN

/// A run at one instant: all that is needed to go on as if it had never stopped.
///
/// Orders, augmentations and dropout are functions of the seed and the iteration, so that no
/// generator has a state to keep; which layers are frozen follows from the iteration.
public struct Checkpoint: Sendable {
  /// What determines the result of the run.
  public let configuration: RunConfiguration
  /// The number of iterations made.
  public let iteration: Int
  /// The log so far.
  public let records: [RunRecord]

  let progress: EpochProgress
  let state: StateDictionary

  init(
    configuration: RunConfiguration,
    iteration: Int,
    records: [RunRecord],
    progress: EpochProgress,
    state: StateDictionary
  ) {
    self.configuration = configuration
    self.iteration = iteration
    self.records = records
    self.progress = progress
    self.state = state
  }
}

// MARK: - As safetensors

extension Checkpoint {
  private struct Description: Codable {
    var configuration: RunConfiguration
    var iteration: Int
    var records: [RunRecord]
    var progress: EpochProgress
  }

  private static let descriptionKey = "freezeout.checkpoint"

  /// The checkpoint as weights and momenta by name, with everything else as JSON in the metadata.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  public func safetensors() throws -> Safetensors {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let description = try encoder.encode(
      Description(
        configuration: configuration,
        iteration: iteration,
        records: records,
        progress: progress
      )
    )
    return Safetensors(
      tensors: state.tensors,
      metadata: [Self.descriptionKey: String(decoding: description, as: UTF8.self)]
    )
  }

  /// Writes the checkpoint to a file: first beside its name, then renamed.
  ///
  /// - Throws: `SafetensorsError.unwritable`, `TorchError`
  public func write(to file: URL) throws {
    try safetensors().write(to: file)
  }

  /// Reads a file that `write(to:)` made.
  ///
  /// - Throws: `SafetensorsError`, and `TrainingError.checkpoint` when it is something else.
  public init(contentsOf file: URL) throws {
    try self.init(Safetensors(contentsOf: file))
  }

  /// Reads what `safetensors()` made.
  ///
  /// - Throws: `TrainingError.checkpoint` when it is something else.
  public init(_ safetensors: Safetensors) throws {
    guard let text = safetensors.metadata[Self.descriptionKey] else {
      throw TrainingError.checkpoint(reason: "the file holds tensors, but no run")
    }
    let description: Description
    do {
      description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
    } catch {
      throw TrainingError.checkpoint(reason: "its description of the run cannot be read")
    }
    self.init(
      configuration: description.configuration,
      iteration: description.iteration,
      records: description.records,
      progress: description.progress,
      state: safetensors.stateDictionary
    )
  }
}

extension RunConfiguration {
  /// The settings that differ, a phrase each: `epochs 20 there, 10 here`.
  func differences(from other: RunConfiguration) -> [String] {
    func compare<Value: Equatable>(_ name: String, _ path: KeyPath<Self, Value>) -> String? {
      let (mine, theirs) = (self[keyPath: path], other[keyPath: path])
      return mine == theirs ? nil : "\(name) \(theirs) there, \(mine) here"
    }
    return [
      compare("model", \.architecture.description),
      compare("reduction", \.architecture.reductionWord),
      compare("dropout", \.architecture.dropout),
      compare("data set", \.dataset),
      compare("training images", \.maxTrainImages.wordOrAll),
      compare("validation", \.validation.rawValue),
      compare("augmentation", \.augment),
      compare("epochs", \.epochs),
      compare("batch size", \.batchSize),
      compare("seed", \.seed),
      compare("learning rate", \.learningRate),
      compare("momentum", \.rule.momentum),
      compare("weight decay", \.rule.weightDecay),
      compare("Nesterov", \.rule.nesterov),
      compare("first freeze", \.freezing.firstFreezeWord),
      compare("growth", \.freezing.growthWord),
      compare("scaled rates", \.freezing.scalingWord),
    ].compactMap { $0 }
  }
}

extension Architecture {
  fileprivate var reductionWord: String {
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

extension Int? {
  fileprivate var wordOrAll: String { map(String.init) ?? "all" }
}

extension RunConfiguration.Freezing? {
  fileprivate var firstFreezeWord: String { map { "\($0.firstFreeze)" } ?? "none" }
  fileprivate var growthWord: String { self?.growth.rawValue ?? "none" }
  fileprivate var scalingWord: String { self.map { "\($0.scalesLearningRates)" } ?? "none" }
}
