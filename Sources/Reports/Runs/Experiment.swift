import FreezeOut
import Training

/// Runs that can be compared: the same network on the same images by the same recipe. What differs is
/// how layers freeze, the seed, and the length where freezing is why.
public struct Experiment: Sendable {
  /// The runs by setting: the baseline first, then what froze, then shorter baselines.
  public let settings: [Setting]

  /// Groups the runs of one experiment.
  ///
  /// - Precondition: there is a run.
  init(comparable runs: [ReportedRun]) {
    precondition(!runs.isEmpty, "an experiment of no run")
    let length = Self.askedLength(runs)
    let baselines = runs.filter { !$0.freezesLayers }
    let whole = baselines.filter { $0.schedule.iterations == length }
    let shorter = baselines.filter { $0.schedule.iterations < length }
    let longer = baselines.filter { $0.schedule.iterations > length }
    let frozen = Self.grouped(runs.filter(\.freezesLayers)) { run in
      var configuration = run.configuration
      configuration.seed = 0
      return configuration
    }
    let groups: [(Setting.Kind, [ReportedRun])] =
      (whole.isEmpty ? [] : [(.baseline, whole)])
      + frozen.sorted(by: Self.precedes).map { (.freezing, $0) }
      + Self.groupedByRank(shorter).map { (.shorterBaseline, $0) }
      + Self.groupedByRank(longer).map { (.longerBaseline, $0) }
    settings = Setting.labelled(
      groups.map { kind, runs in Setting(kind, runs, baselines: whole) }
    )
  }

  /// Any of its runs.
  var example: ReportedRun { settings[0].outcomes[0].run }

  /// What it is of.
  public var title: String {
    let configuration = example.configuration
    return "\(example.network) on \(configuration.dataset)"
      + (configuration.precision.map { " in \($0)" } ?? "")
  }

  /// All its runs.
  var runs: [ReportedRun] { settings.flatMap { $0.outcomes.map(\.run) } }

  /// What it is compared with; nil where there is none.
  var baseline: Setting? { settings.first { $0.kind == .baseline } }
}

// MARK: - Which runs belong together

extension Experiment {
  /// Sorts runs into experiments, in the order of their first runs.
  public static func all(of runs: [ReportedRun]) -> [Experiment] {
    grouped(runs, by: circumstances).flatMap(byLength).map(Experiment.init(comparable:))
  }

  /// What the runs of an experiment have in common.
  private static func circumstances(_ run: ReportedRun) -> RunConfiguration {
    var configuration = run.configuration
    configuration.seed = 0
    (configuration.epochs, configuration.extraIterations) = (1, 0)
    configuration.constantTimeEpochs = nil
    configuration.freezing = nil
    (configuration.views, configuration.redrawsViews, configuration.caching) = (nil, false, nil)
    return configuration
  }

  /// The length that was asked for, in iterations: of a run at constant time that of the baseline whose
  /// time it takes.
  private static func askedLength(_ run: ReportedRun) -> Int {
    run.configuration.constantTimeEpochs.map { $0 * run.iterationsPerEpoch }
      ?? run.schedule.iterations
  }

  /// The length of an experiment: that of the runs that freeze, else the greatest.
  private static func askedLength(_ runs: [ReportedRun]) -> Int {
    let frozen = runs.filter(\.freezesLayers).map(askedLength)
    return frozen.max() ?? runs.map(\.schedule.iterations).max() ?? 1
  }

  /// Takes runs apart whose layers froze in runs of other lengths. A baseline goes to the length that is
  /// its own or the next above it: it is a shorter one then.
  private static func byLength(_ runs: [ReportedRun]) -> [[ReportedRun]] {
    let lengths = Set(runs.filter(\.freezesLayers).map(askedLength)).sorted()
    guard lengths.count > 1, let greatest = lengths.last else { return [runs] }
    return grouped(runs) { run in
      let asked = askedLength(run)
      return lengths.first { $0 >= asked } ?? greatest
    }
  }

  /// Groups baselines that were cut to the time of other runs, so that each seed's has a length of its
  /// own: the longest of all seeds, then the next longest. Where seeds have not as many, by length.
  private static func groupedByRank(_ runs: [ReportedRun]) -> [[ReportedRun]] {
    func byLength(_ runs: [ReportedRun]) -> [[ReportedRun]] {
      grouped(runs) { $0.schedule.iterations }
        .sorted { $0[0].schedule.iterations > $1[0].schedule.iterations }
    }
    let seeds = grouped(runs) { $0.configuration.seed }.map(byLength)
    guard Set(seeds.map(\.count)).count == 1, let count = seeds.first?.count else {
      return byLength(runs)
    }
    return (0..<count).map { rank in seeds.flatMap { $0[rank] } }
  }

  /// Strategies in the paper's order, and of one strategy the earlier first freeze first.
  private static func precedes(_ one: [ReportedRun], _ other: [ReportedRun]) -> Bool {
    func key(_ runs: [ReportedRun]) -> (Int, Int, Int, Double) {
      let configuration = runs[0].configuration
      let growth = configuration.freezing.flatMap { Growth.allCases.firstIndex(of: $0.growth) } ?? 0
      return (
        configuration.constantTimeEpochs == nil ? 0 : 1, growth,
        configuration.freezing?.scalesLearningRates == true ? 0 : 1,
        configuration.freezing?.firstFreeze ?? 1
      )
    }
    return key(one) < key(other)
  }

  /// The values by key, in the order in which the keys come first.
  private static func grouped<Key: Hashable>(
    _ runs: [ReportedRun],
    by key: (ReportedRun) -> Key
  ) -> [[ReportedRun]] {
    var places: [Key: Int] = [:]
    return runs.reduce(into: []) { groups, run in
      if let place = places[key(run)] {
        groups[place].append(run)
      } else {
        places[key(run)] = groups.count
        groups.append([run])
      }
    }
  }
}
