import Processes

// What a run is that several processes make together.

extension Trainer {
  /// Whether this process wants all of them to stop after an iteration; asked in each, where it makes the run with
  /// others.
  public func askInEveryIteration(whether wantsToStop: @escaping () -> Bool) {
    learner.joint?.wantsToStop = wantsToStop
  }

  /// Whether any process wanted to stop in the last iteration; nil where it makes the run alone.
  public var isStopAgreed: Bool? { learner.joint?.isStopAgreed }

  /// The processes that make the run together; nil where it is made alone.
  public var processes: ProcessGroup? { learner.joint?.processes }

  /// The bytes of gradients and running statistics that each process gives to the sums of an iteration; nil where the
  /// run is made alone.
  public var reducedBytes: Int? { learner.joint?.byteCount(frozenCount: learner.frozenCount) }

  /// Checks that every batch has as many images as batch norm needs, in each process.
  ///
  /// - Throws: `TrainingError.setting`
  func requireLargeEnoughBatches() throws {
    let processCount = learner.joint?.processes.count ?? 1
    let needed = learner.network.minimumBatchSize * processCount
    let smallest = smallestBatch(ofSize: configuration.batchSize)
    guard smallest < needed else { return }
    let possible = configuration.batchSize...max(configuration.batchSize, trainImageCount)
    let fitting = possible.first { smallestBatch(ofSize: $0) >= needed }
    throw TrainingError.setting(
      "batch size",
      "\(configuration.batchSize)",
      remedy: "with \(trainImageCount) images it leaves a batch of \(smallest), and "
        + "\(configuration.architecture) needs \(needed)"
        + (processCount > 1 ? " in \(processCount) processes; " : "; ")
        + (fitting.map { "use \($0)" } ?? "train on more images")
    )
  }

  /// The number of images of an epoch's last batch.
  private func smallestBatch(ofSize batchSize: Int) -> Int {
    let rest = trainImageCount % batchSize
    return rest > 0 ? rest : batchSize
  }
}
