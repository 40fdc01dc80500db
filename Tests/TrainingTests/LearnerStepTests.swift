import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

struct LearnerStepTests {
  @Test(arguments: Family.allCases)
  func `each layer moves by the schedule's rate times its gradient`(family: Family) throws {
    let network = try network(family.architecture())
    let schedule = try Schedule(
      layerCount: network.stages.count,
      iterations: 6,
      firstFreeze: 0.5,
      growth: .squared,
      scalesLearningRates: true,
      baseLearningRate: 0.05
    )
    let learner = try Learner(
      network: network,
      schedule: schedule,
      rule: GradientDescent(momentum: 0, weightDecay: 0, nesterov: false),
      seed: 0
    )
    for iteration in 0..<6 {
      let batch = try StepInput(iteration)
      let frozenCount = schedule.frozenCount(atIteration: iteration)
      // A forward pass of its own moves running statistics alone, which a step in training ignores.
      try network(batch.images, frozenCount: frozenCount, mode: .training(Generator(seed: 0)))
        .negativeLogLikelihood(labels: batch.labels).backward()
      var gradients: [String: [Double]] = [:]
      for (name, parameter) in network.state.parameters {
        gradients[name] = try parameter.value.gradient?.doubles()
      }
      try Tensor.releaseGradients(of: network.state.parameters.map(\.parameter.value))
      let before = try StateDictionary(network.state).tensors.mapValues { try $0.doubles() }

      _ = try learner.step(images: batch.images, labels: batch.labels)

      for (stage, placed) in network.stages.enumerated() {
        var (products, squares) = (0.0, 0.0)
        for (name, parameter) in placed.state.parameters {
          let after = try parameter.value.doubles()
          for (index, gradient) in (gradients[name] ?? []).enumerated() {
            products += gradient * ((before[name]?[index] ?? .nan) - after[index])
            squares += gradient * gradient
          }
        }
        guard let rate = schedule.learningRate(ofLayer: stage, atIteration: iteration) else {
          #expect(squares == 0, "\(placed.name) is frozen")
          continue
        }
        #expect(
          abs(products / squares - rate) <= 1e-3 * rate + 2e-6,
          "\(placed.name) in \(iteration)"
        )
      }
    }
  }

  @Test(arguments: Family.allCases)
  func `a baseline and a first freeze of 1 are the same run, bit for bit`(family: Family) throws {
    func run(_ freezing: RunConfiguration.Freezing?) throws -> [String: [UInt8]] {
      var configuration = tinyConfiguration(family)
      configuration.epochs = 1
      configuration.freezing = freezing
      let trainer = try tinyTrainer(configuration)
      try trainer.run()
      #expect((trainer.learner.frozenCount > 0) == (freezing?.firstFreeze == 0.5))
      return try trainer.bits()
    }
    let baseline = try run(nil)
    #expect(try run(.init(firstFreeze: 1, growth: .cubic, scalesLearningRates: true)) == baseline)
    #expect(try run(.init(firstFreeze: 1, growth: .linear, scalesLearningRates: false)) == baseline)
    #expect(try run(.init(firstFreeze: 0.5, growth: .linear)) != baseline)
  }

  @Test
  func `a step past the end of the run stops the program`() async {
    let result = await #expect(
      processExitsWith: .failure,
      observing: [\.standardErrorContent]
    ) {
      let learner = try learner(Family.denseNetBC.architecture(), iterations: 1)
      let batch = try StepInput(0, count: 1)
      _ = try learner.step(images: batch.images, labels: batch.labels)
      _ = try learner.step(images: batch.images, labels: batch.labels)
    }
    #expect(result.standardError.contains("a step at iteration 1, the end"))
  }

  @Test
  func `a learner that has begun cannot be restored`() async {
    let result = await #expect(
      processExitsWith: .failure,
      observing: [\.standardErrorContent]
    ) {
      let learner = try learner(Family.denseNetBC.architecture())
      let batch = try StepInput(0, count: 1)
      let start = learner.stateDictionary
      _ = try learner.step(images: batch.images, labels: batch.labels)
      try learner.restore(start, iteration: 0)
    }
    #expect(result.standardError.contains("a state to continue from after 1 steps"))
  }

  @Test
  func `a run that diverges ends with the iteration, before a weight moves in it`() throws {
    let learner = try learner(Family.wideResNet.architecture(), baseLearningRate: 1e30)
    var parametersBefore: [String: [UInt8]] = [:]
    let error = #expect(throws: TrainingError.self) {
      for iteration in 0..<12 {
        parametersBefore = try parameterBits(learner.network)
        let batch = try StepInput(iteration)
        _ = try learner.step(images: batch.images, labels: batch.labels)
      }
    }
    guard case .diverged(let iteration, let loss, let layer) = error else {
      Issue.record("the error was \(String(describing: error))")
      return
    }
    #expect((1..<12).contains(iteration) && iteration == learner.iteration)
    #expect(!loss.isFinite)
    #expect(layer.map { learner.network.stages.map(\.name).contains($0) } == true)
    #expect(try parameterBits(learner.network) == parametersBefore)
  }

  private func parameterBits(_ network: Network) throws -> [String: [UInt8]] {
    try bits(
      StateDictionary(
        Dictionary(
          uniqueKeysWithValues: network.state.parameters.map { ($0.name, $0.parameter.value) }
        )
      )
    )
  }

  @Test(arguments: [Family.denseNetBC, .plainDenseNet, .wideResNet, .vgg])
  func `dropout depends on the seed and the iteration, and on nothing that ran before`(
    family: Family
  ) throws {
    func loss(seed: UInt64, iteration: Int, dropout: Double = 0.5) throws -> Double {
      let network = try network(family.architecture(dropout: dropout))
      let learner = try Learner(
        network: network,
        schedule: .baseline(
          layerCount: network.stages.count,
          iterations: 100,
          baseLearningRate: 0.1
        ),
        rule: GradientDescent(momentum: 0, weightDecay: 0, nesterov: false),
        seed: seed,
        startingAt: iteration
      )
      let batch = try StepInput(0)
      return try learner.step(images: batch.images, labels: batch.labels)
    }
    let first = try loss(seed: 1, iteration: 3)
    #expect(try loss(seed: 1, iteration: 3) == first)
    #expect(try loss(seed: 2, iteration: 3) != first)
    #expect(try loss(seed: 1, iteration: 4) != first)
    #expect(try loss(seed: 1, iteration: 3, dropout: 0) != first)
    #expect(try loss(seed: 2, iteration: 4, dropout: 0) == loss(seed: 1, iteration: 3, dropout: 0))
  }
}

extension ExitTest.Result? {
  /// What the process wrote to its standard error.
  var standardError: String {
    String(decoding: self?.standardErrorContent ?? [], as: UTF8.self)
  }
}
