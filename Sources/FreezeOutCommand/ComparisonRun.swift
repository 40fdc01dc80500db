import Datasets
import Foundation
import FreezeOut
import Models
import Training

/// The runs of a comparison, seed by seed.
struct ComparisonRun {
  let configuration: RunConfiguration
  let seeds: Int
  let measured: SeriesFolder.Description
  let folder: SeriesFolder
  let dataset: DatasetPair
  let dataFolder: URL
  let device: Device
  let kernels: Kernels
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
    let place = folder.run(arm.rawValue, seed: seed)
    var seeded = configuration
    seeded.seed = seed
    let armConfiguration = try seeded.configuration(
      of: arm,
      costs: measured.costs,
      cacheCosts: measured.cacheCosts,
      trainImageCount: configuration.split(dataset).training.count,
      finished: finished
    )
    let planned = PlannedRun(series: .comparison, folder: place, configuration: armConfiguration)
    if let done = try planned.finished() {
      guard let result = done.result(of: arm, seed: seed), result.isPossible else {
        throw planned.foreign("its result cannot be one")
      }
      return result
    }
    let session = RunSession(
      configuration: armConfiguration,
      dataset: dataset,
      dataFolder: dataFolder,
      device: device,
      kernels: kernels,
      costs: measured.costs,
      cacheCosts: measured.cacheCosts,
      output: output
    )
    output.write("\n\(arm.name), seed \(seed)\n")
    guard let result = try planned.make(session).result(of: arm, seed: seed) else {
      throw planned.foreign("it has no error to compare")
    }
    return result
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
