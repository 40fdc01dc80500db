/// Which series of a chart has which colour, shape and dash. The baseline is neutral; everything else has
/// a colour, and a shape or a dash that says the same.
struct SeriesStyle: Sendable {
  /// The series in the order of the key.
  let names: [String]
  private let isNeutral: [Bool]

  /// A style for the series; those of baselines are neutral.
  init(_ names: [String], neutral: Set<String>) {
    self.names = names
    isNeutral = names.map(neutral.contains)
  }

  /// The colours of a theme.
  func colors(_ theme: Theme) -> Scale {
    .words(names, .words(given(theme.strategyColors, neutral: theme.neutral)))
  }

  /// The shapes.
  var shapes: Scale {
    .words(names, .words(given(Theme.shapes, neutral: Theme.shapes[0])))
  }

  /// The dashes.
  var dashes: Scale {
    .words(names, .dashes(given(Theme.dashes, neutral: Theme.dashes[0])))
  }

  /// A value for each series, in turn; those that are neutral take none.
  private func given<Value>(_ values: [Value], neutral: Value) -> [Value] {
    var next = 0
    return isNeutral.map { isNeutral in
      guard !isNeutral else { return neutral }
      defer { next += 1 }
      return values[next % values.count]
    }
  }
}
