import FreezeOut
import Testing

@testable import Training

/// Runs that end within an epoch, and runs at constant time.
struct RunLengthTests {
  private func configuration(extraIterations: Int, epochs: Int = 2) -> RunConfiguration {
    var configuration = tinyConfiguration()
    configuration.epochs = epochs
    configuration.extraIterations = extraIterations
    return configuration
  }

  // Four iterations an epoch of 8, 8, 8 and 3 images.
  @Test(arguments: [
    (2, 1, [4, 8, 9]), (2, 3, [4, 8, 11]), (0, 2, [2]), (1, 4, [4, 8]), (1, 7, [4, 8, 11]),
  ])
  func `the last epoch ends where the run does`(epochs: Int, extra: Int, ends: [Int]) throws {
    let trainer = try tinyTrainer(configuration(extraIterations: extra, epochs: epochs))
    try trainer.run()
    let found = trainer.records.compactMap { record in
      if case .epoch(let epoch) = record { epoch.iterations } else { nil }
    }
    #expect(found == ends)
    #expect(trainer.learner.schedule.iterations == ends.last)
  }

  @Test
  func `a run that ends within an epoch resumes from any iteration`() throws {
    let configuration = configuration(extraIterations: 3)
    let whole = try tinyTrainer(configuration)
    try whole.run()
    for iteration in 1...11 {
      for atEpochsEnd in [false, true] {
        let stopped = try tinyTrainer(configuration)
        let stop: (Trainer.Event) throws -> Void = { event in
          switch event {
          case .iteration(let report) where !atEpochsEnd && report.iterations == iteration:
            throw Stop()
          case .epoch(let record) where atEpochsEnd && record.iterations == iteration: throw Stop()
          default: break
          }
        }
        guard (try? stopped.run(report: stop)) == nil else { continue }
        let resumed = try tinyTrainer(configuration)
        try resumed.restore(Checkpoint(stopped.checkpoint.safetensors()))
        try resumed.run()
        #expect(try resumed.bits() == whole.bits(), "\(iteration)")
        #expect(resumed.timelessRecords == whole.timelessRecords, "\(iteration)")
      }
    }
  }

