import Datasets
import Foundation
import FreezeOut
import Models
import Reports
import Training

/// The runs of a sweep, and how they are made.
struct SweepRuns {
  /// One of them.
  struct Run {
    let point: SweepPoint
    let seed: UInt64
    let planned: PlannedRun
    /// How long it trains, by what was measured.
    let predictedSeconds: Double

    /// Its folder's path below the sweep's.
    var name: String { "seed-\(seed)/\(point.name)" }
    /// What a person calls it.
    var title: String { "\(point.title), seed \(seed)" }
  }

  /// What came of them.
  struct Outcome {
    var results: [SweepResult] = []
    /// What a person calls those without a result.
    var failures: [String] = []
  }

  let runs: [Run]
  let measured: SeriesFolder.Description
  let folder: SeriesFolder
  let dataset: DatasetPair
  let dataFolder: URL
  let device: Device
  let kernels: Kernels
  /// How many go on at a time.
  let jobs: Int
  let output: Terminal

  /// Plans the runs, in the order in which they are made.
  init(
    grid: SweepGrid,
    seeds: Int,
    measured: SeriesFolder.Description,
    folder: SeriesFolder,
    dataset: DatasetPair,
    dataFolder: URL,
    device: Device,
    kernels: Kernels,
    jobs: Int,
    output: Terminal
  ) throws {
    self.measured = measured
    self.folder = folder
    self.dataset = dataset
    self.dataFolder = dataFolder
    self.device = device
    self.kernels = kernels
    self.jobs = jobs
    self.output = output
    let base = measured.configuration
    let trainImageCount = try base.split(dataset).training.count
    runs = try (0..<seeds).flatMap { index in
      let seed = base.seed &+ UInt64(index)
      return try grid.points(ofSeed: index).map { point in
        let configuration = base.configuration(of: point, seed: seed)
        return Run(
          point: point,
          seed: seed,
          planned: PlannedRun(
            series: .sweep,
            folder: folder.run(point.name, seed: seed),
            configuration: configuration
          ),
          predictedSeconds: try configuration.prediction(
            costs: measured.costs,
            cacheCosts: measured.cacheCosts,
            trainImageCount: trainImageCount
          ).seconds
        )
      }
    }
  }

  /// Makes those that are missing one after the other.
  ///
  /// - Throws: What a run throws, unless it is of that run alone.
  func inTurn() throws -> Outcome {
    var outcome = Outcome()
    for (index, run) in runs.enumerated() {
      if let known = try result(of: run) {
        outcome.results.append(known)
        continue
      }
      output.write("\n\(heading(index)); \(timeLeft(from: index))\n")
      do {
        try make(run)
        outcome.results += [try result(of: run)].compactMap { $0 }
      } catch let error as FailedRun where error.isRepeatedByResuming {
        output.write("\(error)\n")
        outcome.failures.append(run.title)
      }
    }
    return outcome
  }

  /// Makes one of them.
  ///
  /// - Throws: `UsageError` for a name that is none of the sweep's, and what the run throws.
  func make(named name: String) throws {
    guard let run = runs.first(where: { $0.name == name }) else {
      throw UsageError(description: "the sweep has no run '\(name)'")
    }
    if try result(of: run) == nil { try make(run) }
  }

  private func make(_ run: Run) throws {
    let session = RunSession(
      configuration: run.planned.configuration,
      dataset: dataset,
      dataFolder: dataFolder,
      device: device,
      kernels: kernels,
      costs: measured.costs,
      cacheCosts: run.point == .baseline ? nil : measured.cacheCosts,
      jobs: jobs,
      output: output
    )
    _ = try run.planned.make(session)
  }

  /// What a run came to; nil where it is not done.
  ///
  /// - Throws: `RunFolderError.foreignRun` for a run of other settings, and for figures that cannot be.
  func result(of run: Run) throws -> SweepResult? {
    guard let description = try run.planned.finished() else { return nil }
    guard let result = description.sweepResult(of: run.point, seed: run.seed), result.isPossible
    else { throw run.planned.foreign("its result cannot be one") }
    return result
  }

  /// Which run of how many it is.
  func heading(_ index: Int) -> String {
    "[\(index + 1)/\(runs.count)] \(runs[index].title)"
  }

  private func timeLeft(from index: Int) -> String {
    let seconds = runs[index...].filter { (try? $0.planned.finished()) == nil }
      .map(\.predictedSeconds).reduce(0, +)
    return "by measurement \(seconds.asDuration) of training left"
  }
}

extension RunDescription {
  /// What a finished run gives to a sweep; nil for one that is not.
  fileprivate func sweepResult(of point: SweepPoint, seed: UInt64) -> SweepResult? {
    guard status == .finished, let result, let error = result.evaluationErrorPercent else {
      return nil
    }
    return SweepResult(
      point: point,
      seed: seed,
      errorPercent: error,
      trainSeconds: result.trainSeconds,
      predictedSeconds: prediction?.trainSeconds,
      savingByOwnPace: comparison?.saving,
      iterations: result.iterations,
      usesSpareCore: configuration.freezing != nil && machine.hasCoreToSpare
    )
  }
}
