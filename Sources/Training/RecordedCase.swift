import Foundation
import FreezeOut
import Models
import Torch
import TorchNN

/// A run that another program recorded: what it started from, every batch, and what came out.
public struct RecordedCase: Sendable {
  /// The settings and the figures of every iteration.
  public let description: Description
  /// `initial/NAME`, `inputs` `[steps, batch, 3, 32, 32]`, `labels` `[steps, batch]`, `final/NAME`
  /// and `final_log_probabilities` `[batch, classes]` of the first inputs in evaluation.
  public let tensors: StateDictionary

  /// The contents of `case.json`.
  public struct Description: Sendable, Decodable {
    let model: String
    let architecture: ArchitectureSettings
    let classes: Int
    let firstFreeze: Double
    let growth: Growth
    let scalesLearningRates: Bool
    let iterations: Int
    let steps: Int
    let batchSize: Int
    let learningRate: Double
    let momentum: Double
    let nesterov: Bool
    let weightDecay: Double
    let losses: [Double]
    /// By iteration and layer; nil where the layer is frozen.
    let learningRates: [[Double?]]
    /// The layers that are frozen, by iteration.
    let frozenLayers: [[Int]]
    let drift: Drift

    private enum CodingKeys: String, CodingKey {
      case model, architecture, classes, iterations, steps, momentum, nesterov, losses
      case firstFreeze = "t0"
      case growth = "how_scale"
      case scalesLearningRates = "scale_lr"
      case batchSize = "batch"
      case learningRate = "base_lr"
      case weightDecay = "weight_decay"
      case learningRates = "learning_rates"
      case frozenLayers = "frozen"
      case drift = "float32_drift"
    }
  }

  /// How far `float32` strays from `float64` over the run: disagreement that means nothing.
  struct Drift: Sendable, Decodable {
    let loss: Double
    let weights: Double
    let logProbabilities: Double

    private enum CodingKeys: String, CodingKey {
      case loss
      case weights = "final_weights"
      case logProbabilities = "log_probabilities"
    }
  }

  /// The numbers that make a network of the model; which are there depends on it.
  struct ArchitectureSettings: Sendable, Decodable {
    let growthRate: Int?
    let depth: Int?
    let reduction: Double?
    let widenFactor: Int?
    let configuration: [VGGStep]?

    private enum CodingKeys: String, CodingKey {
      case depth, reduction, configuration
      case growthRate = "growth_rate"
      case widenFactor = "widen_factor"
    }
  }

  /// A number of channels, or `"M"`.
  struct VGGStep: Sendable, Decodable {
    let step: VGG.Step

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let channels = try? container.decode(Int.self) {
        step = .convolution(channels)
      } else if try container.decode(String.self) == "M" {
        step = .maxPool
      } else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither N nor M")
      }
    }
  }

  /// Reads a case from its two files.
  ///
  /// - Throws: `RecordedCaseError.malformed` as `init(json:tensors:)` and for a description that is
  ///   not there, and `SafetensorsError`.
  public init(description: URL, tensors: URL) throws {
    guard let json = FileManager.default.contents(atPath: description.path) else {
      throw RecordedCaseError.malformed("\(description.path) cannot be read")
    }
    try self.init(json: json, tensors: Safetensors(contentsOf: tensors))
  }

  /// Reads a case from the contents of its two files.
  ///
  /// - Throws: `RecordedCaseError.malformed` when the description cannot be read or contradicts
  ///   itself.
  public init(json: Data, tensors: Safetensors) throws {
    do {
      description = try JSONDecoder().decode(Description.self, from: json)
    } catch {
      throw RecordedCaseError.malformed(
        "case.json is not the description of a case: \(decodingReason(error))"
      )
    }
    self.tensors = tensors.stateDictionary
    let steps = description.steps
    guard steps >= 1, steps <= description.iterations else {
      throw RecordedCaseError.malformed(
        "case.json has \(steps) steps of a run of \(description.iterations) iterations"
      )
    }
    guard
      description.losses.count == steps, description.learningRates.count == steps,
      description.frozenLayers.count == steps
    else {
      throw RecordedCaseError.malformed(
        "case.json does not have figures for each of \(steps) steps"
      )
    }
  }
}

extension RecordedCase {
  /// The network that the case trains.
  ///
  /// - Throws: `RecordedCaseError.malformed` for an unknown model or missing numbers.
  public var architecture: Architecture {
    get throws {
      let settings = description.architecture
      switch description.model {
      case "densenet-bc", "densenet":
        guard let growthRate = settings.growthRate, let depth = settings.depth else { break }
        return .denseNet(
          DenseNet(
            growthRate: growthRate,
            depth: depth,
            bottleneck: description.model == "densenet-bc",
            reduction: settings.reduction ?? 0.5
          )
        )
      case "wide-resnet":
        guard let widenFactor = settings.widenFactor, let depth = settings.depth else { break }
        return .wideResNet(WideResNet(depth: depth, widenFactor: widenFactor))
      case "vgg":
        guard let configuration = settings.configuration else { break }
        return .vgg(VGG(steps: configuration.map(\.step), dropout: 0))
      default:
        throw RecordedCaseError.malformed("there is no model '\(description.model)'")
      }
      throw RecordedCaseError.malformed("the architecture of \(description.model) is incomplete")
    }
  }
}

/// Why a recorded case cannot be replayed.
public enum RecordedCaseError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The case contradicts itself or lacks something.
  case malformed(String)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .malformed(let reason): reason
    }
  }
}
