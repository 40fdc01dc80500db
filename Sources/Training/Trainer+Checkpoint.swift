extension Trainer {
  /// Everything that the rest of the run depends on. It shares memory with the run: write it before
  /// the next iteration.
  ///
  /// - Throws: `TrainingError.diverged` where a device has been handed an iteration whose loss is not finite, and
  ///   `TorchError`.
  public var checkpoint: Checkpoint {
    get throws {
      try settle()
      return settledCheckpoint
    }
  }

  private var settledCheckpoint: Checkpoint {
    Checkpoint(
      configuration: configuration,
      iteration: learner.iteration,
      records: records,
      progress: progress,
      lossCurve: lossCurve,
      cachePlan: cachePlan,
      cacheUse: featureCacheUse,
      state: learner.stateDictionary,
      path: nil
    )
  }

  /// Continues a run from a checkpoint of it.
  ///
  /// - Precondition: this trainer has made no iteration itself.
  /// - Throws: `TrainingError.otherSettings` or `otherLength` when it is another run's, `TrainingError.checkpoint`
  ///   or `StateDictionaryError` when it does not fit. Nothing has moved then.
  public func restore(_ checkpoint: Checkpoint) throws {
    try requireSame(checkpoint.configuration)
    let run = RunShape(
      schedule: learner.schedule,
      layerNames: learner.network.stages.map(\.name),
      batchSize: configuration.batchSize,
      trainImageCount: trainImageCount,
      iterationsPerEpoch: iterationsPerEpoch,
      isMeasured: evaluationBatches != nil,
      // Only where it is asked for: the sizes take a forward pass.
      cacheCosts: checkpoint.cachePlan == nil ? nil : try unmeasuredCacheCosts()
    )
    if let reason = checkpoint.fault(in: run) {
      throw TrainingError.checkpoint(path: checkpoint.path, reason: reason)
    }
    try learner.restore(checkpoint.state, iteration: checkpoint.iteration)
    records = checkpoint.records
    progress = checkpoint.progress
    lossCurve = checkpoint.lossCurve
    plannedCache = checkpoint.cachePlan
    earlierCacheUse = checkpoint.cacheUse
  }

  private func requireSame(_ other: RunConfiguration) throws {
    let differences = configuration.differences(from: other)
    if differences.isEmpty { return }
    var lengthened = other
    lengthened.epochs = configuration.epochs
    guard lengthened == configuration else { throw TrainingError.otherSettings(differences) }
    throw TrainingError.otherLength(other, asked: configuration.epochs)
  }
}
