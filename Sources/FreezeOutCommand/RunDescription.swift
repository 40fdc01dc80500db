import Foundation
import FreezeOut
import Training

/// The contents of `run.json`: what determines the result, where it was made, and the result.
struct RunDescription: Codable {
  /// Where the run stands.
  enum Status: String, Codable {
    case running, finished
  }

  /// What a finished run came to.
  struct Result: Codable {
    var iterations: Int
    var trainLoss: Double?
    var evaluationLoss: Double?
    var evaluationErrorPercent: Double?
    var trainSeconds: Double
    var evaluationSeconds: Double
    /// Of training and evaluation, without what the command does around them.
    var seconds: Double
    var epochSeconds: [Double]
    var imagesPerSecond: Double
    var peakMemoryBytes: Int
  }

  /// A freeze event as the schedule plans it.
  struct PlannedFreeze: Codable {
    var iteration: Int
    var layers: [String]
  }

  var status: Status
  var startedAt: Date
  var network: String
  var layers: [String]
  var parameterCount: Int
  var trainImages: Int
  var evaluationImages: Int
  var iterationsPerEpoch: Int
  var iterations: Int
  var configuration: RunConfiguration
  var dataFolder: String
  var plannedFreezes: [PlannedFreeze]
  var machine: MachineDescription
  var freezes: [FreezeRecord] = []
  var result: Result?

  /// Describes a run that begins.
  init(_ trainer: Trainer, dataFolder: URL, machine: MachineDescription) {
    let network = trainer.learner.network
    status = .running
    startedAt = Date()
    self.network = "\(trainer.configuration.architecture)"
    layers = network.stages.map(\.name)
    parameterCount = network.state.parameterCount
    trainImages = trainer.trainImageCount
    evaluationImages = trainer.evaluationImageCount
    iterationsPerEpoch = trainer.iterationsPerEpoch
    iterations = trainer.learner.schedule.iterations
    configuration = trainer.configuration
    self.dataFolder = dataFolder.path
    plannedFreezes = trainer.learner.schedule.freezeEvents.map { event in
      PlannedFreeze(
        iteration: event.iteration,
        layers: network.stages[event.layers].map(\.name)
      )
    }
    self.machine = machine
  }

  /// Adds the result of the run.
  mutating func finish(_ records: [RunRecord]) {
    status = .finished
    let epochs = records.compactMap { if case .epoch(let record) = $0 { record } else { nil } }
    freezes = records.compactMap { if case .freeze(let record) = $0 { record } else { nil } }
    let trainSeconds = epochs.map(\.trainSeconds).reduce(0, +)
    let evaluationSeconds = epochs.map(\.evaluationSeconds).reduce(0, +)
    result = Result(
      iterations: epochs.last?.iterations ?? 0,
      trainLoss: epochs.last?.trainLoss,
      evaluationLoss: epochs.last?.evaluationLoss,
      evaluationErrorPercent: epochs.last?.evaluationError,
      trainSeconds: trainSeconds,
      evaluationSeconds: evaluationSeconds,
      seconds: trainSeconds + evaluationSeconds,
      epochSeconds: epochs.map(\.trainSeconds),
      imagesPerSecond: Double(trainImages * epochs.count)
        / max(trainSeconds, .leastNonzeroMagnitude),
      peakMemoryBytes: ProcessMemory.peakResidentBytes
    )
  }
}
