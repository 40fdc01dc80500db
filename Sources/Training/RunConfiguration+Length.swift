import FreezeOut

extension RunConfiguration {
  /// The same run in so many iterations.
  ///
  /// - Precondition: there is at least one iteration, in all and in an epoch.
  public func lasting(iterations: Int, iterationsPerEpoch: Int) -> RunConfiguration {
    precondition(iterations >= 1 && iterationsPerEpoch >= 1, "\(iterations) iterations")
    var configuration = self
    configuration.epochs = iterations / iterationsPerEpoch
    configuration.extraIterations = iterations % iterationsPerEpoch
    return configuration
  }

  /// The same run, longer by as much as freezing saves: as long as the run without freezing takes, by
  /// what was measured, with its freezes stretched.
  ///
  /// - Parameters:
  ///   - costs: What was measured of the network.
  ///   - cacheCosts: What was measured of keeping features; nil where none are kept.
  ///   - trainImageCount: The number of images of an epoch.
  /// - Throws: `ScheduleError` and `TrainingError.setting` for a run that freezes nothing.
  public func atConstantTime(
    costs: MeasuredCosts,
    cacheCosts: CacheCosts? = nil,
    trainImageCount: Int
  ) throws -> RunConfiguration {
    guard freezing != nil else {
      throw TrainingError.setting(
        "constant time",
        "had without freezing",
        remedy: "drop --const-time or --no-freeze-out"
      )
    }
    let perEpoch = iterationsPerEpoch(trainImageCount: trainImageCount)
    let schedule = try schedule(layerCount: costs.layers.count, iterationsPerEpoch: perEpoch)
    let baseline = schedule.prediction(costs: costs, iterationsPerEpoch: perEpoch).baselineSeconds
    let stretched = try schedule.stretched(
      toSeconds: baseline,
      costs: costs,
      cacheCosts: cacheCosts
    )
    var longer = lasting(
      iterations: max(stretched?.iterations ?? 1, schedule.iterations),
      iterationsPerEpoch: perEpoch
    )
    longer.constantTimeEpochs = epochs
    return longer
  }

  /// The same run in the length that an earlier process gave it by `atConstantTime`, to go on with it;
  /// nil where that one was not made so.
  ///
  /// - Parameters:
  ///   - begun: The run that was begun.
  ///   - asked: The epochs that are asked for now; nil to take those of the run.
  /// - Throws: `TrainingError.otherLength` for other epochs than those in whose time the run was made to
  ///   fit, also for those that it came to have.
  public func resumingConstantTime(
    of begun: RunConfiguration,
    epochs asked: Int?
  ) throws -> RunConfiguration? {
    guard let fitted = begun.constantTimeEpochs else { return nil }
    if let asked, asked != fitted { throw TrainingError.otherLength(begun, asked: asked) }
    var configuration = self
    configuration.constantTimeEpochs = fitted
    configuration.epochs = begun.epochs
    configuration.extraIterations = begun.extraIterations
    return configuration
  }

  /// How long it is, in words.
  var length: String {
    func count(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    let whole = [(epochs, "epoch"), (extraIterations, "iteration")].filter { $0.0 > 0 }
      .map { count($0.0, $0.1) }.joined(separator: " and ")
    return constantTimeEpochs.map {
      "\(count($0, "epoch"))\($0 == 1 ? "'s" : "'") time, \(whole) long"
    } ?? whole
  }

  /// How long the run takes, by what was measured.
  ///
  /// - Parameters: as of `atConstantTime`.
  /// - Throws: `ScheduleError` and `TrainingError.setting` for an impossible run.
  public func prediction(
    costs: MeasuredCosts,
    cacheCosts: CacheCosts? = nil,
    trainImageCount: Int
  ) throws -> RunPrediction {
    let perEpoch = iterationsPerEpoch(trainImageCount: trainImageCount)
    let schedule = try schedule(layerCount: costs.layers.count, iterationsPerEpoch: perEpoch)
    return schedule.prediction(
      costs: costs,
      iterationsPerEpoch: perEpoch,
      cache: caching == nil ? nil : cacheCosts.map { CachePlan(schedule: schedule, costs: $0) },
      lastBatchShare: lastBatchShare(trainImageCount: trainImageCount)
    )
  }
}
