import FreezeOut
import Training

extension Figure {
  /// Error against the time that was saved: every seed's point, a line for each strategy through its
  /// means, and the baseline's band. The paper's figure 3 with the stopwatch on its axis. Nil where there
  /// is nothing to compare.
  static func frontier(of settings: [Setting], name: String) -> Figure? {
    let drawn = settings.filter {
      $0.kind != .baseline && !$0.finished.isEmpty && !$0.savings.isEmpty
    }
    let hasBaseline = settings.contains { $0.kind == .baseline && !$0.errors.isEmpty }
    guard drawn.count > 1 || (drawn.count == 1 && hasBaseline) else { return nil }
    // Of one strategy with one setting each a line says nothing: the names are the settings' then.
    let series = SeriesOfSettings(
      drawn,
      mostSettings: drawn.count == Set(drawn.map(\.strategy)).count ? mostSeries : 0
    )
    let means = meansTable(drawn, series)
    let seeds = seedsTable(drawn, series)
    let baseline = baselineTable(settings.first { $0.kind == .baseline })
    return Figure(
      name: name,
      title: "Error against the time that was saved",
      caption: caption(drawn, baseline),
      tables: [means, seeds, baseline],
      height: 380
    ) { theme in
      baselineLayers(baseline, theme) + strategyLayers(means, seeds, series, theme)
    }
  }

  private static func caption(_ drawn: [Setting], _ baseline: Table) -> String {
    let bases = Set(drawn.map(\.savingBasis))
    let basis =
      bases == [.baseline]
      ? "Saved: of the training time of the same seed's baseline."
      : bases == [.ownPace]
        ? "Saved: by each run's own pace before its first freeze, as there is no baseline of its seed, "
          + "length and machine."
        : "Saved: of the same seed's baseline's time where there is one, else by the run's own pace before "
          + "its first freeze."
    let hasSeveral = drawn.contains { $0.errors.count > 1 }
    let marks =
      hasSeveral
      ? " Small points: every seed; large ones: their means, with standard deviations." : ""
    let band =
      baseline.rows.isEmpty
      ? ""
      : baseline.rows[0][1] == .empty
        ? " The line across: the baseline."
        : " The band: the baseline, mean and standard deviation."
    let numbers = drawn.contains { $0.firstFreeze != nil } ? " Numbers are t0." : ""
    return basis + marks + band + numbers
  }
}

// MARK: - Tables

extension Figure {
  private static func meansTable(_ settings: [Setting], _ series: SeriesOfSettings) -> Table {
    Table(
      "means",
      columns: [
        "series", "setting", "t0", "label", "saved", "savedDeviation", "savedLow", "savedHigh",
        "error",
        "errorDeviation", "errorLow", "errorHigh", "runs", "savedOf", "order", "corner",
      ],
      rows: settings.enumerated().map { index, setting in
        let (saved, error) = (setting.savings.map { $0 * 100 }, setting.errors)
        func end(_ values: [Double], _ sign: Double) -> Table.Cell {
          .optional(values.standardDeviation.map { (values.mean + sign * $0).rounded(digits: 4) })
        }
        return [
          .text(series.name(of: setting)), .text(setting.label), .optional(setting.firstFreeze),
          .text(setting.firstFreeze.map { "\($0)" } ?? ""),
          .number(saved.mean.rounded(digits: 4)),
          .optional(saved.standardDeviation?.rounded(digits: 4)), end(saved, -1), end(saved, 1),
          .number(error.mean.rounded(digits: 4)),
          .optional(error.standardDeviation?.rounded(digits: 4)), end(error, -1), end(error, 1),
          .count(setting.errors.count),
          .text(setting.savingBasis == .baseline ? "baseline" : "own pace"), .count(index),
          .count((series.index(of: setting)) % corners.count),
        ]
      }
    )
  }

  private static func seedsTable(_ settings: [Setting], _ series: SeriesOfSettings) -> Table {
    Table(
      "seeds",
      columns: ["series", "setting", "t0", "seed", "saved", "error"],
      rows: settings.flatMap { setting in
        setting.bySeed.compactMap { outcomes -> [Table.Cell]? in
          guard let saving = outcomes.compactMap(\.saving).meanOrNil,
            let error = outcomes.compactMap(\.run.finalError).meanOrNil
          else { return nil }
          return [
            .text(series.name(of: setting)), .text(setting.label), .optional(setting.firstFreeze),
            .number(Double(outcomes[0].run.configuration.seed)),
            .number((saving * 100).rounded(digits: 4)),
            .number(error),
          ]
        }
      }
    )
  }

  private static func baselineTable(_ baseline: Setting?) -> Table {
    let errors = baseline?.errors ?? []
    let deviation = errors.standardDeviation
    return Table(
      "baseline",
      columns: ["error", "errorDeviation", "errorLow", "errorHigh", "runs", "label"],
      rows: errors.isEmpty
        ? []
        : [
          [
            .number(errors.mean.rounded(digits: 4)), .optional(deviation?.rounded(digits: 4)),
            .optional(deviation.map { (errors.mean - $0).rounded(digits: 4) }),
            .optional(deviation.map { (errors.mean + $0).rounded(digits: 4) }),
            .count(errors.count),
            .text("baseline \(errors.mean.fixed(2)) %"),
          ]
        ]
    )
  }
}

