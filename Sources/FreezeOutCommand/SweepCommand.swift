import ArgumentParser
import Datasets
import Foundation
import FreezeOut
import Training

/// `freezeout sweep`
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Find out what each way to freeze saves, and what it costs in error.",
    discussion: """
      Runs one recipe without freezing and with every strategy, t0 and kind of rates, for every seed. \
      The order is such that a sweep that is stopped has spanned the range already. Interrupted, the \
      same command goes on where it stopped; with more seeds or values it adds the runs that are \
      missing.
      """
  )

  @OptionGroup(title: "Sweep") var sweep: SweepOptions
  @OptionGroup var common: CommonOptions

  @Option(
    help: ArgumentHelp(
      "The folder for what the runs leave behind. (default: runs/sweep-NAME)",
      valueName: "dir"
    )
  )
  var output: String?

  @Flag(help: "Print the table as JSON.")
  var json = false

  @Flag(
    inversion: .prefixedNo,
    help: "At the end, make the page that report makes; what draws charts is installed for it."
  )
  var report = true

  /// The one run that a process of its own makes for the sweep that started it.
  @Option(help: .hidden)
  var only: String?

  func validate() throws {
    guard output?.isEmpty != true else {
      throw ValidationError("--output '' names no folder: give one, or drop it.")
    }
  }

  func run() throws {
    try reportingErrors {
      try RuntimeOptions.requireAlone()
      let configuration = try sweptConfiguration()
      try requirePossible(configuration)
      let dataFolder = common.data.folder(of: nil)
      let dataset = try common.data.open(DatasetName(of: configuration), in: dataFolder)
      let folder = try SeriesFolder(.sweep, url: place(configuration), reserves: only == nil)
      guard only == nil || folder.description != nil else {
        throw UsageError(description: "--only is of a sweep that was begun: drop it")
      }
      let begun = folder.description?.machine
      let device = try device(resuming: begun)
      let kernels = try common.kernels.choice(
        for: configuration.architecture,
        on: device,
        precision: configuration.precision,
        resuming: begun
      )
      try folder.requireSame(
        configuration,
        on: .current(device: device, kernels: kernels),
        jobs: sweep.jobs
      )
      let layerCount = try configuration.layerCount(classCount: dataset.training.classCount)
      let measured = try folder.measured(layerCount: layerCount) {
        var description = try SeriesFolder.Description.measured(
          for: configuration,
          dataset,
          device,
          kernels,
          near: folder.url
        )
        description.jobs = sweep.jobs
        return description
      }
      let runs = try SweepRuns(
        grid: sweep.grid,
        seeds: sweep.seeds,
        measured: measured,
        folder: folder,
        dataset: dataset,
        dataFolder: dataFolder,
        device: device,
        kernels: kernels,
        jobs: sweep.jobs,
        // What is printed as JSON is alone on standard output.
        output: json ? .standardError : .standardOutput
      )
      if let only {
        Self.endWithParent()
        return try make(only, of: runs)
      }
      try finish(try sweep.jobs == 1 ? runs.inTurn() : runs.severalAtATime(), folder)
    }
  }

  /// Makes the one run, for the sweep that started this process and is told apart why it failed.
  private func make(_ name: String, of runs: SweepRuns) throws {
    do {
      try runs.make(named: name)
    } catch let error as FailedRun where error.isRepeatedByResuming {
      Terminal.standardError.write("freezeout: \(error)\n")
      throw ExitCode(Self.divergedStatus)
    }
  }

  /// Prints the table of what is done, and says what is not.
  private func finish(_ outcome: SweepRuns.Outcome, _ folder: SeriesFolder) throws {
    let table = SweepReport(
      summary: SweepSummary(outcome.results, jobs: sweep.jobs),
      results: outcome.results
    )
    try folder.write(table, lines: table.lines)
    try Terminal.standardOutput.result(
      json ? table.json() : "\n" + table.lines.joined(separator: "\n")
    )
    if report, !outcome.results.isEmpty { try writePage(folder) }
    guard !outcome.failures.isEmpty else { return }
    throw IncompleteSweep(failures: outcome.failures)
  }

  /// The table stands where nothing draws charts, or where the page cannot be written.
  private func writePage(_ folder: SeriesFolder) throws {
    do {
      let writer = try ReportWriter(folders: [folder.url])
      try writer.writePage()
      let output = json ? Terminal.standardError : .standardOutput
      output.write("\nwith charts: \(writer.defaultPage.relativePath)\n")
    } catch let error as ReportError {
      Self.note(error)
    } catch let error as RunFolderError {
      Self.note(error)
    }
  }

  private static func note(_ reason: some Error) {
    Terminal.standardError.write("note: there is no page: \(reason)\n")
  }

  /// What all runs have in common.
  private func sweptConfiguration() throws -> RunConfiguration {
    let base = common.preset?.comparedConfiguration ?? Preset.published
    var configuration = try common.configuration(basedOn: base)
    // The runs differ in it, and none is the sweep's own.
    configuration.freezing = RunConfiguration.Freezing()
    try configuration.validate()
    try configuration.requireMeasure()
    return configuration
  }

  /// Refuses a value before anything runs.
  private func requirePossible(_ configuration: RunConfiguration) throws {
    for point in sweep.grid.points {
      try configuration.configuration(of: point, seed: configuration.seed).validate()
    }
  }

  private func place(_ configuration: RunConfiguration) -> URL {
    let name = common.preset?.rawValue ?? configuration.name(freezing: "sweep")
    return URL(fileURLWithPath: output ?? "runs/sweep-\(name)", isDirectory: true)
  }

  /// The device, with the threads that each of the runs has.
  private func device(resuming machine: MachineDescription?) throws -> Device {
    let device = try common.runtime.apply(resuming: machine)
    if common.runtime.threads == nil, machine == nil, sweep.jobs > 1 {
      try Runtime.setThreadCount(max(1, Runtime.threadCount / sweep.jobs))
    }
    return device
  }
}

/// A sweep of which some runs came to nothing.
struct IncompleteSweep: Error, CustomStringConvertible {
  /// What a person calls them.
  let failures: [String]

  var description: String {
    let runs = failures.count == 1 ? "1 run" : "\(failures.count) runs"
    return "\(runs) of the sweep came to nothing, for the reasons above: "
      + failures.joined(separator: "; ")
  }
}
