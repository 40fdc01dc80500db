import FreezeOut
import Training

extension Figure {
  /// What an epoch takes as layers freeze, beside what was predicted; nil where no epoch has ended.
  static func epochSeconds(of setting: Setting, name: String) -> Figure? {
    let measured = measuredTable(of: setting)
    guard !measured.rows.isEmpty else { return nil }
    let run = setting.example
    let predicted = predictedTable(of: run)
    let freezes = Table(
      "freezes",
      columns: ["layer", "epoch"],
      rows: run.schedule.freezeEvents.flatMap { event in
        event.layers.map {
          [.text(run.layers[$0]), .number(run.epoch(ofIteration: event.iteration))]
        }
      }
    )
    let style = SeriesStyle(
      seriesNames(run, hasPrediction: !predicted.rows.isEmpty),
      neutral: [Series.withoutFreezing]
    )
    return Figure(
      name: name,
      title: run.freezesLayers
        ? "Seconds an epoch, as layers freeze" : "Seconds an epoch: nothing freezes",
      caption: (setting.outcomes.count > 1 ? "Measured: a line for each run. " : "")
        + (run.configuration.extraIterations > 0
          ? "The last epoch, which the run ended within, counts as a whole one." : "")
        + (freezes.rows.isEmpty ? "" : " Upright lines: a layer freezes."),
      tables: [measured, predicted, freezes],
      height: 260
    ) { theme in
      let x = Channel.number(
        "epoch",
        title: "epoch",
        scale: Scale(domain: .numbers(0, run.epochCount), nice: false),
        axis: Axis(grid: false, tickMinStep: 1)
      )
      let y = Channel.number("seconds", title: "seconds an epoch", scale: Scale(zero: true))
      let color = Channel.word("series", title: "", scale: style.colors(theme), legend: .lines)
      let dash = Channel.word("series", title: "", scale: style.dashes, legend: .lines)
      let tooltip: [Channel] = [
        .word("series", title: "what"), .number("epoch", format: ".1f"),
        .number("seconds", title: "seconds an epoch", format: ".2f"),
      ]
      var layers: [Specification.Layer] = []
      if !freezes.rows.isEmpty {
        layers.append(
          .init(
            freezes,
            Mark(.rule, color: theme.quietInk, opacity: 0.35, strokeWidth: 1),
            Encoding(
              x: x,
              tooltip: [.word("layer", title: "freezes"), .number("epoch", format: ".1f")]
            )
          )
        )
      }
      if !predicted.rows.isEmpty {
        layers.append(
          .init(
            predicted,
            Mark(.line, strokeWidth: 2.2),
            Encoding(x: x, y: y, color: color, strokeDash: dash, tooltip: tooltip)
          )
        )
      }
      layers.append(
        .init(
          measured,
          Mark(.line, strokeWidth: 1.6),
          Encoding(
            x: x,
            y: y,
            color: color,
            strokeDash: dash,
            detail: .word("run"),
            tooltip: tooltip
          )
        )
      )
      return layers
    }
  }

  private enum Series {
    static let measured = "measured"
    static let predicted = "predicted"
    static let withoutFreezing = "predicted without freezing"
  }

  private static func seriesNames(_ run: ReportedRun, hasPrediction: Bool) -> [String] {
    guard hasPrediction else { return [Series.measured] }
    return [Series.measured, Series.predicted]
      + (run.freezesLayers ? [Series.withoutFreezing] : [])
  }

  private static func measuredTable(of setting: Setting) -> Table {
    let rows: [[Table.Cell]] = setting.outcomes.enumerated().flatMap {
      index,
      outcome -> [[Table.Cell]] in
      let run = outcome.run
      var before = 0
      return run.epochs.compactMap { epoch in
        let iterations = epoch.iterations - before
        guard iterations > 0 else { return nil }
        before = epoch.iterations
        let whole = epoch.trainSeconds * Double(run.iterationsPerEpoch) / Double(iterations)
        return [
          .text(Series.measured), .text("\(setting.label) \(index)"),
          .number(Double(run.configuration.seed)),
          .number(run.epoch(ofIteration: epoch.iterations)), .number(whole),
        ]
      }
    }
    return Table("measured", columns: ["series", "run", "seed", "epoch", "seconds"], rows: rows)
  }

  private static func predictedTable(of run: ReportedRun) -> Table {
    func rows(_ series: String, _ seconds: [Double]) -> [[Table.Cell]] {
      seconds.enumerated().map { index, seconds in
        let end = min(Double(index + 1), run.epochCount)
        let share = max(end - Double(index), 1 / Double(run.iterationsPerEpoch))
        return [.text(series), .number(end), .number(seconds / share)]
      }
    }
    guard let prediction = run.prediction else {
      return Table("predicted", columns: ["series", "epoch", "seconds"], rows: [])
    }
    return Table(
      "predicted",
      columns: ["series", "epoch", "seconds"],
      // What comes first is drawn first and lies below.
      rows: (run.freezesLayers
        ? rows(Series.withoutFreezing, prediction.baselineEpochSeconds) : [])
        + rows(Series.predicted, prediction.epochSeconds)
    )
  }
}
