import FreezeOut
import Training

extension Figure {
  /// The learning rate of every layer over the run. It follows from the schedule and needs no log.
  static func rates(of setting: Setting, name: String) -> Figure {
    let run = setting.example
    let table = ratesTable(of: run)
    let lastLayer = Double(run.layers.count - 1)
    return Figure(
      name: name,
      title: run.freezesLayers
        ? "Learning rates: the early layers stop first"
        : "Learning rate: every layer follows one cosine",
      caption: run.freezesLayers
        ? "A line for each layer, from the first (0) to the last: where it meets zero the layer freezes."
        : "Nothing freezes: all layers have this rate.",
      tables: [table],
      height: 300
    ) { theme in
      let color = Channel.number(
        "layer",
        title: "layer",
        scale: Scale(domain: .numbers(0, max(lastLayer, 1)), scheme: theme.depthScheme),
        legend: .strip(values: strip(lastLayer))
      )
      return [
        .init(
          table,
          Mark(
            .line,
            color: run.freezesLayers ? nil : theme.neutral,
            opacity: 0.9,
            strokeWidth: 1.6
          ),
          Encoding(
            x: .number("epoch", title: "epoch", axis: Axis(grid: false, tickMinStep: 1)),
            y: .number("rate", title: "learning rate"),
            color: run.freezesLayers ? color : nil,
            detail: .number("layer"),
            tooltip: [
              .word("name", title: "layer"),
              .number("epoch", title: "epoch", format: ".2f"),
              .number("rate", title: "learning rate", format: ".4f"),
            ]
          )
        )
      ]
    }
  }

  /// How many straight lines stand for a cosine; as many look like one.
  private static let segments = 40

  private static func ratesTable(of run: ReportedRun) -> Table {
    let schedule = run.schedule
    // Where nothing freezes all layers have the last one's rate.
    let layers =
      run.freezesLayers ? 0..<schedule.layerCount : (schedule.layerCount - 1)..<schedule.layerCount
    let rows: [[Table.Cell]] = layers.flatMap { layer in
      let end = schedule.freezeTime(ofLayer: layer) * Double(schedule.iterations)
      return (0...segments).map { step -> [Table.Cell] in
        let iteration = step == segments ? end : (end * Double(step) / Double(segments)).rounded()
        let rate =
          step == segments
          ? 0 : schedule.learningRate(ofLayer: layer, atIteration: Int(iteration)) ?? 0
        return [
          .count(layer), .text(run.layers[layer]),
          .number((iteration / Double(run.iterationsPerEpoch)).rounded(digits: 5)),
          .number(rate.rounded(digits: 6)),
        ]
      }
    }
    return Table("rates", columns: ["layer", "name", "epoch", "rate"], rows: rows)
  }

  /// Which layers the key to the colours names.
  private static func strip(_ last: Double) -> [Double] {
    last < 4
      ? Array(stride(from: 0, through: last, by: 1))
      : Array(Set([0, (last / 4).rounded(), (last / 2).rounded(), (last * 3 / 4).rounded(), last]))
        .sorted()
  }
}
