import Models
import Testing
import Torch
import TorchNN

@testable import Training

/// Steps as a GPU makes them, on the CPU: all of a step is handed over before its loss is read, and the step of a stage
/// is recorded. (On the CPU a recording is the body of the step; what CUDA does with it is not seen here.)
struct DeviceStepTests {
  private struct Outcome: Equatable {
    var losses: [Double]
    var state: [String: [UInt8]]
  }

  /// Twelve steps of four images, every third of two, as the last one of an epoch may be.
  private func outcome(_ family: Family, dropout: Double, _ steps: DeviceSteps?) throws -> Outcome {
    let learner = try learner(family.architecture(dropout: dropout), steps: steps)
    let losses = try (0..<12).map { number in
      let batch = try StepInput(number, count: number % 3 == 2 ? 2 : 4)
      return try learner.step(images: batch.images, labels: batch.labels)
    }
    #expect(learner.frozenCount > 0)
    #expect((learner.deviceStep != nil) == (steps != nil))
    return Outcome(losses: losses, state: try bits(learner.stateDictionary))
  }

  @Test(arguments: Family.allCases, [0, 0.3])
  func `recorded steps are those made one operation at a time, bit for bit`(
    family: Family,
    dropout: Double
  ) throws {
    #expect(
      try outcome(family, dropout: dropout, .recorded)
        == outcome(family, dropout: dropout, .eager)
    )
  }

  @Test(arguments: Family.allCases)
  func `they are the steps of the CPU, but for learning rates in float32`(family: Family) throws {
    let device = try outcome(family, dropout: 0.3, .recorded)
    let host = try outcome(family, dropout: 0.3, nil)
    for (found, expected) in zip(device.losses, host.losses) {
      #expect(abs(found - expected) <= 1e-5 * abs(expected))
    }
    #expect(Set(device.state.keys) == Set(host.state.keys))
  }

  @Test
  func `a stage is recorded once, at its first step, and again where its batches are larger`()
    throws
  {
    let learner = try learner(
      Family.denseNetBC.architecture(),
      firstFreeze: 0.4,
      growth: .linear,
      steps: .recorded
    )
    var recorded: [String] = []
    for (number, count) in [2, 4, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4].enumerated() {
      let batch = try StepInput(number, count: count)
      let before = learner.frozenCount
      _ = try learner.step(images: batch.images, labels: batch.labels)
      let word = learner.frozenCount > before ? "froze" : ""
      recorded.append(word + (learner.recordingSeconds == nil ? "" : " recorded"))
    }
    #expect(recorded[0] == " recorded" && recorded[1] == " recorded")
    #expect(recorded[2] == "" && recorded[3] == "")
    #expect(recorded.filter { $0.hasPrefix("froze") }.count > 1)
    #expect(recorded[2...].allSatisfy { $0 == "" || $0 == "froze recorded" })
  }

  @Test
  func `a batch stays as it is, whatever is repeated after it`() throws {
    let learner = try learner(Family.vgg.architecture(), firstFreeze: 1, steps: .recorded)
    let first = try StepInput(0)
    let (images, labels) = (try first.images.floats(), try first.labels.integers())
    for number in 0..<3 {
      let batch = number == 0 ? first : try StepInput(number)
      _ = try learner.step(images: batch.images, labels: batch.labels)
    }
    #expect(try first.images.floats() == images && first.labels.integers() == labels)
  }

  @Test
  func `steps that are not recorded say so`() throws {
    let learner = try learner(Family.vgg.architecture(), steps: .eager)
    let batch = try StepInput(0)
    _ = try learner.step(images: batch.images, labels: batch.labels)
    #expect(learner.recordingSeconds == nil && learner.recordingFailure == nil)
    #expect(learner.stepSeconds == nil)
  }

  @Test(arguments: [DeviceSteps.recorded, .eager])
  func `a loss that is not finite moves no weight and no momentum`(steps: DeviceSteps) throws {
    let learner = try learner(Family.wideResNet.architecture(), firstFreeze: 1, steps: steps)
    for number in 0..<2 {
      let batch = try StepInput(number)
      _ = try learner.step(images: batch.images, labels: batch.labels)
    }
    func moved() throws -> [String: [UInt8]] {
      try bits(learner.stateDictionary).filter { !$0.key.contains("running") }
    }
    let before = try moved()
    let batch = try StepInput(2)
    let broken = try batch.images.scaled(by: .nan)
    let error = #expect(throws: TrainingError.self) {
      _ = try learner.step(images: broken, labels: batch.labels)
    }
    guard case .diverged(2, _, "the images") = error else {
      Issue.record("the error was \(String(describing: error))")
      return
    }
    #expect(try moved() == before)
  }

  @Test(arguments: [DeviceSteps.recorded, .eager])
  func `nothing moves in the step behind a loss that is not finite, handed over before it was read`(
    steps: DeviceSteps
  ) throws {
    let learner = try learner(Family.wideResNet.architecture(), firstFreeze: 1, steps: steps)
    func begin(_ number: Int, times factor: Double = 1) throws -> BegunStep {
      let batch = try StepInput(number)
      return try learner.begin(labels: batch.labels, share: 1) {
        try batch.images.scaled(by: factor)
      }
    }
    func moved() throws -> [String: [UInt8]] {
      try bits(learner.stateDictionary).filter { !$0.key.contains("running") }
    }
    for number in 0..<2 { _ = try learner.loss(of: begin(number)) }
    let before = try moved()
    let (broken, behind) = (try begin(2, times: .nan), try begin(3))
    #expect(learner.iteration == 4)
    #expect(!broken.loss.isKnown && !behind.loss.isKnown)
    #expect(try moved() == before)
    #expect(throws: TrainingError.self) { try learner.loss(of: broken) }
    #expect(learner.iteration == 2)
    // It can go on with another batch in its place.
    #expect(try learner.loss(of: begin(4)).isFinite)
    let after = try moved()
    #expect(after.count == before.count && after.allSatisfy { before[$0.key] != $0.value })
  }
}
