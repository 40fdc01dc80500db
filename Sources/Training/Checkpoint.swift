import Foundation
import FreezeOut
import Models
import Torch
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
  let lossCurve: LossCurve
  let cachePlan: CachePlan?
  let cacheUse: FeatureCacheUse?
  let state: StateDictionary
  /// The path of the file that it was read from.
  public let path: String?
}

// MARK: - As safetensors

extension Checkpoint {
  private struct Description: Codable {
    var configuration: RunConfiguration
    var iteration: Int
    var records: [RunRecord]
    var progress: EpochProgress
    /// Nil in checkpoints of before there was one.
    var lossCurve: LossCurve?
    var cachePlan: CachePlan?
    var cacheUse: FeatureCacheUse?
  }

  private static let descriptionKey = "freezeout.checkpoint"

  /// The checkpoint as weights and momenta by name, with everything else as JSON in the metadata.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  public func safetensors() throws -> Safetensors {
    let description = Description(
      configuration: configuration,
      iteration: iteration,
      records: records,
      progress: progress,
      lossCurve: lossCurve,
      cachePlan: cachePlan,
      cacheUse: cacheUse
    )
    return Safetensors(
      tensors: state.tensors,
      metadata: [
        Self.descriptionKey: try FileDescription(description).json(), FileSeal.key: FileSeal.blank,
      ]
    )
  }

  /// The bytes of a file: `safetensors()` with a checksum over everything.
  ///
  /// - Throws: `TorchError`, and `EncodingError` for a number that JSON has no word for.
  public func encoded() throws -> Data {
    FileSeal.sealed(try safetensors().encoded())
  }

  /// Writes the checkpoint to a file: first beside its name, then renamed, with the data on the disk
  /// before. At every instant there is the old file or the new one, whole, here or at `previous`.
  ///
  /// - Parameter previous: Where the file that is there already goes; nil to replace it.
  /// - Throws: `SafetensorsError.unwritable`, `TorchError`, and `EncodingError` for a number that
  ///   JSON has no word for.
  public func write(to file: URL, keepingPreviousAt previous: URL? = nil) throws {
    let data = try encoded()
    do {
      try RegularFile.write(data, to: file, keepingPreviousAt: previous)
    } catch {
      throw SafetensorsError.unwritable(path: file.path, reason: error.systemReason)
    }
  }

  /// Whether a file is one that `write(to:)` made, of whatever version, and no bit of it has changed.
  public static func isWhole(_ file: URL) -> Bool {
    guard let data = try? Safetensors.bytes(of: file) else { return false }
    return FileSeal.fault(in: data) == nil
  }

  /// Whether a file of this name was left by a process that ended while it wrote a checkpoint, or
  /// weights, if none does now.
  public static func isPartialFile(named name: String) -> Bool {
    RegularFile.isPartial(name)
  }

  /// Reads a file that `write(to:)` made.
  ///
  /// - Throws: `SafetensorsError`, and `TrainingError.checkpoint` as `init(_:path:)` and for a file of
  ///   which any bit has changed.
  public init(contentsOf file: URL) throws {
    try self.init(Safetensors.bytes(of: file), path: file.path)
  }

  /// Reads the bytes of a file that `write(to:)` made.
  ///
  /// - Parameter path: The file's path, for errors.
  /// - Throws: As `init(contentsOf:)`.
  public init(_ data: Data, path: String? = nil) throws {
    let safetensors = try Safetensors(data, path: path ?? "the data")
    guard safetensors.metadata[Self.descriptionKey] != nil else {
      throw TrainingError.checkpoint(path: path, reason: "the file holds tensors, but no run")
    }
    if let fault = FileSeal.fault(in: data) {
      throw TrainingError.checkpoint(path: path, reason: fault)
    }
    try self.init(safetensors, path: path)
  }

  /// Reads what `safetensors()` made.
  ///
  /// - Parameter path: The file's path, for errors.
  /// - Throws: `TrainingError.checkpoint` when it is something else, of another version, of
  ///   settings that cannot be, or holds fewer numbers than its network has.
  public init(_ safetensors: Safetensors, path: String? = nil) throws {
    guard let text = safetensors.metadata[Self.descriptionKey] else {
      throw TrainingError.checkpoint(path: path, reason: "the file holds tensors, but no run")
    }
    let description: Description
    do {
      description = try FileDescription<Description>.content(ofJSON: text)
    } catch {
      throw TrainingError.checkpoint(
        path: path,
        reason: "its description of the run cannot be read: \(decodingReason(error))"
      )
    }
    // Each class adds some more, but their number is the data set's.
    let architecture = description.configuration.architecture
    guard !safetensors.stateDictionary.lacks(architecture.parameterCount(classCount: 0)) else {
      throw TrainingError.checkpoint(
        path: path,
        reason: "\(architecture) has more numbers than the file"
      )
    }
    self.init(
      configuration: description.configuration,
      iteration: description.iteration,
      records: description.records,
      progress: description.progress,
      lossCurve: description.lossCurve ?? LossCurve(),
      cachePlan: description.cachePlan,
      cacheUse: description.cacheUse,
      state: safetensors.stateDictionary,
      path: path
    )
  }
}
