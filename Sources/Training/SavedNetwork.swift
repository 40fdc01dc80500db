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
  /// The path of the file that they were read from.
  private let path: String?

  /// Takes the weights of a network; they share memory with it.
  public init(_ network: Network, description: Description) {
    weights = StateDictionary(network.state)
    self.description = description
    path = nil
  }

  /// Takes the contents of a file: one that `safetensors()` made, or one of another program's.
  ///
  /// - Parameter path: The file's path, for errors.
  /// - Throws: `TrainingError.weights` for a description that cannot be read, or whose network
  ///   there is not or needs more numbers than there are.
  public init(_ safetensors: Safetensors, path: String? = nil) throws {
    weights = safetensors.stateDictionary
    self.path = path
    do {
      description = try safetensors.metadata[Self.descriptionKey]
        .map(FileDescription<Description>.content)
    } catch {
      throw TrainingError.weights(
        path: path,
        reason: "their description of the network cannot be read: \(decodingReason(error))"
      )
    }
    if let description, let reason = description.fault(weights) {
      throw TrainingError.weights(path: path, reason: reason)
    }
  }

  /// The contents of a file.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  public func safetensors() throws -> Safetensors {
    var metadata = ["format": "pt"]
    metadata[Self.descriptionKey] = try description.map { try FileDescription($0).json() }
    return Safetensors(tensors: weights.tensors, metadata: metadata)
  }

  /// Reads a file of weights, of this package's or of another program's.
  ///
  /// - Throws: `SafetensorsError`, and `TrainingError.weights` as `init(_:path:)`.
  public init(contentsOf file: URL) throws {
    try self.init(Safetensors(contentsOf: file), path: file.path)
  }

  /// Writes the weights and their description: first beside the file's name, then renamed.
  ///
  /// - Throws: `SafetensorsError.unwritable`, `TorchError`, and `EncodingError` for a number that
  ///   JSON has no word for.
  public func write(to file: URL) throws {
    try safetensors().write(to: file)
  }

  /// The bytes of that file.
  ///
  /// - Throws: `TorchError`
  public func encoded() throws -> Data {
    try safetensors().encoded()
  }

  /// The network with these weights, for a data set of so many classes.
  ///
  /// - Throws: `TrainingError.weights` when the weights are of another number of classes,
  ///   `ArchitectureError`, `KernelsError`, `WeightInitializerError`, `TorchError`, and
  ///   `StateDictionaryError` when the weights are another architecture's.
  public func network(
    _ architecture: Architecture,
    classCount: Int,
    device: Device = .cpu,
    kernels: Kernels = .libtorch
  ) throws -> Network {
    if let own = description?.classCount, own != classCount {
      throw TrainingError.weights(
        path: path,
        reason: "they are of \(own) classes, the data set has \(classCount)"
      )
    }
    let network = try architecture.makeNetwork(
      classCount: classCount,
      from: WeightInitializer(seed: 0, device: device),
      kernels: kernels
    )
    try weights.load(into: network.state)
    return network
  }

  /// Whether the run that made the weights trained on the images that others validate with, the
  /// last tenth of the training images: a measurement on them then says nothing. False for another
  /// program's weights, which say nothing of it, and for another data set.
  ///
  /// - Parameter dataset: The name of the data set that is measured on.
  public func wasTrained(onValidationImagesOf dataset: String) -> Bool {
    guard let description, description.dataset == dataset else { return false }
    return description.validation != .validation
  }
}

extension SavedNetwork.Description {
  /// What contradicts the weights that it describes; nil for nothing.
  fileprivate func fault(_ weights: StateDictionary) -> String? {
    guard (2...65_536).contains(classCount) else {
      return "their description has \(classCount) classes"
    }
    let needed = architecture.parameterCount(classCount: classCount)
    return weights.lacks(needed) ? "\(architecture) has more numbers than the file" : nil
  }
}

extension StateDictionary {
  /// Whether these are fewer numbers than a network needs: it is not worth making then.
  func lacks(_ parameterCount: Double) -> Bool {
    tensors.values.reduce(0) { $0 + Double($1.elementCount) } < parameterCount
  }
}
