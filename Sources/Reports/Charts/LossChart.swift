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
          .flatMap { kind -> [[Table.Cell]] in
            let mean = setting.meanCurve { run in
              points(run) { kind == trainingLoss ? $0.trainLoss : $0.evaluationLoss }
            }
            return mean.points.map { point in
              [
                .text(series.name(of: setting)), .text(setting.label), .text(kind),
                .number(point.place), .number(point.figure), .count(mean.seedCount),
              ]
            }
          }
      }
    )
  }

  private static func points(
    _ run: ReportedRun,
    _ loss: (EpochRecord) -> Double?
  ) -> [MeanCurve.Point] {
    run.epochs.compactMap { epoch in
      loss(epoch).map { .init(place: run.epoch(ofIteration: epoch.iterations), figure: $0) }
    }
  }
}
