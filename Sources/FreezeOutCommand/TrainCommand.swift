import ArgumentParser
import Datasets
import Foundation
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
    help: ArgumentHelp("Also write the trained weights to this file.", valueName: "file")
  )
  var saveWeights: String?

  func run() throws {
    try reportingErrors {
      // Options that cannot be are refused before anything is opened.
      let planned = try options.configuration(basedOn: nil)
      let resumed = try resume ? folderToResume(planned).reserved() : nil
      let checkpoint = try resumed?.readCheckpoint()
      let earlier = resumed?.readDescription()
      try requireFreeOutput()
      try requireWritableWeights()
      let device = try options.runtime.apply(resuming: earlier?.machine)
      let configuration = try options.configuration(basedOn: checkpoint?.configuration)
      let dataFolder = options.data.folder(of: earlier)
      let dataset = try options.data.open(DatasetName(of: configuration), in: dataFolder)
      let trainer = try Trainer(
        configuration: configuration,
        split: configuration.split(dataset),
        device: device
      )
      if let checkpoint { try trainer.restore(checkpoint) }
      let folder = try resumed ?? newFolder(planned)
      // Before the description, so that a run that was begun can be resumed, however it ended.
      if checkpoint == nil { try trainer.checkpoint.write(to: folder.checkpoint) }
      var description = RunDescription(
        trainer,
        dataFolder: dataFolder,
        machine: .current(device: device)
      )
      if let earlier { description.startedAt = earlier.startedAt }
      try folder.write(description, to: folder.description)
      try train(trainer, in: folder)
      description.finish(trainer.records)
      try folder.write(description, to: folder.description)
    }
  }

  /// Trains to the end, with everything that happens on the terminal and on the disk.
  private func train(_ trainer: Trainer, in folder: RunFolder) throws {
    let log = try MetricsLog(at: folder.metrics, records: trainer.records)
    let reporter = TrainReporter(trainer, folder: folder)
    defer { reporter.clear() }
    reporter.begin()
    try trainer.run { event in
      reporter.show(event)
      try keep(event, of: trainer, in: folder, log)
    }
    try saveWeights(of: trainer, in: folder)
    reporter.end()
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
    guard !resume, let givenFolder, givenFolder.holdsRun else { return }
    throw RunFolderError.holdsRun(givenFolder.url.path)
  }

  /// Makes the folder, at last: nothing else can be refused any more.
  private func newFolder(_ configuration: RunConfiguration) throws -> RunFolder {
    guard let givenFolder else { return try .fresh(named: options.name(configuration)) }
    let folder = try givenFolder.reserved()
    if folder.holdsRun { throw RunFolderError.holdsRun(folder.url.path) }
    return folder
  }

  /// Puts on the disk what an event is worth: records at once, the state after each epoch.
  private func keep(
    _ event: Trainer.Event,
    of trainer: Trainer,
    in folder: RunFolder,
    _ log: MetricsLog
  ) throws {
    switch event {
    case .freeze(let record):
      try log.append(.freeze(record))
    case .epoch(let record):
      try log.append(.epoch(record))
      try trainer.checkpoint.write(to: folder.checkpoint)
    case .iteration, .evaluation, .placement:
      break
    }
  }

  private func saveWeights(of trainer: Trainer, in folder: RunFolder) throws {
    let network = trainer.learner.network
    let saved = SavedNetwork(
      network,
      description: .init(
        architecture: trainer.configuration.architecture,
        classCount: network.classCount,
        dataset: trainer.configuration.dataset,
        validation: trainer.configuration.validation
      )
    )
    try saved.write(to: folder.weights)
    if let saveWeights { try saved.write(to: URL(fileURLWithPath: saveWeights)) }
  }
}
