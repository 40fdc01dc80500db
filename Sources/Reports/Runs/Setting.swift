import FreezeOut
import Training

/// Runs that differ in the seed alone.
public struct Setting: Sendable {
  /// What it is to a comparison.
  enum Kind: Hashable, Sendable {
    /// Nothing freezes.
    case baseline
    /// Layers freeze.
    case freezing
    /// Nothing freezes, in a run that is shorter than those that are compared.
    case shorterBaseline
    /// Nothing freezes, in a longer one.
    case longerBaseline
  }

  /// What a run came to.
  struct Outcome: Sendable {
    var run: ReportedRun
    /// The share of time that was saved; nil where nothing says it, and before the end.
    var saving: Double?
    /// The same as predicted.
    var predictedSaving: Double?
  }

  /// What the saved time is a share of.
  enum SavingBasis: Hashable, Sendable {
    /// The time of the baseline of the same seed and the asked length, on the same machine.
    case baseline
    /// The time that the run would have taken at its pace before the first freeze.
    case ownPace
  }

  let kind: Kind
  /// What people call it; no other setting of the experiment is called so.
  public fileprivate(set) var label: String
  /// What it has in common with settings that differ in the first freeze alone.
  let strategy: String
  /// Its runs, by seed.
  let outcomes: [Outcome]
  let savingBasis: SavingBasis
}

// MARK: - Figures

extension Setting {
  /// Those that came to their end with an error.
  var finished: [Outcome] { outcomes.filter { $0.run.finalError != nil } }

  /// The runs of each seed: of those that came to their end where there is one, else of all.
  ///
  /// A seed is one sample however often it was run: on one machine its runs are the same to the last bit.
  var bySeed: [[Outcome]] {
    Dictionary(grouping: outcomes, by: \.run.configuration.seed).sorted { $0.key < $1.key }.map {
      let ended = $0.value.filter(\.run.isFinished)
      return ended.isEmpty ? $0.value : ended
    }
  }

  /// The misclassified shares at the end, in percent, one for each seed.
  var errors: [Double] { means(\.run.finalError) }

  /// The shares of time saved, one for each seed.
  var savings: [Double] { means(\.saving) }

  /// The durations of training of the runs that came to their end, in seconds, one for each seed.
  var seconds: [Double] { means { $0.run.isFinished ? $0.run.trainSeconds : nil } }

  /// The predicted savings, one for each seed.
  var predictedSavings: [Double] { means(\.predictedSaving) }

  /// A figure for each seed that has one: the mean of its runs.
  private func means(_ figure: (Outcome) -> Double?) -> [Double] {
    bySeed.compactMap { $0.compactMap(figure).meanOrNil }
  }

  /// The paper's `t_0`; nil where nothing freezes.
  var firstFreeze: Double? { outcomes[0].run.configuration.freezing?.firstFreeze }

  /// Any of its runs.
  var example: ReportedRun { outcomes[0].run }
}

extension [Double] {
  /// The mean, of at least one.
  var meanOrNil: Double? { isEmpty ? nil : mean }
}

// MARK: - What was saved

extension Setting {
  /// Collects runs, with what they saved: by the baseline of the same seed where every finished one has
  /// it, else by their own pace.
  ///
  /// - Precondition: there is a run.
  init(_ kind: Kind, _ runs: [ReportedRun], baselines: [ReportedRun]) {
    let runs = runs.sorted { $0.configuration.seed < $1.configuration.seed }
    let finished = runs.filter(\.isFinished)
    let hasBaselines =
      !finished.isEmpty && finished.allSatisfy { Self.opponent(of: $0, baselines) != nil }
    self.kind = kind
    label = Self.label(runs, kind)
    strategy = Self.strategy(runs[0].configuration, kind)
    savingBasis = hasBaselines ? .baseline : .ownPace
    outcomes = runs.map { run in
      guard hasBaselines, run.isFinished, let baseline = Self.opponent(of: run, baselines) else {
        return Outcome(
          run: run,
          saving: run.isFinished && !hasBaselines ? run.paceSaving : nil,
          predictedSaving: kind == .freezing ? run.prediction?.saving : nil
        )
      }
      return Outcome(
        run: run,
        saving: 1 - run.trainSeconds / baseline.trainSeconds,
        predictedSaving: run.prediction.flatMap { mine in
          baseline.prediction.map { 1 - mine.seconds / $0.seconds }
        }
      )
    }
  }

  /// The baseline that a run is held against, of those as long as was asked of it: the one of its seed, on
  /// its machine. Of several the nearest by their folders, which is the one of the run's own series.
  private static func opponent(of run: ReportedRun, _ baselines: [ReportedRun]) -> ReportedRun? {
    baselines.filter { baseline in
      baseline.isFinished && baseline.trainSeconds > 0
        && baseline.configuration.seed == run.configuration.seed
        && baseline.machine.keepsTime(like: run.machine)
    }.max { $0.commonFolders(with: run) < $1.commonFolders(with: run) }
  }
}

// MARK: - What it is called

extension Setting {
  /// The settings with names that tell them apart.
  static func labelled(_ settings: [Setting]) -> [Setting] {
    var taken: [String: Int] = [:]
    return settings.map { setting in
      var setting = setting
      let count = taken[setting.label, default: 0] + 1
      taken[setting.label] = count
      if count > 1 { setting.label += " (\(count))" }
      return setting
    }
  }

  private static func label(_ runs: [ReportedRun], _ kind: Kind) -> String {
    let configuration = runs[0].configuration
    let strategy = strategy(configuration, kind)
    switch kind {
    case .baseline: return strategy
    case .shorterBaseline, .longerBaseline:
      return "\(strategy), \(runs.map(\.epochCount).mean.fixed(1)) epochs"
    case .freezing:
      return strategy + (configuration.freezing.map { ", t0 = \($0.firstFreeze)" } ?? "")
    }
  }

  private static func strategy(_ configuration: RunConfiguration, _ kind: Kind) -> String {
    guard let freezing = configuration.freezing else {
      switch kind {
      case .shorterBaseline: return "shorter baseline"
      case .longerBaseline: return "longer baseline"
      case .baseline, .freezing: return "baseline"
      }
    }
    var words = ["\(freezing.growth)", freezing.scalesLearningRates ? "scaled" : "unscaled"]
    if configuration.constantTimeEpochs != nil { words.append("constant time") }
    if let views = configuration.views { words.append(views == 1 ? "1 view" : "\(views) views") }
    if configuration.redrawsViews { words.append("redrawn") }
    if let caching = configuration.caching { words.append("kept in \(caching.precision)") }
    return words.joined(separator: ", ")
  }
}
