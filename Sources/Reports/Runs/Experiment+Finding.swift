import Training

extension Experiment {
  /// What came out, in a sentence or two, which claims no more than the runs can tell.
  var finding: String {
    if runs.count == 1 { return Self.finding(ofRun: settings[0]) }
    if let results = comparedResults {
      return ComparisonSummary(results).verdict
    }
    return findingOfSweep ?? findingOfErrors
  }

  // MARK: - One run

  private static func finding(ofRun setting: Setting) -> String {
    let run = setting.example
    guard run.isFinished else {
      let error = run.epochs.last?.evaluationError.map { ", at \($0.fixed(2)) % error" } ?? ""
      return
        "The run is not finished: \(run.epochs.count) of \(run.epochCount.shortest) epochs are done"
        + "\(error)."
    }
    let error = run.finalError.map { " and ended at \($0.fixed(2)) % error" } ?? ""
    guard run.freezesLayers else {
      return
        "The baseline, in which nothing freezes, trained for \(run.trainSeconds.asDuration)\(error)."
    }
    let predicted = run.prediction.map { "; \($0.saving.percent) was predicted" } ?? ""
    guard let saving = run.paceSaving else {
      return "The run trained for \(run.trainSeconds.asDuration)\(error)\(predicted)."
    }
    return "Freezing \(phrase(ofSaving: saving)) by the run's own pace\(error)\(predicted)."
  }

  private static func phrase(ofSaving saving: Double) -> String {
    saving < 0
      ? "took \((-saving).percent) more training time"
      : "saved \(saving.percent) of the training time"
  }

  // MARK: - A comparison

  /// The runs as the arms of a comparison; nil where they are none.
  private var comparedResults: [ArmResult]? {
    let frozen = settings.filter { $0.kind == .freezing }
    let plain = frozen.filter { $0.example.configuration.constantTimeEpochs == nil }
    let shorter = settings.filter { $0.kind == .shorterBaseline }
    guard let baseline, plain.count == 1, frozen.count <= 2, shorter.count == 1,
      plain[0].savingBasis == .baseline
    else { return nil }
    let constant = frozen.filter { $0.example.configuration.constantTimeEpochs != nil }
    let arms: [(Arm, [Setting])] = [
      (.baseline, [baseline]), (.freezeOut, plain), (.constantTime, constant),
      (.shortenedBaseline, shorter),
    ]
    guard Self.keepTime(arms.flatMap(\.1)) else { return nil }
    return arms.flatMap { arm, settings in
      settings.flatMap(\.seedResults).map { result in
        ArmResult(
          arm: arm,
          seed: result.run.configuration.seed,
          errorPercent: result.errorPercent,
          trainSeconds: result.trainSeconds,
          predictedSeconds: result.predictedSeconds,
          iterations: result.run.schedule.iterations,
          evaluationImageCount: result.run.evaluationImages,
          saving: result.saving
        )
      }
    }
  }

  /// Whether the runs of each seed were made where time passes alike, so that one's duration says
  /// something about another's.
  private static func keepTime(_ settings: [Setting]) -> Bool {
    Dictionary(grouping: settings.flatMap(\.finished).map(\.run), by: \.configuration.seed).values
      .allSatisfy { runs in
        runs.allSatisfy { $0.machine.keepsTime(like: runs[0].machine) }
      }
  }

  // MARK: - A sweep

  /// What the runs say as the points of a sweep; nil where they are none.
  private var findingOfSweep: String? {
    let frozen = settings.filter {
      $0.kind == .freezing && $0.example.configuration.constantTimeEpochs == nil
        && !$0.finished.isEmpty
    }
    // What was saved by a run's own pace is nothing to hold against another's.
    let measured = frozen.filter { $0.savingBasis == .baseline }
    // What differs in the features that are kept besides is two settings at one point.
    let points = Set(frozen.map(\.sweepPoint))
    guard let baseline, !baseline.finished.isEmpty, points.count == frozen.count, !measured.isEmpty,
      Self.keepTime([baseline] + frozen)
    else { return nil }
    let results = ([baseline] + measured).flatMap { setting in
      setting.seedResults.map { result in
        SweepResult(
          point: setting.sweepPoint,
          seed: result.run.configuration.seed,
          errorPercent: result.errorPercent,
          trainSeconds: result.trainSeconds,
          predictedSeconds: result.predictedSeconds,
          savingByOwnPace: result.run.paceSaving,
          iterations: result.run.schedule.iterations,
          saving: result.saving
        )
      }
    }
    // The runs need not be of one command, that could be given more seeds.
    let summary = SweepSummary(results, hasSeedsOption: false)
    return (summary.sentences + [Self.note(ofLeftOut: frozen.count - measured.count)])
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static func note(ofLeftOut count: Int) -> String {
    switch count {
    case 0: ""
    case 1: "1 way to freeze is left out, as not every seed of it has a baseline."
    default: "\(count) ways to freeze are left out, as not every seed of theirs has a baseline."
    }
  }

  // MARK: - Other runs

  private var findingOfErrors: String {
    let finished = runs.filter(\.isFinished).count
    let count =
      "\(runs.count) runs" + (finished < runs.count ? ", \(finished) of them finished" : "")
    let measured = settings.filter { !$0.errors.isEmpty }
    guard let first = measured.first else { return "\(count): none has an error." }
    let best = measured.dropFirst().reduce(first) { $1.errors.mean < $0.errors.mean ? $1 : $0 }
    return measured.count == 1
      ? "\(count): the error is \(best.errors.mean.fixed(2)) %."
      : "\(count): the least error is \(best.errors.mean.fixed(2)) %, of \(best.label)."
  }
}

extension Setting {
  /// What a seed came to: the mean of its runs.
  fileprivate struct SeedResult {
    /// Any of them.
    var run: ReportedRun
    var errorPercent: Double
    var trainSeconds: Double
    var predictedSeconds: Double?
    /// Of the baseline that each run is held against; nil where not every seed has one.
    var saving: Double?
  }

  /// What the seeds came to that have an error.
  fileprivate var seedResults: [SeedResult] {
    bySeed.compactMap { outcomes in
      let runs = outcomes.map(\.run)
      return runs.compactMap(\.finalError).meanOrNil.map { error in
        SeedResult(
          run: runs[0],
          errorPercent: error,
          trainSeconds: runs.map(\.trainSeconds).mean,
          predictedSeconds: runs.compactMap { $0.prediction?.seconds }.meanOrNil,
          saving: savingBasis == .baseline ? outcomes.compactMap(\.saving).meanOrNil : nil
        )
      }
    }
  }

  fileprivate var sweepPoint: SweepPoint { SweepPoint(freezing: example.configuration.freezing) }
}

extension Double {
  /// The number without digits behind the point where it has none, else with one.
  var shortest: String { self == rounded() ? fixed(0) : fixed(1) }
}
