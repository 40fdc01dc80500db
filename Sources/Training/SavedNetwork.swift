import Foundation
import Models
import Torch
import TorchNN

/// A trained network with what is needed to use it: its weights, its architecture and the data set
/// that it was trained on.
public struct SavedNetwork: Sendable {
  /// What the weights' file says about them besides names and shapes.
  public struct Description: Hashable, Sendable, Codable {
    /// What the network looks like.
    public var architecture: Architecture
    /// The number of classes.
    public var classCount: Int
    /// The name of the data set.
    public var dataset: String
    /// Which of its images were held back.
    public var validation: RunConfiguration.Validation

    /// Collects the words.
    public init(
      architecture: Architecture,
      classCount: Int,
      dataset: String,
      validation: RunConfiguration.Validation
    ) {
      self.architecture = architecture
      self.classCount = classCount
      self.dataset = dataset
      self.validation = validation
    }
  }

  private static let descriptionKey = "freezeout.network"

  /// The weights by PyTorch's names.
  public let weights: StateDictionary
  /// What they are of; nil for a file of another program's.
  public let description: Description?

  /// Takes the weights of a network; they share memory with it.
  public init(_ network: Network, description: Description) {
    weights = StateDictionary(network.state)
    self.description = description
  }

  /// Takes the contents of a file: one that `safetensors()` made, or one of another program's.
  ///
  /// - Throws: `TrainingError.checkpoint` for a description that cannot be read.
  public init(_ safetensors: Safetensors) throws {
    weights = safetensors.stateDictionary
    description = try safetensors.metadata[Self.descriptionKey].map { text in
      do {
        return try JSONDecoder().decode(Description.self, from: Data(text.utf8))
      } catch {
        throw TrainingError.checkpoint(reason: "its description of the network cannot be read")
      }
    }
  }

  /// The contents of a file.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  public func safetensors() throws -> Safetensors {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var metadata = ["format": "pt"]
    if let description {
      metadata[Self.descriptionKey] = String(
        decoding: try encoder.encode(description),
        as: UTF8.self
      )
    }
    return Safetensors(tensors: weights.tensors, metadata: metadata)
  }

  /// Reads a file of weights, of this package's or of another program's.
  ///
  /// - Throws: `SafetensorsError`, and `TrainingError.checkpoint` for a description that cannot be
  ///   read.
  public init(contentsOf file: URL) throws {
    try self.init(Safetensors(contentsOf: file))
  }

  /// Writes the weights and their description: first beside the file's name, then renamed.
  ///
  /// - Throws: `SafetensorsError.unwritable`, `TorchError`
  public func write(to file: URL) throws {
    try safetensors().write(to: file)
  }

  /// The network with these weights.
  ///
  /// - Throws: `ArchitectureError`, `TorchError`, and `StateDictionaryError` when the weights are
  ///   another architecture's.
  public func network(
    _ architecture: Architecture,
    classCount: Int,
    device: Device = .cpu
  ) throws -> Network {
    let network = try architecture.makeNetwork(
      classCount: classCount,
      from: WeightInitializer(seed: 0, device: device)
    )
    try weights.load(into: network.state)
    return network
  }
}
