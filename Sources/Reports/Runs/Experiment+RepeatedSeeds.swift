extension Experiment {
  /// What to say of seeds that were run more than once in one setting; nil where none was.
  var repeatedSeeds: String? {
    let repeated = settings.flatMap { setting in
      setting.bySeed.filter { $0.count > 1 && $0[0].run.isFinished }.map { (setting, $0) }
    }
    guard !repeated.isEmpty else { return nil }
    let named = repeated.prefix(Self.mostNamed).map { setting, outcomes in
      "\(setting.label), seed \(outcomes[0].run.configuration.seed), in "
        + outcomes.map(\.run.place).joined(separator: " and ")
    }
    let rest = repeated.count - named.count
    return
      "\(title): \(repeated.count == 1 ? "a seed was" : "\(repeated.count) seeds were") run more than "
      + "once, and \(repeated.count == 1 ? "counts" : "count") once, by the mean: "
      + named.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
  }

  /// A longer list helps nobody.
  private static let mostNamed = 4
}
