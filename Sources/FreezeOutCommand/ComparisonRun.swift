import Datasets
import Foundation
import FreezeOut
import Training

/// The runs of a comparison, seed by seed.
struct ComparisonRun {
  let configuration: RunConfiguration
  let seeds: Int
  let measured: ComparisonFolder.Description
  let folder: ComparisonFolder
  let dataset: DatasetPair
  let dataFolder: URL
  let device: Device
  let output: Terminal

  /// Makes the runs that are not there yet.
  ///
  /// - Returns: The results of all.
  func run() throws -> [ArmResult] {
    var results: [ArmResult] = []
    for index in 0..<seeds {
      let seed = configuration.seed &+ UInt64(index)
      var ofSeed: [ArmResult] = []
      for arm in Arm.order(ofSeed: index) {
        ofSeed.append(try run(arm, seed: seed, finished: ofSeed))
      }
      results += ofSeed
    }
    return results
  }

  private func run(_ arm: Arm, seed: UInt64, finished: [ArmResult]) throws -> ArmResult {
    let place = folder.run(arm, seed: seed)
    var seeded = configuration
    seeded.seed = seed
    let armConfiguration = try seeded.configuration(
      of: arm,
      costs: measured.costs,
      cacheCosts: measured.cacheCosts,
      trainImageCount: configuration.split(dataset).training.count,
      finished: finished
    )
    if let known = try place.finishedResult(of: arm, seed: seed, armConfiguration) { return known }
    let session = RunSession(
      configuration: armConfiguration,
      dataset: dataset,
      dataFolder: dataFolder,
      device: device,
      costs: measured.costs,
      cacheCosts: measured.cacheCosts,
      output: output
    )
    output.write("\n\(arm.name), seed \(seed)\n")
    let reserved = try place.reserved()
    let checkpoint = try place.checkpoint(ofArm: armConfiguration)
    let description = try session.run(from: checkpoint) { reserved }
    guard let result = description.result(of: arm, seed: seed) else {
      throw RunFolderError.unusableArm(place.url.path, reason: "it has no error to compare")
    }
    return result
  }
}

extension RunFolder {
  /// The result of a run that is done; nil for one that is not.
  ///
  /// - Throws: `RunFolderError.unusableArm` for a run of other settings, and for figures that cannot
  ///   be.
  fileprivate func finishedResult(
    of arm: Arm,
    seed: UInt64,
    _ configuration: RunConfiguration
  ) throws -> ArmResult? {
    guard let description = readDescription(), description.status == .finished else { return nil }
    let differences = configuration.differences(from: description.configuration)
    guard description.configuration == configuration else {
      throw RunFolderError.unusableArm(url.path, reason: differences.joined(separator: "; "))
    }
    guard let result = description.result(of: arm, seed: seed), result.isPossible else {
      throw RunFolderError.unusableArm(url.path, reason: "its result cannot be one")
    }
    return result
  }

  /// Where a run that was begun stands; nil for one that was not.
  ///
  /// - Throws: `RunFolderError.unusableArm` when that cannot be read, and for a run of other settings.
  fileprivate func checkpoint(ofArm configuration: RunConfiguration) throws -> Checkpoint? {
    guard holdsRun else { return nil }
    let checkpoint: Checkpoint
    do {
      checkpoint = try readCheckpoint()
    } catch {
      throw RunFolderError.unusableArm(url.path, reason: "its checkpoint cannot be read")
    }
    let differences = configuration.differences(from: checkpoint.configuration)
    guard differences.isEmpty else {
      throw RunFolderError.unusableArm(url.path, reason: differences.joined(separator: "; "))
    }
    return checkpoint
  }
}

extension RunDescription {
  /// What a finished run gives to a comparison; nil for one that is not.
  fileprivate func result(of arm: Arm, seed: UInt64) -> ArmResult? {
    guard status == .finished, let result, let error = result.evaluationErrorPercent else {
      return nil
    }
    return ArmResult(
      arm: arm,
      seed: seed,
      errorPercent: error,
      trainSeconds: result.trainSeconds,
      predictedSeconds: prediction?.trainSeconds,
      iterations: result.iterations,
      evaluationImageCount: evaluationImages,
      usesSpareCore: configuration.freezing != nil && machine.hasCoreToSpare
    )
  }
}

extension ArmResult {
  /// Whether these are figures of a run, as those of a file may not be.
  fileprivate var isPossible: Bool {
    (0...100).contains(errorPercent) && trainSeconds > 0 && trainSeconds.isFinite && iterations >= 1
      && (predictedSeconds ?? 1) > 0
  }
}
