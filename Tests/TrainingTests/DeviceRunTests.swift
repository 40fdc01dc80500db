import Models
import Testing
import TorchNN

@testable import Training

/// Runs whose steps are handed over before the loss of the one before is read, on the CPU.
struct DeviceRunTests {
  @Test
  func
    `a step is handed over before the one before it is read, but for those where a stage begins`()
    throws
  {
    let trainer = try tinyTrainer(tinyConfiguration(), steps: .recorded)
    var ahead: [Int] = []
    var events: [String] = []
    try trainer.run { event in
      switch event {
      case .iteration(let report):
        ahead.append(trainer.learner.iteration - report.iterations)
        events.append("\(report.iterations)")
        #expect(
          report.learningRate
            == trainer.learner.schedule.learningRate(ofLayer: 6, atIteration: report.iterations - 1)
        )
      case .freeze(let record): events.append("froze \(record.layers.joined(separator: " "))")
      case .epoch(let record): events.append("epoch \(record.epoch)")
      case .evaluation, .placement, .recordingFailed: break
      }
    }
    #expect(
      events == [
        "1", "2", "3", "froze conv1", "4", "epoch 1", "froze dense1.0", "5", "froze trans1", "6",
        "7", "froze dense2.0", "8", "epoch 2", "froze trans2", "9", "10", "froze dense3.0", "11",
        "12", "epoch 3",
      ]
    )
    // Iteration 1, and those behind a freeze, are read at once; 4, 8 and 12 have three images, no batch that is recorded
    // where there was a larger one; before a freeze and at an epoch's end there is nothing to hand over.
    #expect(ahead == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: 1...11)
  func `a run with freezes goes on from where an event has ended it`(last: Int) throws {
    let configuration = tinyConfiguration()
    let whole = try tinyTrainer(configuration, steps: .recorded)
    try whole.run()
    let stopped = try tinyTrainer(configuration, steps: .recorded)
    #expect(throws: Stop.self) {
      try stopped.run { event in
        if case .iteration(let report) = event, report.iterations == last { throw Stop() }
      }
    }
    let resumed = try tinyTrainer(configuration, steps: .recorded)
    try resumed.restore(stopped.checkpoint)
    try resumed.run()
    #expect(try resumed.bits() == whole.bits())
    #expect(resumed.timelessRecords == whole.timelessRecords)
  }

  @Test
  func `every freeze record says how long recording took, and the first epoch's`() throws {
    let trainer = try tinyTrainer(tinyConfiguration(), steps: .recorded)
    try trainer.run()
    var found: [Double?] = []
    for record in trainer.records {
      switch record {
      case .freeze(let freeze): found.append(freeze.recordingSeconds)
      case .epoch(let epoch) where epoch.epoch == 1: found.append(epoch.recordingSeconds)
      case .epoch: break
      }
    }
    #expect(found.count == 7 && found.allSatisfy { ($0 ?? -1) >= 0 && ($0 ?? 60) < 60 })
  }

  @Test(arguments: [DeviceSteps.recorded, .eager])
  func `a checkpoint that is taken while a step is at work has that step`(steps: DeviceSteps)
    throws
  {
    var configuration = tinyConfiguration()
    configuration.freezing = nil
    let whole = try tinyTrainer(configuration, steps: steps)
    var checkpoints: [Int: Checkpoint] = [:]
    try whole.run { event in
      guard case .iteration(let report) = event else { return }
      let begun = whole.learner.iteration
      let file = try whole.checkpoint.safetensors().encoded()
      let checkpoint = try Checkpoint(Safetensors(file))
      #expect(checkpoint.iteration == begun)
      checkpoints[report.iterations] = checkpoint
    }
    let ahead = checkpoints.filter { $0.value.iteration > $0.key }
    #expect(ahead.count > 4)
    let undisturbed = try tinyTrainer(configuration, steps: steps)
    try undisturbed.run()
    #expect(try whole.bits() == undisturbed.bits())
    #expect(whole.timelessRecords == undisturbed.timelessRecords)
    #expect(whole.lossCurve.points.map(\.loss) == undisturbed.lossCurve.points.map(\.loss))
    for checkpoint in checkpoints.values {
      let resumed = try tinyTrainer(configuration, steps: steps)
      try resumed.restore(checkpoint)
      try resumed.run()
      #expect(try resumed.bits() == whole.bits())
      #expect(resumed.timelessRecords == whole.timelessRecords)
      #expect(resumed.lossCurve.points.map(\.loss) == whole.lossCurve.points.map(\.loss))
    }
  }

  @Test(arguments: [DeviceSteps.recorded, .eager])
  func `how long a device had nothing to do is in an epoch's record, and a CPU's has no such thing`(
    steps: DeviceSteps
  ) throws {
    func idleSeconds(_ steps: DeviceSteps?) throws -> [Double?] {
      let trainer = try tinyTrainer(tinyConfiguration(), steps: steps)
      var sums: [Double?] = [nil]
      try trainer.run { event in
        switch event {
        case .iteration(let report):
          guard let seconds = report.idleSeconds else { return }
          sums[sums.count - 1] = (sums[sums.count - 1] ?? 0) + seconds
        case .epoch(let record):
          #expect(record.idleSeconds == sums[sums.count - 1])
          #expect((record.idleSeconds ?? 0) >= 0)
          #expect((record.idleSeconds ?? 0) < record.trainSeconds)
          sums.append(nil)
        default: break
        }
      }
      return sums.dropLast()
    }
    #expect(try idleSeconds(steps).allSatisfy { $0 != nil })
    #expect(try idleSeconds(nil).allSatisfy { $0 == nil })
  }

  /// On a CPU, and where steps are handed over and waited for between iterations by a checkpoint.
  @Test(
    arguments: [(nil, false), (nil, true), (.recorded, true), (.eager, true)]
      as [(DeviceSteps?, Bool)]
  )
  func `what is done between iterations is none of their time`(
    steps: DeviceSteps?,
    takesCheckpoints: Bool
  ) throws {
    var configuration = tinyConfiguration()
    configuration.freezing = nil
    let trainer = try tinyTrainer(configuration, steps: steps)
    let clock = ContinuousClock()
    let begin = clock.now
    var (told, trained) = (Duration.zero, 0.0)
    try trainer.run { event in
      guard case .iteration(let report) = event else { return }
      trained += report.seconds
      let since = clock.now
      if takesCheckpoints { _ = try trainer.checkpoint }
      let settled = clock.now
      while clock.now - settled < .milliseconds(20) {}
      told += clock.now - (steps == nil ? since : settled)
    }
    #expect(trained > 0)
    #expect(trained + told / .seconds(1) <= (clock.now - begin) / .seconds(1))
  }

  @Test(arguments: [nil, DeviceSteps.recorded, .eager])
  func `a run that an event has ended goes on, and tells every iteration once`(steps: DeviceSteps?)
    throws
  {
    var configuration = tinyConfiguration()
    configuration.freezing = nil
    let whole = try tinyTrainer(configuration, steps: steps)
    try whole.run()
    let trainer = try tinyTrainer(configuration, steps: steps)
    var told: [Int] = []
    var trained = 0.0
    let clock = ContinuousClock()
    let begin = clock.now
    var paused = Duration.zero
    for stop in [2, 7, 100] {
      do {
        try trainer.run { event in
          guard case .iteration(let report) = event else { return }
          told.append(report.iterations)
          trained += report.seconds
          if report.iterations == stop { throw Stop() }
        }
      } catch is Stop {}
      let since = clock.now
      while clock.now - since < .milliseconds(30) {}
      paused += clock.now - since
    }
    #expect(told == Array(1...12))
    #expect(try trainer.bits() == whole.bits())
    #expect(trainer.timelessRecords == whole.timelessRecords)
    #expect(trained + paused / .seconds(1) <= (clock.now - begin) / .seconds(1))
  }

  @Test
  func `a run whose loss stops being finite ends at the same iteration as on a CPU`() throws {
    var configuration = tinyConfiguration(.wideResNet)
    configuration.freezing = nil
    configuration.learningRate = 1e30
    func failure(_ steps: DeviceSteps?, checkpoints: Bool = false) throws -> TrainingError? {
      let trainer = try tinyTrainer(configuration, steps: steps)
      return #expect(throws: TrainingError.self) {
        try trainer.run { event in
          if checkpoints, case .iteration = event { _ = try trainer.checkpoint }
        }
      }
    }
    guard case .diverged(let iteration, _, let layer?) = try failure(nil) else {
      Issue.record("on the CPU there is no such error")
      return
    }
    for steps in [DeviceSteps.recorded, .eager] {
      for checkpoints in [false, true] {
        let error = try failure(steps, checkpoints: checkpoints)
        guard case .diverged(iteration, _, layer) = error else {
          Issue.record(
            "\(steps): \(String(describing: error)), on the CPU at \(iteration), \(layer)"
          )
          continue
        }
      }
    }
  }
}
