import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

/// What freezing is, asserted on both sides: what froze does not move, and the rest does.
struct LearnerFreezingTests {
  /// A bias in front of a batch norm has no gradient but rounding, which may be none.
  static let mayRest: Set<String> = ["classifier.0.bias", "classifier.4.bias"]

  @Test(arguments: Family.allCases)
  func `what froze never moves by a bit, and everything else moves in every step`(
    family: Family
  ) throws {
    let learner = try learner(family.architecture())
    let stages = learner.network.stages
    var frozenBits: [[String: [UInt8]]] = []

    for iteration in 0..<12 {
      let before = try bits(learner.network.state)
      for stage in frozenBits.count..<learner.schedule.frozenCount(atIteration: iteration) {
        frozenBits.append(try bits(stages[stage].state))
      }
      let batch = try StepInput(iteration)
      _ = try learner.step(images: batch.images, labels: batch.labels)

      #expect(learner.frozenCount == frozenBits.count)
      for (stage, bitsWhenFrozen) in zip(stages, frozenBits) {
        #expect(try bits(stage.state) == bitsWhenFrozen, "\(stage.name) after \(iteration)")
      }
      let after = try bits(learner.network.state)
      for (index, stage) in stages.enumerated().dropFirst(frozenBits.count) {
        let resting = stage.state.tensors.map(\.name).filter { before[$0] == after[$0] }
        let rate = learner.schedule.learningRate(ofLayer: index, atIteration: iteration) ?? 0
        // A step of a small rate can be less than the last bit of a whole small tensor.
        #expect(
          rate > 1e-3 ? Self.mayRest.isSuperset(of: resting) : resting.count < after.count / 2,
          "\(resting) rested in iteration \(iteration)"
        )
        #expect(!stage.state.parameters.allSatisfy { resting.contains($0.name) })
      }
    }
    #expect(frozenBits.count == stages.count - 1, "all but the last froze in the run")
  }

  @Test(arguments: Family.allCases)
  func `what froze has neither gradient nor momentum, and everything else has momentum`(
    family: Family
  ) throws {
    let learner = try learner(family.architecture())
    let stages = learner.network.stages
    var counts: Set<Int> = []
    for iteration in 0..<12 {
      let batch = try StepInput(iteration)
      _ = try learner.step(images: batch.images, labels: batch.labels)
      counts.insert(learner.frozenCount)

      let frozen = stages[..<learner.frozenCount].flatMap(\.state.parameters)
      for (name, parameter) in frozen {
        #expect(try parameter.value.gradient == nil, "\(name) has a gradient")
      }
      let momenta = learner.stateDictionary.under("momenta/").tensors
      let training = stages[learner.frozenCount...].flatMap(\.state.parameters).map(\.name)
      #expect(momenta.keys.sorted() == training.sorted())
    }
    #expect(counts.count > 2, "the run has several freeze events")
  }

  @Test(arguments: Family.allCases)
  func `a backward pass behind the frozen prefix leaves no gradient in it`(family: Family) throws {
    let network = try network(family.architecture())
    let batch = try StepInput(0)
    for frozenCount in 0..<network.stages.count {
      try network(
        batch.images,
        frozenCount: frozenCount,
        mode: .training(Generator(seed: 1))
      )
      .negativeLogLikelihood(labels: batch.labels).backward()
      for (index, stage) in network.stages.enumerated() {
        for (name, parameter) in stage.state.parameters {
          let hasGradient = try parameter.value.gradient != nil
          #expect(hasGradient == (index >= frozenCount), "\(name) with \(frozenCount) frozen")
        }
        try Tensor.releaseGradients(of: stage.state.parameters.map(\.parameter.value))
      }
    }
  }

  @Test
  func `a layer that froze early stays where it is for fifty more steps in training mode`() throws {
    let learner = try learner(
      Family.wideResNet.architecture(dropout: 0.3),
      iterations: 60,
      firstFreeze: 0.1,
      growth: .linear
    )
    let stem = learner.network.stages[0]
    var whenFrozen: [String: [UInt8]]?
    var steps = 0
    while learner.iteration < 60 {
      if try learner.freezeDueStages().contains(0) { whenFrozen = try bits(stem.state) }
      let batch = try StepInput(learner.iteration % 5, count: 2)
      _ = try learner.step(images: batch.images, labels: batch.labels)
      if let whenFrozen {
        steps += 1
        #expect(try bits(stem.state) == whenFrozen)
      }
    }
    #expect(steps == 53)
  }

  @Test
  func `layers that freeze in the same iteration leave together`() throws {
    // Four iterations times 0.512, 0.579, 0.651, 0.729 and 0.813: four layers freeze between 2 and
    // 3.
    let learner = try learner(
      Family.denseNetBC.architecture(),
      iterations: 4,
      firstFreeze: 0.8,
      growth: .cubic
    )
    var events: [Range<Int>] = []
    for iteration in 0..<4 {
      events.append(try learner.freezeDueStages())
      #expect(try learner.freezeDueStages().isEmpty, "asked again, nothing more is due")
      let before = try bits(learner.network.state)
      let batch = try StepInput(iteration)
      _ = try learner.step(images: batch.images, labels: batch.labels)
      let after = try bits(learner.network.state)
      for (index, stage) in learner.network.stages.enumerated() {
        let rested = stage.state.tensors.allSatisfy { before[$0.name] == after[$0.name] }
        #expect(rested == (index < learner.frozenCount))
      }
    }
    #expect(events == [0..<0, 0..<0, 0..<0, 0..<4])
  }

  @Test(arguments: Growth.allCases)
  func `the last layer never freezes, not even past the end of the run`(growth: Growth) throws {
    let learner = try learner(
      Family.vgg.architecture(),
      iterations: 5,
      firstFreeze: 0.01,
      growth: growth,
      baseLearningRate: 1e-7
    )
    while learner.iteration < 5 {
      let batch = try StepInput(learner.iteration)
      _ = try learner.step(images: batch.images, labels: batch.labels)
    }
    #expect(try learner.freezeDueStages().isEmpty)
    #expect(learner.frozenCount == learner.network.stages.count - 1)
  }
}
