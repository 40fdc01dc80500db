import Foundation
import FreezeOut
import Models
import Testing
import Torch

@testable import Training

struct CalibrationTests {
  @Test(arguments: Family.allCases, [Kernels.libtorch, .fused(.best)])
  func `every part of every layer is measured, and whole steps from none to all but one`(
    family: Family,
    kernels: Kernels
  ) throws {
    var shares: [Double] = []
    let costs = try Calibration(
      architecture: family.architecture(),
      classCount: 3,
      batchSize: 4,
      rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true),
      kernels: kernels
    ).measuredCosts(seconds: 0) { shares.append($0) }
    #expect(costs.layers.map(\.name) == family.layerNames)
    for layer in costs.layers {
      #expect(layer.forward > 0 && layer.backward > 0 && layer.frontierBackward > 0)
      #expect(layer.optimizer > 0 && layer.frozen > 0)
    }
    let last = family.layerNames.count - 1
    #expect(costs.steps.map(\.frozenCount) == Set([0, 1, 2, 3, 4].map { last * $0 / 4 }).sorted())
    // No time is asked for: the fewest rounds are two, behind the one that does not count.
    #expect(shares == [0, 0.5, 1])
  }

  @Test(arguments: Family.allCases)
  func `a stage's backward pass finds no gradients, as in a run`(family: Family) throws {
    let calibration = try Calibration(
      architecture: family.architecture(),
      classCount: 3,
      batchSize: 4,
      rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true)
    )
    let stage = try network(family.architecture()).stages[0]
    let input = try StepInput(1).images
    func gradients(isFrontier: Bool) throws -> [[Float]?] {
      _ = try calibration.trainingPass(
        stage,
        input,
        isFrontier: isFrontier,
        Generator(seed: 0)
      )
      return try stage.state.parameters.map { try $0.parameter.value.gradient?.floats() }
    }
    let first = try gradients(isFrontier: false)
    #expect(first.allSatisfy { $0 != nil })
    #expect(try gradients(isFrontier: true) == first)
  }

  @Test
  func `stages are measured with the kernels that are asked for`() throws {
    func output(_ kernels: Kernels) throws -> [Float] {
      let calibration = try Calibration(
        architecture: Family.denseNetBC.architecture(),
        classCount: 3,
        batchSize: 4,
        rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true),
        kernels: kernels
      )
      let stages = try network(Family.denseNetBC.architecture()).stages
      let generator = try Generator(seed: 0)
      let features = try calibration.trainingPass(
        stages[0],
        StepInput(1).images,
        isFrontier: true,
        generator
      ).output
      return try calibration.trainingPass(stages[1], features, isFrontier: true, generator)
        .output.floats()
    }
    let (libtorch, fused) = try (output(.libtorch), output(.fused(.portable)))
    // They round otherwise, and that is all.
    #expect(libtorch != fused)
    #expect(zip(libtorch, fused).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  // The heap is the process's.
  @Test
  func `what a step needs falls with the layers that freeze`() async {
    await #expect(processExitsWith: .success) {
      let costs = try Calibration(
        architecture: Family.wideResNet.architecture(),
        classCount: 3,
        batchSize: 16,
        rule: GradientDescent(momentum: 0.9, weightDecay: 1e-4, nesterov: true)
      ).measuredCosts(seconds: 0)
      let bytes = costs.steps.compactMap(\.bytes)
      try #require(bytes.count == (Runtime.allocatedBytes == nil ? 0 : costs.steps.count))
      try #require(bytes == bytes.sorted(by: >))
      try #require((bytes.first ?? 2) > 2 * (bytes.last ?? 0))
    }
  }

  @Test
  func `a batch that the network cannot train on is refused`() {
    #expect(throws: TrainingError.setting("batch size", "1", remedy: "use 2 to 1000000")) {
      try Calibration(
        architecture: Family.vgg.architecture(),
        classCount: 3,
        batchSize: 1,
        rule: GradientDescent(momentum: 0, weightDecay: 0, nesterov: false)
      )
    }
  }
}

struct RunPlanTests {
  private func plan(_ costs: MeasuredCosts? = nil, firstFreeze: Double = 0.35) throws -> RunPlan {
    var configuration = tinyConfiguration()
    configuration.epochs = 30
    configuration.freezing?.firstFreeze = firstFreeze
    return try RunPlan(configuration, classCount: 3, trainImageCount: 27, costs: costs)
  }

