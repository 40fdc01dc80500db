import Foundation
import Datasets
import FreezeOut
import Models
import Processes
import TensorBoard
import Training

/// One run from its first iteration, or that of a checkpoint, to its last: on the terminal and in its
/// folder.
struct RunSession {
  let configuration: RunConfiguration
  let dataset: DatasetPair
  let dataFolder: URL
  let device: Device
  /// What the layers are computed with.
  let kernels: Kernels
  /// What the network costs here, to predict the run's duration from; nil for no prediction.
  var costs: MeasuredCosts?
  /// What keeping features costs here; nil to measure it where they are to be kept.
  var cacheCosts: CacheCosts?
  /// How many runs of its sweep go on at a time; nil for a run of none.
  var jobs: Int?
  /// How often its state is kept within an epoch.
  var checkpointInterval = CheckpointInterval.standard
  /// The processes that make the run together, of which this one keeps the records; nil for alone.
  var processes: ProcessGroup?
  /// How a device that works on its own makes steps; nil for what suits the device.
  var steps: DeviceSteps?
  /// Where it tells what it does.
  var output = Terminal.standardOutput

  /// Trains to the end.
  ///
  /// - Parameters:
  ///   - checkpoint: Where to go on; nil for the start.
  ///   - folder: Gives the folder at last, when nothing else can be refused any more.
  /// - Returns: What is in the folder's `run.json`, with the result.
  func run(from checkpoint: Checkpoint?, in folder: () throws -> RunFolder) throws -> RunDescription
  {
    let trainer = try trainer(from: checkpoint)
    let folder = try folder()
    folder.removePartialFiles()
    if let checkpoint { try folder.setAsideDamaged(goingOnFrom: checkpoint) }
    let plan = try checkpoint == nil ? plannedCache(of: trainer, in: folder) : nil
    trainer.keepFeatures(by: plan) { folder.features($0) }
    // With the plan, so that the run goes on by it, and before the description, so that a run that was
    // begun can be resumed, however it ended.
    if checkpoint == nil { try folder.write(trainer.checkpoint) }
    let writer = CheckpointWriter(trainer, in: folder, every: checkpointInterval)
    do {
      var description = description(of: trainer, in: folder, isNew: checkpoint == nil)
      try folder.write(description, to: folder.description)
      try train(trainer, in: folder, writer, description)
      description.finish(trainer)
      trainer.removeKeptFeatures()
      folder.removeFeatures()
      try folder.write(description, to: folder.description)
      return description
    } catch let interrupted as InterruptedRun {
      throw interrupted
    } catch {
      throw FailedRun(
        reason: error,
        keptIterations: writer.lastIterations,
        folder: folder.url.relativePath
      )
    }
  }

  /// Makes this process's part of a run whose records another one keeps.
  func runAlong(from checkpoint: Checkpoint?) throws {
    let trainer = try trainer(from: checkpoint)
    try Interruption.watched {
      try trainer.run { event in
        guard case .iteration = event, trainer.isStopAgreed == true else { return }
        throw InterruptedRun(
          signal: Interruption.signal ?? SIGTERM,
          iterations: trainer.learner.iteration,
          folder: ""
        )
      }
    }
  }

  private func trainer(from checkpoint: Checkpoint?) throws -> Trainer {
    let trainer = try Trainer(
      configuration: configuration,
      split: configuration.split(dataset),
      device: device,
      kernels: kernels,
      processes: processes,
      steps: steps
    )
    trainer.askInEveryIteration { Interruption.signal != nil }
    if let checkpoint { try trainer.restore(checkpoint) }
    return trainer
  }

  /// What is worth keeping of the frozen layers' output.
  private func plannedCache(of trainer: Trainer, in folder: RunFolder) throws -> CachePlan? {
    guard configuration.caching != nil, let costs else { return nil }
    if let cacheCosts { return CachePlan(schedule: trainer.learner.schedule, costs: cacheCosts) }
    return try keepingNothingWhereRefused {
      try trainer.cachePlan(costs: costs, measuringAt: folder.features(0))
    }
  }

