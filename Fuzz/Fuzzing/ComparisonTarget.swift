import Datasets
import Foundation
import FreezeOut
import TorchNN

@testable import FreezeOutCommand
@testable import Training

/// A comparison's `compare.json`, through the folder that holds it: whatever was measured, every arm is
/// a run that can be or an error, and its time can be predicted. Some go on to their end.
struct ComparisonTarget: FuzzTarget {
  static let name = "comparison"

  static func expects(_ error: any Error) -> Bool {
    error is RunFolderError || error is TrainingError || error is ScheduleError
      || error is FeatureStoreError
  }

  static func memory(ofInputOf byteCount: Int) -> Int { 16 << 20 + 256 * byteCount }

  private let scratch: ScratchFolder
  private let layerCount: Int

  init() throws {
    scratch = try ScratchFolder()
    layerCount = try TinyRun.configuration().layerCount(classCount: 2)
  }

  func seeds() throws -> [String: Data] {
    let kept = TinyRun.configuration(keepsFeatures: true)
    var cacheCosts = try TinyRun.trainer(kept).unmeasuredCacheCosts()
    cacheCosts?.frozenSeconds = [Double](repeating: 0.001, count: layerCount)
    return [
      "plain": try encoded(
        SeriesFolder.Description(
          configuration: TinyRun.configuration(),
          costs: .sample,
          cacheCosts: nil,
          machine: .sample
        )
      ),
      "kept": try encoded(
        SeriesFolder.Description(
          configuration: kept,
          costs: .sample,
          cacheCosts: cacheCosts,
          machine: .sample
        )
      ),
    ]
  }

  func run(_ data: Data) throws {
    try scratch.write(data, to: SeriesFolder.Kind.comparison.descriptionName)
    let folder = try SeriesFolder(.comparison, url: scratch.url)
    guard let description = folder.description else {
      return require(false, "a description that is there was passed over")
    }
    let again = try JSONDecoder().decode(
      SeriesFolder.Description.self,
      from: encoded(description)
    )
    require(
      again.costs == description.costs && again.cacheCosts == description.cacheCosts
        && again.configuration == description.configuration && again.machine == description.machine,
      "another description once written and read again"
    )
    let configuration = TinyRun.configuration(keepsFeatures: description.cacheCosts != nil)
    try? folder.requireSame(configuration, on: .sample)
    let measured = try folder.measured(layerCount: layerCount) { description }
    for arm in Arm.allCases {
      try check(arm, of: configuration, measured, sample: data.reduce(0) { $0 &* 31 &+ Int($1) })
    }
  }

  private func check(
    _ arm: Arm,
    of configuration: RunConfiguration,
    _ measured: SeriesFolder.Description,
    sample: Int
  ) throws {
    let imageCount = 6
    let finished = [Arm.baseline, .freezeOut].map {
      ArmResult(
        arm: $0,
        seed: 0,
        errorPercent: 50,
        trainSeconds: 1,
        predictedSeconds: nil,
        iterations: 4
      )
    }
    let run = try configuration.configuration(
      of: arm,
      costs: measured.costs,
      cacheCosts: measured.cacheCosts,
      trainImageCount: imageCount,
      finished: finished
    )
    let perEpoch = run.iterationsPerEpoch(trainImageCount: imageCount)
    let schedule = try run.schedule(layerCount: layerCount, iterationsPerEpoch: perEpoch)
    let plan =
      run.caching == nil
      ? nil : measured.cacheCosts.map { CachePlan(schedule: schedule, costs: $0) }
    let prediction = schedule.prediction(
      costs: measured.costs,
      iterationsPerEpoch: perEpoch,
      cache: plan
    )
    require(prediction.baselineSeconds >= 0, "a baseline of \(prediction.baselineSeconds) s")
    // Some, by their bytes: steps take their time.
    guard sample & 15 == 0, schedule.iterations < 100 else { return }
    let trainer = try TinyRun.trainer(run)
    let folder = scratch.url
    trainer.keepFeatures(by: plan) { folder.appendingPathComponent("\($0).cache") }
    defer { trainer.removeKeptFeatures() }
    try trainer.run()
  }
}
