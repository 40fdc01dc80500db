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

  /// How long training would take, by what was measured before the run.
  struct Prediction: Codable, Equatable {
    var trainSeconds: Double
    /// If nothing froze.
    var baselineSeconds: Double
    /// The share of the baseline's time that freezing saves.
    var saving: Double
    var epochSeconds: [Double]
    var baselineEpochSeconds: [Double]
  }

  /// What is kept of the frozen layers' output from an iteration on.
  struct CachedFeatures: Codable, Equatable {
    var iteration: Int
    /// How many layers have not to be computed.
    var layers: Int
    var bytes: Int
  }

  /// What came of the prediction.
  struct Comparison: Codable, Equatable {
    var trainSeconds: Double
    /// By the iterations of this run in which nothing was frozen; nil where there were none.
    var baselineSeconds: Double?
    /// The share of that time that freezing saved.
    var saving: Double?
    /// Measured less predicted seconds, as a share of the predicted ones.
    var secondsError: Double
    /// Measured less predicted saving.
    var savingError: Double?
  }

  /// Several processes that make the run together.
  struct JointProcesses: Codable, Equatable {
    var count: Int
    /// MPI's name and version.
    var implementation: String
    /// The bytes of gradients and running statistics that each gives to the sums of an iteration, from where
    /// this part of the run begins.
    var reducedBytes: Int?
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
  /// What the layers are computed with: the machine's kernels, and which layers go on with libtorch in
  /// their place; nil in descriptions of before there was a choice.
  var kernels: String?
  /// How many runs of its sweep went on at a time; nil for a run of no sweep, and in descriptions of before
  /// it was told.
  var jobs: Int?
  /// The processes that make it together, since it was last begun or resumed; nil for one alone.
  var processes: JointProcesses?
  /// What was measured before the run.
  var costs: MeasuredCosts?
  var prediction: Prediction?
  var cachedFeatures: [CachedFeatures]?
  var featureCacheUse: FeatureCacheUse?
  var freezes: [FreezeRecord] = []
  var prefixPlacement: PrefixPlacement.Choice?
  var comparison: Comparison?
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
    kernels = network.kernelsDescription
    processes = trainer.processes.map {
      JointProcesses(
        count: $0.count,
        implementation: $0.implementation,
        reducedBytes: trainer.reducedBytes
      )
    }
  }

  /// Adds what the run will take, by what was measured.
  mutating func predict(_ trainer: Trainer, costs: MeasuredCosts?, cache: CachePlan?) {
    self.costs = costs
    cachedFeatures = cache.map { plan in
      plan.stores.map { store in
        CachedFeatures(
          iteration: store.begin,
          layers: store.frontier,
          bytes: plan.costs.slotCount * plan.costs.featureBytes[store.frontier]
        )
      }
    }
    prediction = costs.map { costs in
      let prediction = trainer.learner.schedule.prediction(
        costs: costs,
        iterationsPerEpoch: trainer.iterationsPerEpoch,
        cache: cache,
        lastBatchShare: configuration.lastBatchShare(trainImageCount: trainImages)
      )
      return Prediction(
        trainSeconds: prediction.seconds,
        baselineSeconds: prediction.baselineSeconds,
        saving: prediction.saving,
        epochSeconds: prediction.epochSeconds,
        baselineEpochSeconds: prediction.baselineEpochSeconds
      )
    }
  }

  /// Adds the result of the run.
  mutating func finish(_ trainer: Trainer) {
    status = .finished
    let records = trainer.records
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
      imagesPerSecond: Double(trainImages) * Double(iterations) / Double(iterationsPerEpoch)
        / max(trainSeconds, .leastNonzeroMagnitude),
      peakMemoryBytes: ProcessMemory.peakResidentBytes
    )
    prefixPlacement = trainer.prefixPlacement
    featureCacheUse = trainer.featureCacheUse
    comparison = prediction.map { Comparison($0, records, iterations: iterations) }
  }
}

extension RunDescription.Comparison {
  /// Compares a finished run with what was predicted of it.
  init(_ prediction: RunDescription.Prediction, _ records: [RunRecord], iterations: Int) {
    trainSeconds = records.reduce(0) { sum, record in
      if case .epoch(let epoch) = record { sum + epoch.trainSeconds } else { sum }
    }
    secondsError = trainSeconds / max(prediction.trainSeconds, .leastNonzeroMagnitude) - 1
    let firstFreeze = records.lazy.compactMap { record in
      if case .freeze(let freeze) = record, freeze.iteration > 0 { freeze } else { nil }
    }.first
    guard let firstFreeze, firstFreeze.trainSeconds > 0 else { return }
    let baseline = firstFreeze.trainSeconds / Double(firstFreeze.iteration) * Double(iterations)
    baselineSeconds = baseline
    let measured = 1 - trainSeconds / baseline
    saving = measured
    savingError = measured - prediction.saving
  }
}