  /// What is said of the run in its folder while it goes on.
  private func description(
    of trainer: Trainer,
    in folder: RunFolder,
    isNew: Bool
  ) -> RunDescription {
    var description = RunDescription(
      trainer,
      dataFolder: dataFolder,
      machine: .current(device: device, kernels: kernels, processCount: processes?.count)
    )
    description.jobs = jobs
    if !isNew, let earlier = folder.readDescription() {
      if earlier.machine.kernelsName != description.machine.kernelsName {
        output.write(
          "note: the run was begun with the kernels \(earlier.machine.kernelsName) and goes on with "
            + "\(kernels), which round otherwise\n"
        )
      }
      description.jobs = jobs ?? earlier.jobs
      description.startedAt = earlier.startedAt
      description.prediction = earlier.prediction
      description.costs = earlier.costs
      description.cachedFeatures = earlier.cachedFeatures
    }
    if description.prediction == nil {
      description.predict(trainer, costs: costs, cache: trainer.cachePlan)
    }
    return description
  }

  private func train(
    _ trainer: Trainer,
    in folder: RunFolder,
    _ writer: CheckpointWriter,
    _ description: RunDescription
  ) throws {
    let log = try MetricsLog(at: folder.metrics, records: trainer.records)
    let eventLog = try EventLog(of: trainer, description, in: folder)
    let reporter = TrainReporter(
      trainer,
      folder: folder,
      prediction: description.prediction,
      output: output
    )
    defer { reporter.clear() }
    reporter.begin()
    do {
      try Interruption.watched {
        try trainer.run { event in
          reporter.show(event)
          try keep(event, writer, log)
          try eventLog.update(with: event, of: trainer)
          try endIfAsked(event, of: trainer, in: folder, writer)
        }
      }
    } catch let error as TrainingError where error.isDivergence {
      try? eventLog.end(.failure, iterations: trainer.learner.iteration)
      throw error
    }
    try folder.write(trainer.savedNetwork)
    try eventLog.end(.success, iterations: trainer.learner.iteration)
    reporter.end()
  }

  /// Puts on the disk what an event is worth: records at once, the state after each epoch and where it
  /// is time.
  private func keep(
    _ event: Trainer.Event,
    _ writer: CheckpointWriter,
    _ log: MetricsLog
  ) throws {
    switch event {
    case .freeze(let record):
      try log.append(.freeze(record))
    case .epoch(let record):
      try log.append(.epoch(record))
      try writer.write()
    case .iteration:
      try writer.writeIfDue()
    case .evaluation, .placement, .recordingFailed:
      break
    }
  }

  /// Ends the run where a signal asked for it, with its state kept.
  private func endIfAsked(
    _ event: Trainer.Event,
    of trainer: Trainer,
    in folder: RunFolder,
    _ writer: CheckpointWriter
  ) throws {
    let signal: Int32
    if let isAgreed = trainer.isStopAgreed {
      guard isAgreed, case .iteration = event else { return }
      signal = Interruption.signal ?? SIGTERM
    } else {
      guard let received = Interruption.signal else { return }
      signal = received
    }
    switch event {
    case .iteration, .evaluation: try writer.write()
    // The iteration that it belongs to is told next.
    case .freeze, .placement, .recordingFailed: return
    // It was kept just now.
    case .epoch: break
    }
    throw InterruptedRun(
      signal: signal,
      iterations: trainer.learner.iteration,
      folder: folder.url.relativePath
    )
  }
}

extension Trainer {
  /// The network with what is needed to use it.
  var savedNetwork: SavedNetwork {
    SavedNetwork(
      learner.network,
      description: .init(
        architecture: configuration.architecture,
        classCount: learner.network.classCount,
        dataset: configuration.dataset,
        validation: configuration.validation
      )
    )
  }
}

extension RunConfiguration {
  /// Measures what the network costs here, with progress on the terminal.
  func measuredCostsWithProgress(
    classCount: Int,
    trainImageCount: Int,
    device: Device,
    kernels: Kernels
  ) throws -> MeasuredCosts {
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    return try measuredCosts(
      classCount: classCount,
      trainImageCount: trainImageCount,
      device: device,
      kernels: kernels
    ) { done in
      progress.update(done) { "timing the network" }
    }
  }
}
