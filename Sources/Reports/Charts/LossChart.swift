import FreezeOut
import Training

extension Figure {
  /// The loss over the run: of the training images as the steps saw them, and of those that the runs are
  /// measured by. Nil where no epoch has ended.
  static func loss(of settings: [Setting], name: String) -> Figure? {
    let series = SeriesOfSettings(settings)
    let table = lossTable(settings, series)
    guard !table.rows.isEmpty else { return nil }
    let isAlone = settings.count == 1
    let kinds = [trainingLoss, evaluationLoss(settings)]
    return Figure(
      name: name,
      title: "Loss after every epoch",
      caption:
        "Whole lines: the training images as the steps saw them; broken lines: the images that the "
        + "runs are measured by."
        + (settings.contains { $0.bySeed.count > 1 } ? " Means of the seeds." : ""),
      tables: [table],
      height: 260
    ) { theme in
      let kind = Scale.words(kinds, .dashes([Theme.dashes[0], Theme.dashes[1]]))
      let color =
        isAlone
        ? Channel.word(
          "kind",
          title: "",
          scale: .words(kinds, .words(Array(theme.strategyColors.prefix(2)))),
          legend: .lines
        )
        : Channel.word(
          "series",
          title: "",
          scale: series.style.colors(theme),
          legend: series.legend
        )
      return [
        .init(
          table,
          Mark(
            .line,
            opacity: series.isBySetting ? 1 : 0.8,
            strokeWidth: series.isBySetting ? 2 : 1.2
          ),
          Encoding(
            x: .number(
              "epoch",
              title: "epoch",
              scale: Scale(zero: true, nice: false),
              axis: Axis(grid: false, tickMinStep: 1)
            ),
            y: .number("loss", title: "loss", scale: Scale(zero: false, nice: true)),
            color: color,
            strokeDash: .word("kind", title: "", scale: kind, legend: .lines),
            detail: .word("setting"),
            tooltip: [
              .word("setting"), .word("kind", title: "of"), .number("epoch", format: ".1f"),
              .number("loss", format: ".4f"),
            ]
          )
        )
      ]
    }
  }

  private static let trainingLoss = "training images"

  private static func evaluationLoss(_ settings: [Setting]) -> String {
    "\(settings[0].example.configuration.validation) images"
  }

  private static func lossTable(_ settings: [Setting], _ series: SeriesOfSettings) -> Table {
    Table(
      "loss",
      columns: ["series", "setting", "kind", "epoch", "loss", "runs"],
      rows: settings.flatMap { setting -> [[Table.Cell]] in
        [trainingLoss, evaluationLoss(settings)]
          .flatMap { kind in
            means(setting) { kind == trainingLoss ? $0.trainLoss : $0.evaluationLoss }.map {
              mean in
              [
                .text(series.name(of: setting)), .text(setting.label), .text(kind),
                .number(mean.epoch), .number(mean.loss), .count(setting.bySeed.count),
              ]
            }
          }
      }
    )
  }

  /// The mean over the seeds, epoch by epoch, as far as all of them have come.
  private static func means(
    _ setting: Setting,
    _ loss: (EpochRecord) -> Double?
  ) -> [(epoch: Double, loss: Double)] {
    let seeds = setting.bySeed.map { outcomes in
      mean(
        outcomes.map { outcome in
          outcome.run.epochs.compactMap { epoch in
            loss(epoch).map {
              (epoch: outcome.run.epoch(ofIteration: epoch.iterations), loss: $0)
            }
          }
        }
      )
    }
    return mean(seeds)
  }

  private static func mean(
    _ curves: [[(epoch: Double, loss: Double)]]
  ) -> [(epoch: Double, loss: Double)] {
    (0..<(curves.map(\.count).min() ?? 0)).map { index in
      (epoch: curves.map { $0[index].epoch }.mean, loss: curves.map { $0[index].loss }.mean)
    }
  }
}
