import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

/// The faults of the published code (github.com/ajbrock/FreezeOut), each with the proof that this
/// package does not repeat it.
struct PublishedFaultTests {
  @Test
  func `fault 1, a schedule of 1000 iterations an epoch: the run ends where the schedule does`()
    throws
  {
    let paper = RunConfiguration(architecture: .denseNet(DenseNet()), dataset: "cifar100")
    let schedule = try paper.schedule(layerCount: 40, iterationsPerEpoch: 900)
    // The published run stops at 90,000 of 100,000 with its last rates far from 0.
    #expect(schedule.iterations == 90_000)
    #expect(try #require(schedule.learningRate(ofLayer: 39, atIteration: 89_999)) < 1e-9)

    let trainer = try tinyTrainer(tinyConfiguration())
    var rates: [Double] = []
    try trainer.run { event in
      if case .iteration(let report) = event { rates.append(report.learningRate) }
    }
    #expect(rates.count == 12 && trainer.learner.schedule.iterations == 12)
    // 0.02 / 2 * (1 + cos(pi * 11 / 12))
    #expect(abs((rates.last ?? 0) - 0.000340742) < 1e-9)
  }

  @Test
  func `fault 2, frozen layers that build a graph: a frozen prefix builds none, the stem first`()
    throws
  {
    for family in Family.allCases {
      let network = try network(family.architecture())
      let images = try StepInput(0).images
      for frozenCount in 1..<network.stages.count {
        let features = try network.frozenFeatures(of: images, frozenCount: frozenCount)
        #expect(!features.requiresGradient, "\(frozenCount) layers of \(family.rawValue)")
      }
      // The graph of the published code: the same stage outside of the prefix.
      let stem = try network.stages[0].stage(images, mode: .inference)
      #expect(stem.requiresGradient)
    }
  }

  @Test
  func `fault 3, momentum that stays: frozen layers have none in the optimizer or a checkpoint`()
    throws
  {
    let trainer = try tinyTrainer(tinyConfiguration())
    func momenta() throws -> Set<String> {
      let names = try trainer.checkpoint.safetensors().tensors.keys
      return Set(names.filter { $0.hasPrefix("momenta/") })
    }
    try trainer.run { event in
      guard case .freeze(let record) = event else { return }
      let stages = trainer.learner.network.stages
      let frozen = stages[..<record.frozenCount].flatMap(\.state.parameters).map(\.name)
      let training = stages[record.frozenCount...].flatMap(\.state.parameters).map(\.name)
      let held = try momenta()
      #expect(frozen.allSatisfy { !held.contains("momenta/\($0)") })
      #expect(held == Set(training.map { "momenta/\($0)" }))
    }
  }

  @Test
  func `fault 4, a VGG that never counts: it anneals and freezes`() throws {
    let trainer = try tinyTrainer(tinyConfiguration(.vgg))
    var rates: [Double] = []
    try trainer.run { event in
      if case .iteration(let report) = event { rates.append(report.learningRate) }
    }
    #expect(trainer.learner.iteration == 12)
    #expect(trainer.learner.frozenCount == 3)
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 }, "the rate falls in every step")
    let frozen = trainer.records.compactMap { record -> [String]? in
      if case .freeze(let freeze) = record { freeze.layers } else { nil }
    }
    #expect(frozen.flatMap { $0 } == ["features.0", "features.2", "features.4"])
  }

  @Test
  func `fault 5, an estimate for DenseNet alone: every family's own layers are counted`() throws {
    for family in Family.allCases {
      let network = try network(family.architecture())
      #expect(network.costs.map(\.name) == family.layerNames, "transitions and classifier too")
      #expect(network.costs.allSatisfy { $0.multiplyAdds > 0 })
      func saving(_ firstFreeze: Double, _ growth: Growth) throws -> Double {
        try Schedule(
          layerCount: network.stages.count,
          iterations: 100,
          firstFreeze: firstFreeze,
          growth: growth,
          scalesLearningRates: false,
          baseLearningRate: 0.1
        ).estimatedSaving(costs: network.costs, backwardForwardRatio: 2)
      }
      #expect(try saving(1, .linear) == 0)
      let (linear, cubic) = (try saving(0.5, .linear), try saving(0.5, .cubic))
      #expect(0 < linear && linear < cubic && cubic < 1, "no factor favours linear")
    }
  }

  @Test(arguments: [Family.denseNetBC, .plainDenseNet, .wideResNet, .vgg])
  func `fault 6, a dropout that is never used: it changes training and not inference`(
    family: Family
  ) throws {
    let images = try StepInput(0).images
    func scores(dropout: Double, _ mode: Mode) throws -> [Float] {
      try network(family.architecture(dropout: dropout))(images, mode: mode).floats()
    }
    func training() throws -> Mode { .training(try Generator(seed: 4)) }
    #expect(try scores(dropout: 0.5, training()) != scores(dropout: 0, training()))
    #expect(try scores(dropout: 0.5, training()) == scores(dropout: 0.5, training()))
    #expect(try scores(dropout: 0.5, .inference) == scores(dropout: 0, .inference))
  }

  @Test
  func `fault 7, a pickled object without generator state: a resumed run is the same run`() throws {
    let configuration = tinyConfiguration(.wideResNet)
    let whole = try tinyTrainer(configuration)
    try whole.run()
    let stopped = try tinyTrainer(configuration)
    #expect(throws: Stop.self) {
      try stopped.run { if case .epoch = $0 { throw Stop() } }
    }
    let file = try stopped.checkpoint.safetensors().encoded()
    // What has happened in the process since does not matter.
    let other = try tinyTrainer(tinyConfiguration(.vgg))
    try other.run()
    let resumed = try tinyTrainer(configuration)
    try resumed.restore(Checkpoint(Safetensors(file)))
    try resumed.run()
    #expect(try resumed.bits() == whole.bits())
    #expect(resumed.timelessRecords == whole.timelessRecords)
  }
}
