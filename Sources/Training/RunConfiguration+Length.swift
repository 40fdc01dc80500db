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
    return lasting(
      iterations: max(stretched?.iterations ?? 1, schedule.iterations),
      iterationsPerEpoch: perEpoch
    )
  }
}