// MARK: - Layers

extension Figure {
  private static let y = Channel.number(
    "error",
    title: "error, %",
    scale: Scale(zero: false, padding: 12)
  )
  private static let x = Channel.number(
    "saved",
    title: "training time saved, %",
    scale: Scale(zero: true, padding: 12)
  )

  private static func baselineLayers(_ baseline: Table, _ theme: Theme) -> [Specification.Layer] {
    guard let row = baseline.rows.first else { return [] }
    let tooltip: [Channel] = [
      .word("label", title: "what"), .number("errorDeviation", title: "+-", format: ".2f"),
    ]
    var band = y
    band.field = "errorLow"
    let layers: [Specification.Layer] = [
      .init(
        baseline,
        Mark(.rect, color: theme.neutral, opacity: 0.16),
        Encoding(y: band, y2: .end("errorHigh"), tooltip: tooltip)
      ),
      .init(
        baseline,
        Mark(.rule, color: theme.neutral, strokeWidth: 1.4),
        Encoding(y: y, tooltip: tooltip)
      ),
      .init(
        baseline,
        Mark(.text, color: theme.quietInk, align: .left, baseline: .bottom, dx: 5, dy: -3),
        Encoding(x: .pixels(0), y: y, text: .word("label"))
      ),
    ]
    return row[1] == .empty ? Array(layers.dropFirst()) : layers
  }

  private static func strategyLayers(
    _ means: Table,
    _ seeds: Table,
    _ series: SeriesOfSettings,
    _ theme: Theme
  ) -> [Specification.Layer] {
    let color = Channel.word("series", title: "", scale: series.style.colors(theme))
    let shape = Channel.word("series", title: "", scale: series.style.shapes)
    let meanTooltip: [Channel] = [
      .word("setting"), .number("saved", title: "saved, %", format: ".1f"),
      .number("savedDeviation", title: "+-", format: ".1f"),
      .number("error", title: "error, %", format: ".2f"),
      .number("errorDeviation", title: "+-", format: ".2f"), .number("runs"),
      .word("savedOf", title: "saved of"),
    ]
    var (low, left) = (y, x)
    (low.field, left.field) = ("errorLow", "savedLow")
    return [
      .init(
        means,
        Mark(.line, opacity: 0.65, strokeWidth: 1.6),
        Encoding(x: x, y: y, color: color, order: .number("order"))
      ),
      .init(
        seeds,
        Mark(.point, filled: true, opacity: 0.5, size: 26),
        Encoding(
          x: x,
          y: y,
          color: color,
          shape: shape,
          tooltip: [
            .word("setting"), .number("seed"), .number("saved", title: "saved, %", format: ".1f"),
            .number("error", title: "error, %", format: ".2f"),
          ]
        )
      ),
      .init(
        means,
        Mark(.rule, opacity: 0.8, strokeWidth: 1.2),
        Encoding(x: x, y: low, y2: .end("errorHigh"), color: color)
      ),
      .init(
        means,
        Mark(.rule, opacity: 0.8, strokeWidth: 1.2),
        Encoding(x: left, x2: .end("savedHigh"), y: y, color: color)
      ),
    ] + labelLayers(means, theme, color: nil) + [
      .init(
        means,
        Mark(
          .point,
          filled: true,
          opacity: 1,
          size: 95,
          stroke: theme.background,
          strokeWidth: 0.8
        ),
        Encoding(x: x, y: y, color: color, shape: shape, tooltip: meanTooltip)
      )
    ] + labelLayers(means, theme, color: color)
  }

  /// On which side of its point the name of a mean stands: every strategy has a side of its own, as
  /// points of different ones may lie close.
  private static let corners:
    [(align: Mark.Align, baseline: Mark.Baseline, dx: Double, dy: Double)] = [
      (.left, .bottom, 7, -3), (.left, .top, 7, 4), (.right, .bottom, -7, -3),
      (.right, .top, -7, 4),
    ]

  /// - Parameter color: That of the names; nil for what keeps others away from them, which lies below.
  private static func labelLayers(
    _ means: Table,
    _ theme: Theme,
    color: Channel?
  ) -> [Specification.Layer] {
    let used = Set(means.rows.compactMap(\.last))
    return corners.enumerated().filter { used.contains(.count($0.offset)) }.map { number, corner in
      .init(
        means,
        only: .init("corner", Double(number)),
        Mark(
          .text,
          stroke: color == nil ? theme.background : nil,
          strokeWidth: color == nil ? 3 : nil,
          align: corner.align,
          baseline: corner.baseline,
          dx: corner.dx,
          dy: corner.dy
        ),
        Encoding(x: x, y: y, color: color, text: .word("label"))
      )
    }
  }
}
