import FreezeOut
import Training

extension Figure {
  /// A bar for each layer: as long as it trains, as thick as what it costs, so that areas are work.
  static func layers(of setting: Setting, name: String) -> Figure {
    let run = setting.example
    let height = min(max(320, 13 * Double(run.layers.count)), 560)
    let table = layersTable(of: run, labelledFrom: 11 / height)
    let isMeasured = run.costs != nil
    return Figure(
      name: name,
      title: run.freezesLayers
        ? "What each layer costs, and how long it trains"
        : "What each layer costs: all train to the end",
      caption: (isMeasured
        ? "A bar is as thick as the layer's share of a training step, measured before the run, and as long "
          + "as it trains: areas are work, and the empty one is what freezing leaves out (a frozen layer "
          + "still computes its output)."
        : "A bar is as long as the layer trains. What layers cost was not measured; all are as thick.")
        + (table.rows.contains { $0[7] == .text("") }
          ? " Layers too thin for a name stand in the table of layers." : ""),
      tables: [table],
      height: height
    ) { theme in
      let depth = Channel.number(
        "layer",
        scale: Scale(
          domain: .numbers(0, max(Double(run.layers.count - 1), 1)),
          scheme: theme.depthScheme
        ),
        legend: .hidden
      )
      let y = Channel.number(
        "costBegin",
        title: isMeasured ? "share of a training step, %" : "layers, %",
        scale: Scale(domain: .numbers(0, 100), nice: false, reverse: true),
        axis: Axis(grid: false)
      )
      return [
        .init(
          table,
          Mark(.rect, stroke: theme.background, strokeWidth: 0.6),
          Encoding(
            x: .number(
              "start",
              title: "epochs of training",
              scale: Scale(domain: .numbers(0, run.epochCount), nice: false),
              axis: Axis(tickMinStep: 1)
            ),
            x2: .end("trainedEpochs"),
            y: y,
            y2: .end("costEnd"),
            color: depth,
            tooltip: [
              .word("name", title: "layer"),
              .number("trainedEpochs", title: "trains for epochs", format: ".1f"),
              .number("cost", title: "share of a step, %", format: ".1f"),
            ]
          )
        ),
        .init(
          table,
          Mark(.text, align: .left, baseline: .middle, dx: 6, fontSize: 10),
          Encoding(
            x: .datum(0),
            y: .number("costMiddle"),
            color: Channel(field: "labelColor", type: .nominal, scale: .identity, legend: .hidden),
            text: .word("label")
          )
        ),
      ]
    }
  }

  private static func layersTable(of run: ReportedRun, labelledFrom least: Double) -> Table {
    let count = run.layers.count
    var begin = 0.0
    let rows: [[Table.Cell]] = run.layers.enumerated().map { layer, name in
      let share = run.costs?.share(ofLayer: layer) ?? 1 / Double(count)
      defer { begin += share }
      let words = run.costs == nil ? name : "\(name)  \(share.percent)"
      let depth = Double(layer) / Double(max(count - 1, 1))
      return [
        .count(layer), .text(name),
        .number((run.schedule.freezeTime(ofLayer: layer) * run.epochCount).rounded(digits: 3)),
        .optional(run.costs == nil ? nil : (share * 100).rounded(digits: 3)),
        .number((begin * 100).rounded(digits: 3)),
        .number(((begin + share) * 100).rounded(digits: 3)),
        .number(((begin + share / 2) * 100).rounded(digits: 3)),
        .text(share >= least ? words : ""),
        // White and black as they are read on the viridis of both themes.
        .text(depth < 0.45 ? "#ffffff" : "#000000"),
        .number(0),
      ]
    }
    return Table(
      "layers",
      columns: [
        "layer", "name", "trainedEpochs", "cost", "costBegin", "costEnd", "costMiddle", "label",
        "labelColor", "start",
      ],
      rows: rows
    )
  }
}
