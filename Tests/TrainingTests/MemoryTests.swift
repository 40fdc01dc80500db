import Models
import Testing
import Torch
import TorchNN

@testable import Training

// The count of live tensors is the process's: each test has a process of its own.

struct MemoryTests {
  @Test
  func `the features of a frozen prefix carry no graph, and those behind it do`() throws {
    for family in Family.allCases {
      let network = try network(family.architecture())
      let images = try StepInput(0).images
      for frozenCount in 0...network.stages.count {
        let features = try network.frozenFeatures(of: images, frozenCount: frozenCount)
        #expect(!features.requiresGradient)
        guard frozenCount < network.stages.count else { continue }
        let scores = try network.logProbabilities(
          ofFeatures: features,
          frozenCount: frozenCount,
          mode: .training(Generator(seed: 0))
        )
        #expect(scores.requiresGradient)
      }
    }
  }

  @Test
  func `ten steps leave no tensor behind`() async {
    await #expect(processExitsWith: .success) {
      for family in Family.allCases {
        let learner = try learner(family.architecture(dropout: 0.1), firstFreeze: 1)
        let batch = try StepInput(0)
        _ = try learner.step(images: batch.images, labels: batch.labels)
        let count = Tensor.liveCount
        for _ in 0..<10 {
          _ = try learner.step(images: batch.images, labels: batch.labels)
          try #require(Tensor.liveCount == count)
        }
      }
    }
  }

  @Test
  func `freezing gives back a momentum for each parameter that froze`() async {
    await #expect(processExitsWith: .success) {
      for family in Family.allCases {
        let learner = try learner(family.architecture())
        let stages = learner.network.stages
        let batch = try StepInput(0)
        _ = try learner.step(images: batch.images, labels: batch.labels)
        var events = 0
        while learner.iteration < 12 {
          let count = Tensor.liveCount
          let due = try learner.freezeDueStages()
          let frozen = stages[due].flatMap(\.state.parameters)
          events += frozen.isEmpty ? 0 : 1
          let after = Tensor.liveCount
          // What a stage becomes has tensors of its own, no more than its momenta were.
          var forms = FrozenPrefix()
          try forms.append(stages[due])
          let formCount = Tensor.liveCount - after
          try #require(formCount <= frozen.count)
          try #require(after == count - frozen.count + formCount)
          forms = FrozenPrefix()
          _ = try learner.step(images: batch.images, labels: batch.labels)
          try #require(Tensor.liveCount == after)
        }
        try #require(events >= 2)
      }
    }
  }

  @Test
  func `a run gives everything back with its trainer`() async {
    await #expect(processExitsWith: .success) {
      let before = Tensor.liveCount
      try {
        let trainer = try tinyTrainer(tinyConfiguration())
        try trainer.run()
        try #require(Tensor.liveCount > before)
      }()
      try #require(Tensor.liveCount == before)
    }
  }
}
