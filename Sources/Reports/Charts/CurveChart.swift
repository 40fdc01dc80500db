import FreezeOut
import Training

/// How a run got on: a figure of every epoch, over the epochs or over the time of training.
enum Curve: Sendable {
  case error, errorByTime

  /// Across.
  fileprivate func place(_ run: ReportedRun, _ epoch: EpochRecord, _ seconds: Double) -> Double {
    switch self {
    case .error: run.epoch(ofIteration: epoch.iterations)
    case .errorByTime: seconds
    }
  }
}

extension Figure {
  /// More settings than these are drawn by strategy: nobody tells more colours apart.
  static let mostSeries = 7

  /// The misclassified share over the run; nil where none was measured.
  static func error(_ curve: Curve, of settings: [Setting], name: String) -> Figure? {
    let drawn = settings.filter { setting in
      setting.outcomes.contains { $0.run.epochs.contains { $0.evaluationError != nil } }
    }
    guard !drawn.isEmpty else { return nil }
    let series = SeriesOfSettings(drawn)
    let runs = runsTable(drawn, curve, series)
    let means = meansTable(drawn, curve, series)
    let isByTime = curve == .errorByTime
    let runsAreDrawn = drawn.contains { $0.bySeed.count > 1 } && series.isBySetting
    return Figure(
      name: name,
      title: isByTime ? "Error against the time of training" : "Error after every epoch",
      caption:
        "Of the \(drawn[0].example.evaluationImages.grouped) images that the runs are measured by."
        + (runsAreDrawn ? " Thick: the mean of the seeds; thin: each run." : "")
        + (series.isBySetting
          ? "" : " A line for the mean of every setting, in the colour of its strategy."),
      tables: [means, runs],
      height: 300
    ) { theme in
      let x = Channel.number(
        isByTime ? "seconds" : "epoch",
        title: isByTime ? "seconds of training" : "epoch",
        scale: Scale(zero: true, nice: false),
        axis: Axis(grid: false, tickMinStep: 1)
      )
      let y = Channel.number("error", title: "error, %", scale: Scale(zero: false, nice: true))
      let color = Channel.word(
        "series",
        title: "",
        scale: series.style.colors(theme),
        legend: series.legend
      )
      let dash = Channel.word(
        "series",
        title: "",
        scale: series.style.dashes,
        legend: series.legend
      )
      let tooltip: [Channel] = [
        .word("setting"), .number(isByTime ? "seconds" : "epoch", format: ".1f"),
        .number("error", title: "error, %", format: ".2f"),
      ]
      let each = Specification.Layer(
        runs,
        Mark(.line, opacity: 0.3, strokeWidth: 1),
        Encoding(x: x, y: y, color: color, detail: .word("run"), tooltip: tooltip)
      )
      let mean = Specification.Layer(
        means,
        Mark(
          .line,
          opacity: series.isBySetting ? 1 : 0.8,
          strokeWidth: series.isBySetting ? 2.2 : 1.5
        ),
        Encoding(
          x: x,
          y: y,
          color: color,
          strokeDash: dash,
          detail: .word("setting"),
          tooltip: tooltip
        )
      )
      return runsAreDrawn ? [each, mean] : [mean]
    }
  }

  private static func runsTable(
    _ settings: [Setting],
    _ curve: Curve,
    _ series: SeriesOfSettings
  ) -> Table {
    Table(
      "runs",
      columns: [
        "series", "setting", "run", "seed", curve == .error ? "epoch" : "seconds", "error",
      ],
      rows: settings.flatMap { setting in
        setting.outcomes.enumerated().flatMap { index, outcome -> [[Table.Cell]] in
          points(outcome.run, curve).map { point in
            [
              .text(series.name(of: setting)), .text(setting.label),
              .text("\(setting.label) \(index)"),
              .number(Double(outcome.run.configuration.seed)), .number(point.place),
              .number(point.figure),
            ]
          }
        }
      }
    )
  }

  /// The mean over the seeds, epoch by epoch, as far as all of them have come.
  private static func meansTable(
    _ settings: [Setting],
    _ curve: Curve,
    _ series: SeriesOfSettings
  ) -> Table {
    Table(
      "means",
      columns: ["series", "setting", curve == .error ? "epoch" : "seconds", "error", "runs"],
      rows: settings.flatMap { setting -> [[Table.Cell]] in
        let mean = setting.meanCurve { points($0, curve) }
        return mean.points.map { point in
          [
            .text(series.name(of: setting)), .text(setting.label), .number(point.place),
            .number(point.figure), .count(mean.seedCount),
          ]
        }
      }
    )
  }

  private static func points(_ run: ReportedRun, _ curve: Curve) -> [MeanCurve.Point] {
    var seconds = 0.0
    return run.epochs.compactMap { epoch in
      seconds += epoch.trainSeconds
      return epoch.evaluationError.map {
        .init(place: curve.place(run, epoch, seconds), figure: $0)
      }
    }
  }
}
