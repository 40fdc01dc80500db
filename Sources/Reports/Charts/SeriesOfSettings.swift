/// Which line of a chart is in which colour: a colour for each setting where they are few, else one for
/// each strategy.
struct SeriesOfSettings: Sendable {
  /// Whether every setting has a colour of its own.
  let isBySetting: Bool
  let style: SeriesStyle

  /// Gives colours to the settings, in their order.
  init(_ settings: [Setting], mostSettings: Int = Figure.mostSeries) {
    isBySetting = settings.count <= mostSettings
    let isBySetting = isBySetting
    func name(_ setting: Setting) -> String { isBySetting ? setting.label : setting.strategy }
    var names: [String] = []
    for setting in settings where !names.contains(name(setting)) { names.append(name(setting)) }
    style = SeriesStyle(
      names,
      neutral: Set(settings.filter { $0.kind == .baseline }.map(name))
    )
  }

  /// What the series of a setting is called.
  func name(of setting: Setting) -> String { isBySetting ? setting.label : setting.strategy }

  /// The place of its series in the order of the key.
  func index(of setting: Setting) -> Int { style.names.firstIndex(of: name(of: setting)) ?? 0 }

  /// No key where there is nothing to tell apart.
  var legend: Legend? { style.names.count > 1 ? .lines : .hidden }
}
