import ArgumentParser
import Datasets
import Foundation
import FreezeOut
import Training

/// `freezeout compare`
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Find out whether freezing is worth it, against fair opponents.",
    discussion: """
      Takes the options of train and runs four arms in turn, for every seed: the baseline; FreezeOut; \
      FreezeOut for as long as the baseline takes; and the baseline in the time that FreezeOut took, \
      with its rate annealed to zero in that time. Interrupted, the same command goes on where it \
      stopped.
      """
  )

  @OptionGroup var options: RunOptions

  @Option(parsing: .unconditional, help: "The number of seeds, from --seed on.")
  var seeds = 3

  @Option(
    help: ArgumentHelp(
      "The folder for what the runs leave behind. (default: runs/compare-NAME)",
      valueName: "dir"
    )
  )
  var output: String?

  @Flag(help: "Print the table as JSON.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(seeds) else {
      throw ValidationError("--seeds \(seeds) is impossible: use 1 to 1000.")
    }
    guard output?.isEmpty != true else {
      throw ValidationError("--output '' names no folder: give one, or drop it.")
    }
  }

  func run() throws {
    try reportingErrors {
      try RuntimeOptions.requireAlone()
      let configuration = try options.comparedConfiguration()
      let dataFolder = options.data.folder(of: nil)
      let dataset = try options.data.open(DatasetName(of: configuration), in: dataFolder)
      let layerCount = try configuration.layerCount(classCount: dataset.training.classCount)
      let folder = try SeriesFolder(
        .comparison,
        url: URL(
          fileURLWithPath: output ?? "runs/compare-\(options.name(configuration))",
          isDirectory: true
        )
      )
      let begun = folder.description?.machine
      let device = try options.runtime.apply(resuming: begun)
      let kernels = try options.kernels.choice(
        for: configuration.architecture,
        on: device,
        precision: configuration.precision,
        resuming: begun
      )
      try folder.requireSame(configuration, on: .current(device: device, kernels: kernels))
      let measured = try folder.measured(layerCount: layerCount) {
        try .measured(for: configuration, dataset, device, kernels, near: folder.url)
      }
      let comparison = ComparisonRun(
        configuration: configuration,
        seeds: seeds,
        measured: measured,
        folder: folder,
        dataset: dataset,
        dataFolder: dataFolder,
        device: device,
        kernels: kernels,
        // What is printed as JSON is alone on standard output.
        output: json ? .standardError : .standardOutput
      )
      let results = try comparison.run()
      let report = ComparisonReport(summary: ComparisonSummary(results), results: results)
      try folder.write(report, lines: report.lines)
      try Terminal.standardOutput.result(
        json ? report.json() : "\n" + report.lines.joined(separator: "\n")
      )
    }
  }
}

extension RunOptions {
  /// What is compared with the baseline.
  ///
  /// - Throws: `UsageError` for a run that freezes nothing or is not measured, and what makes a
  ///   setting impossible.
  func comparedConfiguration() throws -> RunConfiguration {
    let configuration = try configuration(basedOn: nil, preset: preset?.comparedConfiguration)
    guard configuration.freezing != nil else {
      throw UsageError(
        description: "a comparison is of freezing with a baseline, which it runs itself: drop "
          + "--no-freeze-out"
      )
    }
    try configuration.requireMeasure()
    return configuration
  }
}
