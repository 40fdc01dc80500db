import Foundation
import Models
import Testing

@testable import Training

struct StepBenchmarkTests {
  private func benchmark(batchSize: Int = 2, frozenCount: Int, family: Family = .denseNetBC) throws
    -> StepBenchmark
  {
    try StepBenchmark(
      architecture: family.architecture(),
      classCount: 10,
      batchSize: batchSize,
      frozenCount: frozenCount
    )
  }

  @Test(arguments: 0...6)
  func `a step with any number of frozen layers takes time`(frozenCount: Int) throws {
    let benchmark = try benchmark(frozenCount: frozenCount)
    for _ in 0..<3 {
      let sample = try benchmark.step()
      let (forward, backward, optimizer) = (
        try #require(sample.forward), try #require(sample.backward), try #require(sample.optimizer)
      )
      let parts = sample.prefix + forward + backward + optimizer
      #expect(parts > 0 && parts <= sample.seconds)
      #expect(sample.batch > 0)
      #expect(try benchmark.prefixPass().seconds > 0)
      let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      let kept = try benchmark.keptStep(storedAt: file)
      let trained = try #require(kept.forward) + #require(kept.backward)
      #expect(kept.prefix > 0 && kept.prefix + trained <= kept.seconds)
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test(arguments: [DeviceSteps.recorded, .eager], [0, 3])
  func `a device that works on its own makes rows of whole steps`(
    steps: DeviceSteps,
    frozenCount: Int
  ) throws {
    let benchmark = try StepBenchmark(
      architecture: Family.denseNetBC.architecture(),
      classCount: 10,
      batchSize: 2,
      frozenCount: frozenCount,
      steps: steps
    )
    let begun = benchmark.learner.iteration
    for count in 1...2 {
      let sample = try benchmark.step()
      #expect(sample.seconds > 0 && sample.prefix > 0 && sample.batch > 0)
      #expect(sample.forward == nil && sample.backward == nil && sample.optimizer == nil)
      #expect(benchmark.learner.iteration == begun + 10 * count)
    }
    let before = try bits(benchmark.learner.stateDictionary)
    #expect(try benchmark.prefixPass().seconds > 0)
    #expect(try bits(benchmark.learner.stateDictionary) == before)
    #expect(benchmark.prefix.failure == nil)
    let wasRecorded = benchmark.prefix.takeRecordingSeconds() != nil
    #expect(wasRecorded == (steps == .recorded && frozenCount > 0))
  }

  @Test(
    arguments: [
      (2, 7, "number of frozen layers cannot be 7: use 0 to 6"),
      (2, -1, "number of frozen layers cannot be -1: use 0 to 6"),
      (0, 0, "batch size cannot be 0: use 1 to 100000"),
      (100_001, 0, "batch size cannot be 100001: use 1 to 100000"),
    ]
  )
  func `what cannot be is refused`(batchSize: Int, frozenCount: Int, message: String) {
    let error = #expect(throws: TrainingError.self) {
      try benchmark(batchSize: batchSize, frozenCount: frozenCount)
    }
    #expect(error?.description == message)
    #expect(throws: TrainingError.setting("batch size", "1", remedy: "use 2 to 100000")) {
      try benchmark(batchSize: 1, frozenCount: 0, family: .vgg)
    }
  }
}
