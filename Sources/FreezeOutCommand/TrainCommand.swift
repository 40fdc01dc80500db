import ArgumentParser
import Datasets
import Foundation
import FreezeOut
import Models
import Training

/// `freezeout train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network while its layers freeze one after another.",
    discussion: """
      Without options it does what the published script does: DenseNet-BC k=12 L=76 on CIFAR-100 \
      for 100 epochs, cubic and scaled with t0 = 0.8. A first run that needs no data: \
      freezeout train --preset quick
      """
  )

  @OptionGroup var options: RunOptions
  @OptionGroup(title: "Machine") var stepOptions: StepOptions

  @Option(
    help: ArgumentHelp(
      "The folder for what the run leaves behind. (default: a new one under runs)",
      valueName: "dir"
    )
  )
  var output: String?

  @Flag(help: "Continue the run in the output folder from its last checkpoint.")
  var resume = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How often the state is kept within an epoch, in iterations, as in 500, or time, as in 10m. "
        + "(default: 10m)",
      valueName: "interval"
    )
  )
  var checkpointEvery: CheckpointInterval?

  @Option(
    help: ArgumentHelp("Also write the trained weights to this file.", valueName: "file")
  )
  var saveWeights: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Time the network for a few seconds and predict the run's duration before it begins."
  )
  var measure = true

  @Flag(
    help: """
      Train for as many more epochs as freezing saves, by what is measured, with the freezes \
      stretched.
      """
  )
  var constTime = false

  @Flag(
    help: """
      Let batch norm see whole batches where several processes share them: mpirun -n 2 freezeout train \
      --sync-batch-norm makes the run of one process, but for rounding and dropout's numbers. Without it \
      each sees its own images.
      """
  )
  var syncBatchNorm = false

  func validate() throws {
    guard output?.isEmpty != true else {
      throw ValidationError("--output '' names no folder: give one, or drop it.")
    }
  }

  func run() throws {
    try reportingErrors {
      guard let job = try Job.joined() else { return try train(in: nil) }
      try job.run { try train(in: job) }
    }
  }

  private func train(in job: Job?) throws {
    // Options that cannot be are refused before anything is opened.
    let planned = try configuration(basedOn: nil)
    try requireConstantTime(planned)
    if job != nil { try requireWhatSeveralCanDo(planned) }
    let keepsRecords = job?.keepsRecords ?? true
    let held = try resume ? folderToResume(planned) : nil
    let resumed = keepsRecords ? try held?.reserved() : held
    if keepsRecords { try resumed?.requireWritable() }
    let checkpoint = try resumed?.readCheckpoint()
    let earlier = resumed?.readDescription()
    if keepsRecords {
      try requireFreeOutput()
      try requireWritableWeights()
    }
    let device = try options.runtime.apply(resuming: earlier?.machine, in: job)
    let steps = try stepOptions.steps(on: device)
    var configuration = try configuration(basedOn: checkpoint?.configuration)
    if job != nil { try requireWhatSeveralCanDo(configuration) }
    let kernels = try options.kernels.choice(
      for: configuration.architecture,
      on: device,
      precision: configuration.precision,
      resuming: earlier?.machine
    )
    let dataFolder = options.data.folder(of: earlier)
    let name = try DatasetName(of: configuration)
    let dataset = try openedInTurn(by: job) { try options.data.open(name, in: dataFolder) }
    let split = try configuration.split(dataset)
    try job?.requireSame([
      checkpoint?.iteration ?? 0, split.training.count, split.evaluation?.count ?? 0,
    ])
    // What one process measures is not what several take.
    let costs =
      job == nil ? try measuredCosts(checkpoint, configuration, dataset, device, kernels) : nil
    var cacheCosts: CacheCosts?
    if constTime, let checkpoint {
      configuration = try resumedConstantTime(checkpoint, configuration)
    } else if constTime, let costs {
      cacheCosts = try measuredCacheCosts(configuration, costs, dataset, device)
      configuration = try configuration.atConstantTime(
        costs: costs,
        cacheCosts: cacheCosts,
        trainImageCount: configuration.split(dataset).training.count
      )
    }
    let session = RunSession(
      configuration: configuration,
      dataset: dataset,
      dataFolder: dataFolder,
      device: device,
      kernels: kernels,
      costs: costs,
      cacheCosts: cacheCosts,
      checkpointInterval: checkpointEvery ?? .standard,
      processes: job?.processes,
      steps: steps
    )
    guard keepsRecords else { return try session.runAlong(from: checkpoint) }
    var folder: RunFolder?
    _ = try session.run(from: checkpoint) {
      let place = try resumed ?? newFolder(planned)
      folder = place
      return place
    }
    if let saveWeights, let folder {
      try SavedNetwork(contentsOf: folder.weights).write(to: URL(fileURLWithPath: saveWeights))
    }
  }

  private func configuration(basedOn resumed: RunConfiguration?) throws -> RunConfiguration {
    var configuration = try options.configuration(basedOn: resumed)
    if syncBatchNorm { configuration.synchronizesBatchNorm = true }
    return configuration
  }

  /// Lets process 0 open the data first: it may have to fetch them for all.
  private func openedInTurn(by job: Job?, _ open: () throws -> DatasetPair) throws -> DatasetPair {
    guard let job else { return try open() }
    if job.keepsRecords {
      let dataset = try open()
      _ = try job.processes.sum([0])
      return dataset
    }
    _ = try job.processes.sum([0])
    return try open()
  }

  /// Refuses what only one process can do.
  private func requireWhatSeveralCanDo(_ configuration: RunConfiguration) throws {
    let refused =
      constTime ? "--const-time" : configuration.caching != nil ? "--cache-features" : nil
    guard let refused else { return }
    throw UsageError(description: "\(refused) is for one process: drop it, or mpirun")
  }

  private func requireConstantTime(_ configuration: RunConfiguration) throws {
    guard constTime else { return }
    guard configuration.freezing != nil else {
      throw UsageError(
        description:
          "--const-time spends what freezing saves, and this run freezes nothing: drop it "
          + "or --no-freeze-out"
      )
    }
    guard measure else {
      throw UsageError(
        description: "--const-time needs to know what freezing saves: drop it or --no-measure"
      )
    }
  }

  /// What keeping features costs where the run will be.
  private func measuredCacheCosts(
    _ configuration: RunConfiguration,
    _ costs: MeasuredCosts,
    _ dataset: DatasetPair,
    _ device: Device
  ) throws -> CacheCosts? {
    try keepingNothingWhereRefused {
      try configuration.cacheCosts(
        classCount: dataset.training.classCount,
        trainImageCount: configuration.split(dataset).training.count,
        costs: costs,
        measuringAt: .scratchFile(near: URL(fileURLWithPath: output ?? "runs", isDirectory: true)),
        device: device
      )
    }
  }

  /// The length was found when the run began.
  private func resumedConstantTime(
    _ checkpoint: Checkpoint,
    _ configuration: RunConfiguration
  ) throws -> RunConfiguration {
    let resumed = try configuration.resumingConstantTime(
      of: checkpoint.configuration,
      epochs: options.epochs
    )
    guard let resumed else {
      throw UsageError(
        description: "the run to resume was begun without --const-time: drop it, or --resume"
      )
    }
    return resumed
  }

  /// What the network costs here; nil for a run that goes on, which has its prediction, and where
  /// none is asked for.
  private func measuredCosts(
    _ checkpoint: Checkpoint?,
    _ configuration: RunConfiguration,
    _ dataset: DatasetPair,
    _ device: Device,
    _ kernels: Kernels
  ) throws -> MeasuredCosts? {
    guard measure || configuration.caching != nil, checkpoint == nil else { return nil }
    return try configuration.measuredCostsWithProgress(
      classCount: dataset.training.classCount,
      trainImageCount: configuration.split(dataset).training.count,
      device: device,
      kernels: kernels
    )
  }

  /// Finds out before the work whether `--save-weights` can be written after it.
  private func requireWritableWeights() throws {
    guard let saveWeights else { return }
    let file = URL(fileURLWithPath: saveWeights)
    let folder = file.deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else { throw RunFolderError.cannotWrite(file.path, reason: "its folder is not there") }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw RunFolderError.cannotWrite(file.path, reason: "its folder is read-only")
    }
    let type =
      try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)[.type]
      as? FileAttributeType
    guard type == nil || type == .typeRegular else {
      throw RunFolderError.cannotWrite(file.path, reason: "it is no regular file")
    }
  }

  private var givenFolder: RunFolder? {
    output.map { RunFolder(url: URL(fileURLWithPath: $0, isDirectory: true)) }
  }

  private func folderToResume(_ configuration: RunConfiguration) throws -> RunFolder {
    let name = options.name(configuration)
    guard let folder = givenFolder ?? .latest(named: name), folder.holdsRun else {
      throw RunFolderError.nothingToResume(givenFolder?.url.path ?? "runs/\(name)")
    }
    return folder
  }

  /// Finds out before the work whether a new run can go where it is to go.
  private func requireFreeOutput() throws {
    guard !resume, let givenFolder else { return }
    try givenFolder.requireFree()
    try givenFolder.requireWritable()
  }

  /// Makes the folder, at last: nothing else can be refused any more.
  private func newFolder(_ configuration: RunConfiguration) throws -> RunFolder {
    guard let givenFolder else { return try .fresh(named: options.name(configuration)) }
    let folder = try givenFolder.reserved()
    try folder.requireFree()
    return folder
  }
}
