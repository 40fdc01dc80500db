import Datasets
import Foundation
import FreezeOut
import Models
import Processes
import Torch
import TorchNN

/// A run: epochs over a data set, evaluation after each, and the records of what happened.
///
/// It reads no file and writes none; whoever starts it gets every event and can take a checkpoint
/// at each.
public final class Trainer {
  /// What determines the result.
  public let configuration: RunConfiguration
  /// The network and where it stands.
  public let learner: Learner
  /// The log so far, in order.
  public internal(set) var records: [RunRecord] = []
  /// The training loss so far, in finer steps than the log's.
  public internal(set) var lossCurve = LossCurve()

  let device: Device
  let batches: TrainingBatches
  let evaluationBatches: EvaluationBatches?
  /// What they go through.
  let evaluationPass: RecordedPrefix
  var progress = EpochProgress()
  let pipeline: FeaturePipeline
  var cache: FeatureCache?
  var plannedCache: CachePlan?
  /// What came of keeping features before the checkpoint that the run goes on from.
  var earlierCacheUse: FeatureCacheUse?
  var placement: PrefixPlacement
  /// When freed memory was given back to the system, in seconds of training.
  var lastReturnSeconds = 0.0
  /// Of what it was told that it cannot be recorded.
  var toldOfRecording: Set<RecordedPart> = []
  /// The iteration that was begun last, unless it has been told.
  var openIteration: OpenIteration?
  /// What the time of iterations is taken by.
  var stopwatch = Stopwatch()

  private static let evaluationBatchSize = 250
  static let secondsBetweenReturns = 60.0

  /// Makes the network, or reports what is impossible before any work.
  ///
  /// - Parameters:
  ///   - split: The images to train on and to measure by.
  ///   - processes: The processes that make the same run together, each with its share of every batch; nil for
  ///     alone. On GPUs each has one of its own.
  ///   - steps: How they are made on a device that works on its own; nil for what suits the device.
  /// - Throws: `ArchitectureError`, `ScheduleError`, `DatasetError`, `DeviceError`,
  ///   `KernelsError`, `WeightInitializerError`, `TrainingError.setting`, `TorchError`
  public init(
    configuration: RunConfiguration,
    split: DatasetSplit,
    device: Device = .cpu,
    kernels: Kernels = .libtorch,
    processes: ProcessGroup? = nil,
    steps: DeviceSteps? = nil
  ) throws {
    try configuration.validate()
    try device.requireAvailable()
    let steps = steps ?? .suited(to: device)
    self.configuration = configuration
    self.device = device
    let network = try configuration.architecture.makeNetwork(
      classCount: split.training.classCount,
      from: WeightInitializer(seed: configuration.seed, device: device),
      kernels: kernels
    )
    let schedule = try configuration.schedule(
      layerCount: network.stages.count,
      iterationsPerEpoch: configuration.iterationsPerEpoch(trainImageCount: split.training.count)
    )
    batches = try TrainingBatches(
      dataset: split.training,
      normalization: split.normalization,
      augmentation: configuration.augment ? .published : nil,
      batchSize: configuration.batchSize,
      seed: configuration.seed,
      views: configuration.fixedViews(schedule),
      share: processes.map { BatchShare(index: $0.rank, of: $0.count) } ?? .whole,
      device: device
    )
    evaluationBatches = try split.evaluation.map { images in
      try EvaluationBatches(
        dataset: images,
        normalization: split.normalization,
        batchSize: Self.evaluationBatchSize,
        device: device
      )
    }
    learner = try Learner(
      network: network,
      schedule: schedule,
      rule: configuration.rule,
      seed: configuration.seed,
      device: device,
      processes: processes,
      synchronizesBatchNorm: configuration.synchronizesBatchNorm,
      steps: steps
    )
    evaluationPass = try RecordedPrefix(on: device, steps)
    pipeline = try FeaturePipeline(device: device, steps: steps)
    placement = PrefixPlacement(
      // A GPU may have room beside a step. What one process finds faster on a CPU slows the others, who share it.
      hasCoreToSpare: device != .cpu
        || (processes == nil
          && Runtime.threadCount < ProcessInfo.processInfo.activeProcessorCount),
      layerCount: network.stages.count
    )
    try requireLargeEnoughBatches()
  }

  /// Where the frozen prefix was found to run best; nil where that was not tried, and it runs in
  /// line.
  public var prefixPlacement: PrefixPlacement.Choice? { placement.choice }

  /// Whether the frozen prefix runs in line for want of a core beside libtorch's threads.
  public var lacksCoreToSpare: Bool { device == .cpu && !placement.hasCoreToSpare }

  /// The number of iterations of an epoch; the last may have fewer images.
  public var iterationsPerEpoch: Int {
    batches.iterationsPerEpoch
  }

  /// The number of images that an epoch trains on.
  public var trainImageCount: Int {
    batches.dataset.count
  }

  /// The number of images that the run is measured by; 0 for none.
  public var evaluationImageCount: Int {
    evaluationBatches?.dataset.count ?? 0
  }

  /// Trains from where the learner stands to the end.
  ///
  /// - Parameter report: Called for every event, never within an iteration: what it throws ends the run there, and a
  ///   checkpoint taken then continues it. Where a device works on its own, the iteration behind the one that is told has
  ///   been handed to it, and a checkpoint has both.
  /// - Throws: `TrainingError.diverged` or `divergedWeights` when a loss or, at an epoch's end, the
  ///   network's numbers are not finite; `TorchError`, `DatasetError`, and what `report` throws.
  public func run(report: (Event) throws -> Void = { _ in }) throws {
    // The last epoch has no record yet when the run was stopped between its last iteration and
    // that.
    while learner.iteration < learner.schedule.iterations || progress.imageCount > 0 {
      try runEpoch(report)
    }
  }

  func endEpoch(_ epoch: Int, report: (Event) throws -> Void) throws {
    try learner.requireFiniteWeights()
    let clock = ContinuousClock()
    let begin = clock.now
    let result = try evaluationBatches.map { batches in
      try learner.network.measured(
        on: batches,
        device: device,
        processes: learner.joint?.processes,
        through: evaluationPass
      ) { done in
        try report(.evaluation(imageCount: done, of: batches.dataset.count))
      }
    }
    try tellOfRecording(report)
    if let loss = result?.loss, !loss.isFinite {
      throw TrainingError.diverged(iteration: learner.iteration, loss: loss)
    }
    let record = EpochRecord(
      epoch: epoch,
      iterations: learner.iteration,
      trainLoss: progress.lossSum / Double(progress.imageCount),
      evaluationLoss: result?.loss,
      evaluationError: result?.errorPercent,
      frozenCount: learner.frozenCount,
      trainSeconds: progress.trainSeconds,
      evaluationSeconds: result == nil ? 0 : (clock.now - begin).seconds,
      imagesPerSecond: Double(progress.imageCount) / progress.trainSeconds,
      dataSeconds: progress.dataSeconds,
      recordingSeconds: progress.recordingSeconds,
      idleSeconds: progress.idleSeconds
    )
    progress = EpochProgress()
    records.append(.epoch(record))
    try report(.epoch(record))
  }

  /// Seconds of training since the start of the run.
  var trainSeconds: Double {
    records.reduce(progress.trainSeconds) { sum, record in
      if case .epoch(let epoch) = record { sum + epoch.trainSeconds } else { sum }
    }
  }
}
