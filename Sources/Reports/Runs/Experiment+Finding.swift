import Training

extension Experiment {
  /// What came out, in one sentence, which claims no more than the runs can tell.
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
      frozen.contains(where: { $0.savingBasis == .baseline })
    else { return nil }
    let constant = frozen.filter { $0.example.configuration.constantTimeEpochs != nil }
    let arms: [(Arm, [Setting])] = [
      (.baseline, [baseline]), (.freezeOut, plain), (.constantTime, constant),
      (.shortenedBaseline, shorter),
    ]
    return arms.flatMap { arm, settings in
      settings.flatMap(\.finished).compactMap { outcome in
        outcome.run.finalError.map { error in
          ArmResult(
            arm: arm,
            seed: outcome.run.configuration.seed,
            errorPercent: error,
            trainSeconds: outcome.run.trainSeconds,
            predictedSeconds: outcome.run.prediction?.seconds,
            iterations: outcome.run.schedule.iterations,
            evaluationImageCount: outcome.run.evaluationImages
          )
        }
      }
    }
  }

  // MARK: - A sweep

  /// Which setting saved most of those that are as good as the baseline; nil without a baseline to say so.
  private var findingOfSweep: String? {
    let candidates = settings.filter {
      $0.kind == .freezing && !$0.errors.isEmpty && !$0.savings.isEmpty
    }
    guard let baseline, let opponent = baseline.errors.meanOrNil, !candidates.isEmpty else {
      return nil
    }
    let count =
      candidates.count == 1
      ? "The setting that freezes" : "Of \(candidates.count) settings that freeze,"
    guard let deviation = baseline.errors.standardDeviation else {
      let best = Self.least(candidates) { $0.errors.mean }
      let difference = (best.errors.mean - opponent).signed(2)
      let start =
        candidates.count == 1
        ? "The setting that freezes," : "\(count) the one with the least error,"
      return "\(start) \(best.label), \(Self.phrase(ofSaving: best.savings.mean)) and ended at "
        + "\(best.errors.mean.fixed(2)) % error, \(difference) points by the baseline: one seed of it, "
        + "which cannot tell that from chance."
    }
    let band = "the baseline's \(opponent.fixed(2)) +- \(deviation.fixed(2)) %"
    let good = candidates.filter { $0.errors.mean <= opponent + deviation }
    guard !good.isEmpty else {
      let best = Self.least(candidates) { $0.errors.mean }
      return candidates.count == 1
        ? "\(best.label) \(Self.phrase(ofSaving: best.savings.mean)) and ended at "
          + "\(best.errors.mean.fixed(2)) % error, above \(band)."
        : "\(count) none ends within \(band); the nearest, \(best.label), "
          + "\(Self.phrase(ofSaving: best.savings.mean)) at \(best.errors.mean.fixed(2)) % error."
    }
    let best = Self.least(good) { -$0.savings.mean }
    let words =
      "\(best.label), which \(Self.phrase(ofSaving: best.savings.mean)) at "
      + "\(best.errors.mean.fixed(2)) % error"
    guard candidates.count > 1 else {
      return "\(best.label) \(Self.phrase(ofSaving: best.savings.mean)) at "
        + "\(best.errors.mean.fixed(2)) % error, within \(band)."
    }
    return good.count == 1
      ? "\(count) one ends within \(band): \(words)."
      : "\(count) \(good.count) end within \(band); of these saved most: \(words)."
  }

  private static func least(_ settings: [Setting], by key: (Setting) -> Double) -> Setting {
    settings.dropFirst().reduce(settings[0]) { key($1) < key($0) ? $1 : $0 }
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

extension Double {
  /// The number without digits behind the point where it has none, else with one.
  var shortest: String { self == rounded() ? fixed(0) : fixed(1) }
}
