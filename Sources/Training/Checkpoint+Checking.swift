import FreezeOut

/// What the run of a checkpoint looks like: all that its numbers must follow from.
struct RunShape {
  var schedule: Schedule
  var layerNames: [String]
  var batchSize: Int
  var trainImageCount: Int
  var iterationsPerEpoch: Int
  var isMeasured: Bool
  /// What follows from the run of what its plan of features to keep is made from; nil where it keeps
  /// none.
  var cacheCosts: CacheCosts?
}

extension Checkpoint {
  /// What contradicts the run that the checkpoint is said to be of; nil for nothing.
  func fault(in run: RunShape) -> String? {
    guard (0...run.schedule.iterations).contains(iteration) else {
      return "it is at iteration \(iteration) of \(run.schedule.iterations)"
    }
    return cacheFault(in: run) ?? progressFault(in: run) ?? recordsFault(in: run)
      ?? curveFault(in: run)
  }

  private func curveFault(in run: RunShape) -> String? {
    let isPossible = lossCurve.isPossible(
      atIteration: iteration,
      of: run.schedule.iterations,
      batchSize: run.batchSize
    )
    return isPossible ? nil : "its curve of the loss contradicts the run"
  }

  private func cacheFault(in run: RunShape) -> String? {
    if let cacheUse, run.cacheCosts == nil || !cacheUse.isPossible {
      return "what came of its kept features cannot be"
    }
    guard let cachePlan else { return nil }
    guard let expected = run.cacheCosts else { return "it keeps features, and the run keeps none" }
    return (cachePlan.costs.difference(from: expected) ?? cachePlan.fault(in: run.schedule))
      .map { "its plan of what to keep \($0)" }
  }

  /// The number of epochs that have a record. At an epoch's end, the record may be still to come.
  private func finishedEpochs(_ run: RunShape) -> Int {
    guard endsEpoch(run) else { return iteration / run.iterationsPerEpoch }
    let ended = run.epochCount(ofIterations: iteration)
    return progress.imageCount > 0 ? ended - 1 : ended
  }

  /// Whether an epoch ends here, the last one within itself where the run has extra iterations.
  private func endsEpoch(_ run: RunShape) -> Bool {
    iteration.isMultiple(of: run.iterationsPerEpoch) || iteration == run.schedule.iterations
  }

  private func progressFault(in run: RunShape) -> String? {
    let begun = iteration % run.iterationsPerEpoch
    let seen = begun == 0 ? run.trainImageCount : begun * run.batchSize
    let imageCounts = iteration == 0 ? [0] : endsEpoch(run) ? [0, seen] : [seen]
    guard imageCounts.contains(progress.imageCount) else {
      return "its epoch is at \(progress.imageCount) images, and at iteration \(iteration) that is "
        + imageCounts.map(String.init).joined(separator: " or ")
    }
    guard progress.lossSum.isFinite, progress.trainSeconds.isDuration,
      progress.dataSeconds.isDuration, (progress.recordingSeconds ?? 0).isDuration,
      (progress.idleSeconds ?? 0).isDuration
    else {
      return "its epoch has a loss of \(progress.lossSum) in \(progress.trainSeconds) s"
    }
    return nil
  }

  private func recordsFault(in run: RunShape) -> String? {
    let freezes = run.schedule.freezeEvents.prefix { $0.iteration < iteration }
    let epochs = finishedEpochs(run)
    guard records.count == freezes.count + epochs else {
      return "it has \(records.count) records, and at iteration \(iteration) there are "
        + "\(freezes.count + epochs)"
    }
    let due =
      freezes.map { run.landmark(of: $0) } + (0..<epochs).map { run.landmark(ofEpoch: $0 + 1) }
    let expected = due.sorted { ($0.iterations, $0.epochEnds) < ($1.iterations, $1.epochEnds) }
    for (record, landmark) in zip(records, expected) {
      guard record.landmark == landmark, record.implausibility == nil,
        record.fits(isMeasured: run.isMeasured)
      else {
        return "its record of iteration \(landmark.iterations) contradicts the run"
      }
    }
    return nil
  }
}

/// What a record says that the schedule determines.
private struct Landmark: Equatable {
  /// The number of iterations made when it was recorded.
  var iterations: Int
  var epoch: Int
  var frozenCount: Int
  /// The layers that froze; empty at an epoch's end.
  var layers: [String]

  /// 1 for an epoch's end, which comes after a freeze of its last iteration.
  var epochEnds: Int { layers.isEmpty ? 1 : 0 }
}

extension RunShape {
  /// The number of epochs that are begun or ended after so many iterations.
  fileprivate func epochCount(ofIterations iterations: Int) -> Int {
    iterations / iterationsPerEpoch + (iterations.isMultiple(of: iterationsPerEpoch) ? 0 : 1)
  }

  fileprivate func landmark(of event: FreezeEvent) -> Landmark {
    Landmark(
      iterations: event.iteration + 1,
      epoch: event.iteration / iterationsPerEpoch + 1,
      frozenCount: event.layers.upperBound,
      layers: Array(layerNames[event.layers])
    )
  }

  fileprivate func landmark(ofEpoch epoch: Int) -> Landmark {
    let iterations = schedule.end(ofEpoch: epoch, iterationsPerEpoch: iterationsPerEpoch)
    return Landmark(
      iterations: iterations,
      epoch: epoch,
      frozenCount: schedule.frozenCount(atIteration: iterations - 1),
      layers: []
    )
  }
}

extension RunRecord {
  fileprivate var landmark: Landmark {
    switch self {
    case .epoch(let record):
      Landmark(
        iterations: record.iterations,
        epoch: record.epoch,
        frozenCount: record.frozenCount,
        layers: []
      )
    case .freeze(let record):
      Landmark(
        iterations: record.iteration &+ 1,
        epoch: record.epoch,
        frozenCount: record.frozenCount,
        layers: record.layers
      )
    }
  }

  /// Whether an epoch has an error where the run has images to measure by, and none where it has not.
  fileprivate func fits(isMeasured: Bool) -> Bool {
    guard case .epoch(let record) = self else { return true }
    return (record.evaluationLoss != nil) == isMeasured
      && (record.evaluationError != nil) == isMeasured
  }
}