  private func costs() throws -> MeasuredCosts {
    try MeasuredCosts(
      layers: Family.denseNetBC.layerNames.map {
        LayerSeconds(
          name: $0,
          forward: 1,
          backward: 2,
          frontierBackward: 2,
          optimizer: 0,
          frozen: 1
        )
      },
      steps: [MeasuredStep(frozenCount: 0, seconds: 21)]
    )
  }

  @Test
  func `a plan is the schedule of the run, layer by layer`() throws {
    let plan = try plan()
    #expect(plan.layers.map(\.name) == Family.denseNetBC.layerNames)
    #expect(plan.iterations == 120 && plan.iterationsPerEpoch == 4)
    for (index, layer) in plan.layers.enumerated() {
      #expect(layer.freezeIteration == plan.schedule.freezeIteration(ofLayer: index))
      #expect(layer.freezeEpoch == layer.freezeIteration.map { $0 / 4 + 1 })
      #expect(layer.initialLearningRate == plan.schedule.initialLearningRate(ofLayer: index))
    }
    #expect(plan.layers.last?.freezeIteration == nil)
    #expect(abs(plan.layers.map(\.share).reduce(0, +) - 1) < 1e-12)
    #expect(plan.prediction == nil && plan.saving == plan.multiplyAddsSaving)
    #expect(
      plan.paperSaving == paperSpeedup(growthRate: 4, depth: 10, firstFreeze: 0.35, growth: .cubic)
    )
  }

  // 27 images in batches of 8: 8, 8, 8 and 3. A step takes 21 s.
  @Test
  func `an epoch's last batch counts by its images`() throws {
    let prediction = try plan(costs()).prediction
    #expect(prediction?.baselineEpochSeconds == [Double](repeating: 70.875, count: 30))
    #expect(prediction?.epochSeconds.first == 70.875)
    let configuration = tinyConfiguration()
    #expect(configuration.lastBatchShare(trainImageCount: 27) == 0.375)
    #expect(configuration.lastBatchShare(trainImageCount: 32) == 1)
    #expect(configuration.lastBatchShare(trainImageCount: 4) == 1)
  }

  @Test
  func `what was measured takes the place of multiply-adds`() throws {
    let plan = try plan(costs())
    #expect(plan.layers.allSatisfy { abs($0.share - 1 / 7.0) < 1e-12 })
    #expect(plan.saving == plan.prediction?.saving)
    #expect(plan.saving != plan.multiplyAddsSaving)
  }

  @Test(arguments: [false, true])
  func `the first freeze for a saving is found by the same measure`(isMeasured: Bool) throws {
    let costs = isMeasured ? try costs() : nil
    let search = try FirstFreezeSearch(saving: 0.25, plan: plan(costs))
    #expect(search.solutions.map(\.growth) == Growth.allCases)
    let found = try #require(search.firstFreeze(.cubic))
    // At most 120 iterations of the run lie between two savings.
    #expect(abs(try plan(costs, firstFreeze: found).saving - 0.25) < 0.02)
    #expect(search.firstFreeze(nil) == nil)
    let none = try FirstFreezeSearch(saving: 0.9, plan: plan(costs))
    for growth in Growth.allCases { #expect(none.firstFreeze(growth) == nil) }
  }

  @Test
  func `the search counts what keeping features saves`() throws {
    var configuration = tinyConfiguration()
    configuration.epochs = 30
    func found() throws -> Double? {
      let plan = try RunPlan(
        configuration,
        classCount: 3,
        trainImageCount: 27,
        costs: costs(),
        scratch: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      )
      return try FirstFreezeSearch(saving: 0.25, plan: plan).firstFreeze(.cubic)
    }
    configuration.views = 2
    let plain = try found() ?? 0
    configuration.caching = FeatureCaching()
    let cached = try found() ?? 0
    #expect(plain > 0 && cached > plain + 0.01)
  }

  @Test
  func `the number of images is that of the split`() {
    var configuration = tinyConfiguration()
    configuration.maxTrainImages = nil
    configuration.validation = .validation
    #expect(configuration.trainImageCount(of: 50_000) == 45_000)
    configuration.validation = .test
    #expect(configuration.trainImageCount(of: 50_000) == 50_000)
    configuration.maxTrainImages = 70
    #expect(configuration.trainImageCount(of: 50_000) == 70)
    #expect(configuration.iterationsPerEpoch(trainImageCount: 70) == 9)
    #expect(configuration.iterationsPerEpoch(trainImageCount: 72) == 9)
  }
}
