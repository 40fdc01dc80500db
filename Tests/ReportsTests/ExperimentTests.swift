import FreezeOut
import Testing
import Training

@testable import Reports

struct ExperimentTests {
  private func only(_ runs: [ReportedRun]) throws -> Experiment {
    let experiments = Experiment.all(of: runs)
    try #require(experiments.count == 1)
    return experiments[0]
  }

  @Test
  func `runs that differ in the seed alone are one setting, whatever their folders are called`()
    throws
  {
    let experiment = try only(Runs.sweep().reversed())
    #expect(
      experiment.settings.map(\.label) == [
        "baseline", "linear, unscaled, t0 = 0.5", "linear, unscaled, t0 = 0.8",
        "cubic, scaled, t0 = 0.5", "cubic, scaled, t0 = 0.8",
      ]
    )
    #expect(experiment.settings.allSatisfy { $0.outcomes.map(\.run.configuration.seed) == [0, 1] })
    #expect(experiment.settings.map(\.kind).prefix(2) == [.baseline, .freezing])
  }

  @Test
  func `what was saved is of the time of the same seed's baseline`() throws {
    let settings = try only(Runs.sweep()).settings
    // 35 of 40 seconds, and 38.5 of 44; 38 of 40, and 41.8 of 44.
    for (setting, saving) in zip(settings, [0, 0.125, 0.05, 0.125, 0.05]) {
      #expect(setting.savingBasis == .baseline)
      #expect(setting.savings.allSatisfy { abs($0 - saving) < 1e-12 }, "\(setting.savings)")
    }
    #expect(settings[1].errors == [41.5, 42.5] && settings[0].errors == [40, 42])
  }

  struct NoBaseline: Sendable {
    var name: String
    var seed: UInt64 = 0
    var epochs = 4
    var threads = 2
    var kernels: String?
    var isFinished = true
  }

  @Test(arguments: [
    NoBaseline(name: "another seed", seed: 1), NoBaseline(name: "another length", epochs: 5),
    NoBaseline(name: "another number of threads", threads: 1),
    NoBaseline(name: "other kernels", kernels: "fused:avx2"),
    NoBaseline(name: "one that is not finished", isFinished: false),
  ])
  func `a baseline that times cannot be held against counts for none`(baseline: NoBaseline) throws {
    var machine = Runs.machine
    machine.threads = baseline.threads
    machine.kernels = baseline.kernels
    let runs = [
      try Runs.run(Runs.configuration(Runs.freezing()), paceSaving: 0.25),
      try Runs.run(
        Runs.configuration(nil, seed: baseline.seed, epochs: baseline.epochs),
        isFinished: baseline.isFinished,
        machine: machine
      ),
    ]
    let frozen = try #require(only(runs).settings.first { $0.kind == .freezing })
    #expect(frozen.savingBasis == .ownPace && frozen.savings == [0.25], "\(baseline.name)")
  }

  @Test
  func `a baseline of before there was a choice of kernels was computed with libtorch`() throws {
    var machine = Runs.machine
    machine.kernels = "libtorch"
    let runs = [
      try Runs.run(Runs.configuration(Runs.freezing()), paceSaving: 0.25, machine: machine),
      try Runs.run(Runs.configuration(nil)),
    ]
    let frozen = try #require(only(runs).settings.first { $0.kind == .freezing })
    #expect(frozen.savingBasis == .baseline)
  }

  @Test
  func `baselines that were cut to the time of other runs are one setting`() throws {
    let runs = try (0..<2).flatMap { seed -> [ReportedRun] in
      let seed = UInt64(seed)
      return [
        try Runs.run(Runs.configuration(nil, seed: seed)),
        try Runs.run(
          Runs.configuration(Runs.freezing(), seed: seed),
          epochSeconds: [10, 10, 10, 5]
        ),
        try Runs.run(
          Runs.configuration(nil, seed: seed, epochs: 3, extraIterations: Int(seed)),
          epochSeconds: seed == 0 ? [10, 10, 10] : [10, 10, 5, 5]
        ),
      ]
    }
    let settings = try only(runs).settings
    #expect(settings.map(\.kind) == [.baseline, .freezing, .shorterBaseline])
    #expect(settings[2].outcomes.count == 2 && settings[2].label == "shorter baseline, 3.2 epochs")
    #expect(settings[2].savings == [0.25, 0.25])
  }

  @Test
  func `a run at constant time is held against the baseline whose time it takes`() throws {
    var longer = Runs.configuration(Runs.freezing(), epochs: 5)
    longer.constantTimeEpochs = 4
    let settings = try only([
      Runs.run(Runs.configuration(nil)),
      Runs.run(longer, epochSeconds: [10, 10, 10, 6, 5], errors: [80, 60, 50, 40, 39]),
    ]).settings
    #expect(settings[1].label == "linear, unscaled, constant time, t0 = 0.5")
    #expect(abs(settings[1].savings[0] - -0.025) < 1e-12 && settings[1].errors == [39])
  }

  @Test
  func `other recipes and lengths of freezing runs are experiments of their own`() throws {
    var other = Runs.configuration(nil)
    other.learningRate = 0.05
    let runs = [
      try Runs.run(Runs.configuration(nil)), try Runs.run(other),
      try Runs.run(Runs.configuration(Runs.freezing())),
      try Runs.run(Runs.configuration(Runs.freezing(), epochs: 8)),
      try Runs.run(Runs.configuration(nil, epochs: 6)),
    ]
    let experiments = Experiment.all(of: runs)
    #expect(
      experiments.map { $0.settings.map(\.kind) } == [
        [.baseline, .freezing], [.freezing, .shorterBaseline], [.baseline],
      ]
    )
  }

  @Test
  func `runs that are not finished are in no mean`() throws {
    let experiment = try only([
      Runs.run(Runs.configuration(Runs.freezing()), paceSaving: 0.2),
      Runs.run(
        Runs.configuration(Runs.freezing(), seed: 1),
        errors: [70, 65],
        isFinished: false,
        paceSaving: 0.9
      ),
    ])
    #expect(experiment.settings[0].errors == [40] && experiment.settings[0].savings == [0.2])
    #expect(experiment.settings[0].outcomes.count == 2)
  }

  @Test
  func `facts that cannot be of one run are refused`() throws {
    func refusal(_ layers: [String], costs: MeasuredCosts? = nil) -> String? {
      do {
        _ = try Runs.run(Runs.configuration(nil), layers: layers, costs: costs)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal([]) == "it has 0 layers")
    #expect(
      refusal(["one"], costs: Runs.costs) == "its measured layers are not those of its network"
    )
    #expect(refusal(["one"]) == nil)
  }
}
