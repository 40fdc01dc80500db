import ArgumentParser
import Foundation
import FreezeOut
import Models
import Reports
import Training

/// `freezeout plan`
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what freezing will do and save in a run, without training anything.",
    discussion: """
      Takes the options of train. Without --measure the saving is estimated from multiply-adds; with \
      it the network's stages are timed on this machine for a few seconds, and the run's duration is \
      predicted, with and without freezing. --save finds the t0 that saves a share of the time.
      """
  )

  @OptionGroup var options: RunOptions

  @Flag(help: "Time the network on this machine, and predict the run's duration.")
  var measure = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Find the t0 that saves this share of the time, as in 20% or 0.2, for every strategy.",
      valueName: "share"
    )
  )
  var save: Share?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Find the t0 that saves this much time, as in 15m or 1h30m; measures.",
      valueName: "time"
    )
  )
  var saveTime: TimeSpan?

  @Flag(help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    if save != nil, saveTime != nil {
      throw ValidationError("--save and --save-time ask for two different things: give one.")
    }
  }

  func run() throws {
    try reportingErrors {
      var configuration = try options.configuration(basedOn: nil)
      try requireFreezing(configuration)
      let name = try DatasetName(of: configuration)
      let device = try options.runtime.apply()
      let kernels = try options.kernels.choice(
        for: configuration.architecture,
        on: device,
        precision: configuration.precision
      )
      let trainImageCount = configuration.trainImageCount(of: name.trainingCount)
      let costs = try measuredCosts(configuration, name, trainImageCount, device, kernels)
      let scratch = URL.scratchFile(near: URL(fileURLWithPath: "runs", isDirectory: true))
      func plan() throws -> RunPlan {
        try RunPlan(
          configuration,
          classCount: name.classCount,
          trainImageCount: trainImageCount,
          costs: costs,
          scratch: scratch
        )
      }
      var report = PlanReport(
        plan: try plan(),
        configuration: configuration,
        trainImageCount: trainImageCount,
        machine: .current(device: device, kernels: kernels),
        batchSeconds: costs == nil
          ? nil
          : try configuration.batchSeconds(
            classCount: name.classCount,
            trainImageCount: trainImageCount
          )
      )
      if let target = try target(report.plan) {
        report.search = try FirstFreezeSearch(saving: target, plan: report.plan)
        if let found = report.search?.firstFreeze(configuration.freezing?.growth) {
          configuration.freezing?.firstFreeze = found
          report.configuration = configuration
          report.plan = try plan()
        }
      }
      let output = Terminal.standardOutput
      try output.result(json ? report.json() : report.lines.joined(separator: "\n"))
    }
  }

  private func requireFreezing(_ configuration: RunConfiguration) throws {
    guard configuration.freezing == nil, save != nil || saveTime != nil else { return }
    throw UsageError(
      description: "a run with --no-freeze-out saves nothing: drop it, or --save and --save-time"
    )
  }

  /// The share that is to be saved.
  private func target(_ plan: RunPlan) throws -> Double? {
    if let save { return save.value }
    guard let saveTime, let prediction = plan.prediction else { return nil }
    guard saveTime.seconds < prediction.baselineSeconds else {
      throw UsageError(
        description: "--save-time \(saveTime.seconds.asDuration) cannot be saved: the whole run "
          + "without freezing takes \(prediction.baselineSeconds.asDuration)"
      )
    }
    return saveTime.seconds / prediction.baselineSeconds
  }

  private func measuredCosts(
    _ configuration: RunConfiguration,
    _ name: DatasetName,
    _ trainImageCount: Int,
    _ device: Device,
    _ kernels: Kernels
  ) throws -> MeasuredCosts? {
    guard measure || saveTime != nil else { return nil }
    return try configuration.measuredCostsWithProgress(
      classCount: name.classCount,
      trainImageCount: trainImageCount,
      device: device,
      kernels: kernels
    )
  }
}
