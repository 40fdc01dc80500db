import Foundation
import Training

extension Table {
  /// A row for every run, with what was asked and what came out.
  static func runs(_ experiments: [Experiment]) -> Table {
    Table(
      "runs",
      columns: [
        "place", "network", "dataset", "setting", "seed", "growth", "t0", "scaledRates",
        "iterations",
        "epochs", "finished", "error", "trainSeconds", "saved", "savedOf", "predictedSaved",
        "startedAt",
        "commit",
      ],
      rows: experiments.flatMap { experiment in
        experiment.settings.flatMap { setting in
          setting.outcomes.map { row($0, setting) }
        }
      }
    )
  }

  private static func row(_ outcome: Setting.Outcome, _ setting: Setting) -> [Cell] {
    let (run, configuration) = (outcome.run, outcome.run.configuration)
    return [
      .text(run.place), .text(run.network), .text(configuration.dataset), .text(setting.label),
      .text("\(configuration.seed)"),
      configuration.freezing.map { .text("\($0.growth)") } ?? .empty,
      .optional(configuration.freezing?.firstFreeze),
      configuration.freezing.map { .text("\($0.scalesLearningRates)") } ?? .empty,
      .count(run.schedule.iterations), .number(run.epochCount), .text("\(run.isFinished)"),
      .optional(run.finalError), .number(run.trainSeconds), .optional(outcome.saving),
      outcome.saving == nil
        ? .empty : .text(setting.savingBasis == .baseline ? "baseline" : "own pace"),
      .optional(outcome.predictedSaving), .text(ISO8601DateFormatter().string(from: run.startedAt)),
      run.machine.commit.map { .text($0) } ?? .empty,
    ]
  }
}
