import Datasets
import Foundation
import FreezeOut
import TorchNN

@testable import FreezeOutCommand
@testable import Training

/// A comparison's `compare.json` and a sweep's `sweep.json`, through the folder that holds it: whatever was
/// measured, every arm is a run that can be or an error, and its time can be predicted. Some go on to their
/// end.
struct ComparisonTarget: FuzzTarget {
  static let name = "comparison"

  static func expects(_ error: any Error) -> Bool {
    error is RunFolderError || error is TrainingError || error is ScheduleError
      || error is FeatureStoreError
  }

  static func memory(ofInputOf byteCount: Int) -> Int { 16 << 20 + 256 * byteCount }

  private let scratch: ScratchFolder
  private let folders: [(kind: SeriesFolder.Kind, scratch: ScratchFolder)]
  private let layerCount: Int
  private static let grid = SweepGrid(
    growths: [.linear, .cubic],
    firstFreezes: [0.3, 0.8],
    scalings: [true]
  )

  init() throws {
    scratch = try ScratchFolder()
    folders = try SeriesFolder.Kind.allCases.map { (kind: $0, scratch: try ScratchFolder()) }
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
    for (kind, scratch) in folders {
      try scratch.write(data, to: kind.descriptionName)
      let (configuration, description) = try measured(SeriesFolder(kind, url: scratch.url))
      switch kind {
      case .comparison:
        for arm in Arm.allCases {
          let sample = data.reduce(0) { $0 &* 31 &+ Int($1) }
          try check(arm, of: configuration, description, sample: sample)
        }
      case .sweep:
        for point in Self.grid.points(ofSeed: 0) {
          let prediction = try configuration.configuration(of: point, seed: 0).prediction(
            costs: description.costs,
            cacheCosts: description.cacheCosts,
            trainImageCount: 6
          )
          require(prediction.baselineSeconds >= 0, "a baseline of \(prediction.baselineSeconds) s")
        }
      }
    }
  }

  /// What a folder holds, with the settings of which it can be.
  private func measured(
    _ folder: SeriesFolder
  ) throws -> (RunConfiguration, SeriesFolder.Description) {
    let description = required(folder.description, "a description that is there was passed over")
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
    return (configuration, try folder.measured(layerCount: layerCount) { description })
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