  @Test
  func `a run of no iteration is refused`() {
    #expect(throws: TrainingError.self) {
      try configuration(extraIterations: 0, epochs: 0).validate()
    }
    #expect(throws: TrainingError.self) { try configuration(extraIterations: -1).validate() }
  }

  private func costs(frozen: Double) throws -> MeasuredCosts {
    try MeasuredCosts(
      layers: (0..<7).map { index in
        LayerSeconds(
          name: "\(index)",
          forward: 1,
          backward: 2,
          frontierBackward: 2,
          optimizer: 0,
          frozen: frozen
        )
      },
      steps: [MeasuredStep(frozenCount: 0, seconds: 21)]
    )
  }

  @Test
  func `at constant time a run takes as long as its baseline, in more iterations`() throws {
    var configuration = tinyConfiguration()
    configuration.epochs = 50
    let costs = try costs(frozen: 0.5)
    let longer = try configuration.atConstantTime(costs: costs, trainImageCount: 27)
    #expect(longer.epochs * 4 + longer.extraIterations > 200)
    #expect(longer.extraIterations < 4)
    let schedule = try longer.schedule(layerCount: 7, iterationsPerEpoch: 4)
    let seconds = schedule.prediction(costs: costs, iterationsPerEpoch: 4).seconds
    #expect(seconds <= 200 * 21 && seconds > 199 * 21)
    #expect(longer.freezing == configuration.freezing)
    // Where frozen layers cost more than trained ones, it is not made shorter.
    let dear = try configuration.atConstantTime(costs: self.costs(frozen: 9), trainImageCount: 27)
    #expect(dear.epochs == 50 && dear.extraIterations == 0)
    #expect(dear.constantTimeEpochs == 50 && longer.constantTimeEpochs == 50)
    configuration.freezing = nil
    #expect(throws: TrainingError.self) {
      try configuration.atConstantTime(costs: costs, trainImageCount: 27)
    }
  }

  @Test
  func
    `who goes on at constant time has the length that was found, for the epochs that were asked for`()
    throws
  {
    var begun = configuration(extraIterations: 3, epochs: 8)
    begun.constantTimeEpochs = 6
    let asked = configuration(extraIterations: 0, epochs: 6)
    #expect(try asked.resumingConstantTime(of: begun, epochs: 6) == begun)
    #expect(try begun.resumingConstantTime(of: begun, epochs: nil) == begun)
    #expect(try asked.resumingConstantTime(of: asked, epochs: 6) == nil)
    // Also not for the length that it came to have.
    for epochs in [5, 7, 8] {
      #expect(throws: TrainingError.otherLength(begun, asked: epochs)) {
        try configuration(extraIterations: 3, epochs: epochs).resumingConstantTime(
          of: begun,
          epochs: epochs
        )
      }
    }
  }

  @Test(
    arguments: zip(
      [(8, 3, 6), (8, 0, 1), (1, 1, 6), (0, 2, 2)],
      [
        "6 epochs' time, 8 epochs and 3 iterations long", "1 epoch's time, 8 epochs long",
        "6 epochs' time, 1 epoch and 1 iteration long", "2 epochs' time, 2 iterations long",
      ]
    )
  )
  func `a run at constant time is not taken for one of the epochs in whose time it fits`(
    length: (epochs: Int, extra: Int, fitted: Int),
    words: String
  ) throws {
    var begun = configuration(extraIterations: length.extra, epochs: length.epochs)
    begun.constantTimeEpochs = length.fitted
    let checkpoint = try tinyTrainer(begun).checkpoint
    var asked = begun
    asked.epochs = length.epochs + 1
    let error = #expect(throws: TrainingError.self) { try tinyTrainer(asked).restore(checkpoint) }
    let sentence =
      "the run to resume is one of \(words), over which its rates and freezes are spread: one of "
      + "\(asked.epochs) has others from the first iteration on, "
    #expect(error?.description.hasPrefix(sentence) == true, "\(String(describing: error))")
  }

  @Test
  func `arms are what they are called`() throws {
    var configuration = tinyConfiguration()
    configuration.epochs = 50
    configuration.views = 2
    configuration.caching = FeatureCaching()
    let costs = try costs(frozen: 0.5)
    func arm(_ arm: Arm, _ finished: [ArmResult] = []) throws -> RunConfiguration {
      try configuration.configuration(
        of: arm,
        costs: costs,
        trainImageCount: 27,
        finished: finished
      )
    }
    let baseline = try arm(.baseline)
    #expect(baseline.freezing == nil && baseline.views == nil && baseline.caching == nil)
    #expect(baseline.epochs == 50)
    #expect(try arm(.freezeOut) == configuration)
    #expect(try arm(.constantTime).epochs > 50)
    #expect(throws: TrainingError.self) { try arm(.shortenedBaseline) }
    func result(_ arm: Arm, _ seconds: Double) -> ArmResult {
      ArmResult(
        arm: arm,
        seed: 0,
        errorPercent: 10,
        trainSeconds: seconds,
        predictedSeconds: nil,
        iterations: 200
      )
    }
    // 200 iterations in 100 s: 151 of them in 75.9 s.
    let short = try arm(.shortenedBaseline, [result(.baseline, 100), result(.freezeOut, 75.9)])
    #expect(short.freezing == nil)
    #expect(short.epochs == 37 && short.extraIterations == 3)
    #expect(Arm.order(ofSeed: 0) != Arm.order(ofSeed: 1))
    for seed in 0..<2 {
      let order = Arm.order(ofSeed: seed)
      #expect(Set(order) == Set(Arm.allCases) && order.last == .shortenedBaseline)
    }
  }
}
