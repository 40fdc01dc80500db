/// The first freeze that saves what is asked for.
public enum FirstFreezeSolution: Hashable, Sendable {
  /// The latest first freeze that saves as much, and what it saves.
  case reached(firstFreeze: Double, saving: Double)
  /// Not even the earliest first freeze saves as much; what that saves.
  case unreachable(greatestSaving: Double)
}

extension Schedule {
  /// The earliest first freeze that is looked at: a layer that trains for less learns nothing.
  public static let leastFirstFreeze = 0.01

  /// The latest first freeze that saves a given share, by any measure of the saving.
  ///
  /// The later the first layer freezes, the less is saved, by nearly every measure. Where features are
  /// kept the saving jumps as the plan of what to keep changes; so the interval in which it leaves the
  /// share for good is looked for among `searchSteps` of them, and then halved. Of a saving that never
  /// rises the answer is exact. Its own `firstFreeze` does not matter.
  ///
  /// - Parameters:
  ///   - saving: what is to be saved, as a share.
  ///   - measure: the saving of a schedule.
  /// - Throws: `ScheduleError`, and what `measure` throws.
  public func firstFreeze(
    saving: Double,
    by measure: (Schedule) throws -> Double
  ) throws -> FirstFreezeSolution {
    func saved(_ firstFreeze: Double) throws -> Double {
      try measure(with(firstFreeze: firstFreeze))
    }
    var (greatest, late) = (-Double.infinity, 1.0)
    for step in (0...Self.searchSteps).reversed() {
      var early = Self.searchPoint(step)
      let found = try saved(early)
      greatest = max(greatest, found)
      guard found >= saving else {
        late = early
        continue
      }
      while late - early > 1e-6 {
        let middle = (early + late) / 2
        if try saved(middle) >= saving { early = middle } else { late = middle }
      }
      return .reached(firstFreeze: early, saving: try saved(early))
    }
    return .unreachable(greatestSaving: greatest)
  }

  /// How many intervals of first freezes are looked at.
  private static let searchSteps = 64

  /// The first freeze at the beginning of an interval; 1 exactly at the last one's end.
  private static func searchPoint(_ step: Int) -> Double {
    let share = Double(step) / Double(searchSteps)
    return leastFirstFreeze * (1 - share) + share
  }

  /// The longest run of this kind that takes no longer than a given time, its freezes stretched with
  /// it; nil where not even one iteration fits. Where features are kept a longer run may take less time,
  /// as the plan of what to keep changes; then it is one that with another iteration takes too long.
  ///
  /// - Parameters:
  ///   - seconds: the time for training.
  ///   - costs: what was measured, of as many layers as the schedule has.
  ///   - cacheCosts: what keeping the frozen layers' output costs; nil where none is kept.
  /// - Throws: `ScheduleError` for a run that is too long to be one.
  public func stretched(
    toSeconds seconds: Double,
    costs: MeasuredCosts,
    cacheCosts: CacheCosts? = nil
  ) throws -> Schedule? {
    func takes(_ iterations: Int) throws -> Double {
      let candidate = try with(iterations: iterations)
      return candidate.prediction(
        costs: costs,
        iterationsPerEpoch: iterations,
        cache: cacheCosts.map { CachePlan(schedule: candidate, costs: $0) }
      ).seconds
    }
    guard try takes(1) <= seconds else { return nil }
    var (fits, tooLong) = (1, 2)
    while try takes(tooLong) <= seconds { (fits, tooLong) = (tooLong, 2 * tooLong) }
    while tooLong - fits > 1 {
      let middle = fits + (tooLong - fits) / 2
      if try takes(middle) <= seconds { fits = middle } else { tooLong = middle }
    }
    return try with(iterations: fits)
  }

  /// The same schedule with some settings changed.
  ///
  /// - Throws: `ScheduleError` for an impossible value.
  public func with(
    iterations: Int? = nil,
    firstFreeze: Double? = nil,
    growth: Growth? = nil
  ) throws(ScheduleError) -> Schedule {
    try Schedule(
      layerCount: layerCount,
      iterations: iterations ?? self.iterations,
      firstFreeze: firstFreeze ?? self.firstFreeze,
      growth: growth ?? self.growth,
      scalesLearningRates: scalesLearningRates,
      baseLearningRate: baseLearningRate
    )
  }
}
