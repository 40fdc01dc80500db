import Foundation
import FreezeOut
import Reports
import Training

/// Tells a person what a run is doing.
final class TrainReporter {
  private let trainer: Trainer
  private let folder: RunFolder
  private let prediction: RunDescription.Prediction?
  private let progress: ProgressLine
  private var recentImagesPerSecond = 0.0
  private var loss = 0.0

  /// The weight of the newest iteration in the smoothed figures.
  private static let smoothing = 0.05

  init(
    _ trainer: Trainer,
    folder: RunFolder,
    prediction: RunDescription.Prediction? = nil,
    output: Terminal = .standardOutput
  ) {
    self.trainer = trainer
    self.folder = folder
    self.prediction = prediction
    progress = ProgressLine(output)
  }

  /// Says what is trained, on what, and what will freeze when.
  func begin() {
    let network = trainer.learner.network
    let schedule = trainer.learner.schedule
    progress.line(
      "\(trainer.configuration.architecture): \(network.stages.count) layers, "
        + "\(network.state.parameterCount.grouped) parameters, \(network.classCount) classes"
    )
    progress.line(
      "\(trainer.configuration.dataset): \(trainer.trainImageCount.grouped) images to train on, "
        + "\(trainer.evaluationImageCount.grouped) to measure by; "
        + "\(trainer.iterationsPerEpoch.grouped) iterations an epoch, "
        + "\(schedule.iterations.grouped) in all"
    )
    progress.line(freezingSentence)
    viewsSentence.map(progress.line)
    if let prediction { progress.line(sentence(prediction)) }
    if trainer.configuration.freezing != nil {
      let schedule = trainer.learner.schedule
      for advice in FreezingAdvice.advice(on: schedule, saving: prediction?.saving) {
        progress.line("note: \(advice)")
      }
    }
    if trainer.lacksCoreToSpare, !trainer.learner.schedule.freezeEvents.isEmpty {
      progress.line("frozen layers run in line: no core is to spare beside the training step's")
    }
    jointSentence.map(progress.line)
    progress.line("results in \(folder.url.relativePath)")
    if trainer.learner.iteration > 0 {
      progress.line("resumed at iteration \(trainer.learner.iteration.grouped)")
    }
  }

  /// Shows an event: a line that stays for epochs and freezes, progress for the rest.
  func show(_ event: Trainer.Event) {
    switch event {
    case .iteration(let report): show(report)
    case .freeze(let record): progress.line(sentence(record))
    case .evaluation(let done, let count):
      progress.update(Double(done) / Double(count)) { "measuring" }
    case .placement(let choice): progress.line(sentence(choice))
    case .recordingFailed(let part, let reason):
      let subject =
        switch part {
        case .steps: "steps go"
        case .frozenLayers: "frozen layers go"
        case .evaluation: "evaluation goes"
        }
      progress.line("note: \(subject) on operation by operation, not recorded: \(reason)")
    case .epoch(let record): progress.figures(figures(record))
    }
  }

  /// Says what the run came to.
  func end() {
    let epochs = trainer.records.compactMap { record in
      if case .epoch(let epoch) = record { epoch } else { nil }
    }
    let seconds = epochs.map(\.trainSeconds).reduce(0, +)
    let images =
      Double(trainer.trainImageCount) * Double(trainer.learner.iteration)
      / Double(trainer.iterationsPerEpoch)
    progress.line(
      "trained \(trainer.learner.iteration.grouped) iterations in \(seconds.asDuration), "
        + "\((images / max(seconds, .leastNonzeroMagnitude)).fixed(0)) images/s"
        + (epochs.last?.evaluationError.map { "; error \($0.fixed(2)) %" } ?? "")
    )
    if let prediction { progress.line(outcome(prediction)) }
    if let use = trainer.featureCacheUse {
      progress.line(sentence(use))
      if let refusal = use.refusal { progress.line("note: \(refusal)") }
    }
    progress.line("weights in \(folder.weights.relativePath)")
  }

  /// Takes the progress away, for whatever is said next.
  func clear() {
    progress.clear()
  }

  private var jointSentence: String? {
    guard let processes = trainer.processes, let bytes = trainer.reducedBytes else { return nil }
    let images =
      trainer.configuration.synchronizesBatchNorm
      ? "all images of a batch" : "its own images of a batch (--sync-batch-norm for all)"
    return "\(processes.count) processes by \(processes.implementation), each of which gives "
      + "\((Double(bytes) / 1e6).fixed(2)) MB of gradients to the sums of an iteration; batch norm sees \(images)"
  }

  private var freezingSentence: String {
    guard let freezing = trainer.configuration.freezing else {
      return "baseline: nothing freezes"
    }
    let schedule = trainer.learner.schedule
    let start =
      "FreezeOut, \(freezing.growth), rates \(freezing.scalesLearningRates ? "" : "un")scaled, "
      + "t0 = \(freezing.firstFreeze): "
    guard let first = schedule.freezeEvents.first else { return start + "nothing freezes" }
    let epoch = first.iteration / trainer.iterationsPerEpoch + 1
    let saving = try? schedule.estimatedSaving(
      costs: trainer.learner.network.costs,
      backwardForwardRatio: RunPlan.backwardForwardRatio
    )
    return start
      + "the first layer freezes at iteration \(first.iteration.grouped), in epoch \(epoch); "
      + "by multiply-adds it saves \(((saving ?? 0) * 100).fixed(0)) % of the work"
  }

  /// The number of epochs, the last one perhaps a part of one.
  private var epochCount: Int {
    trainer.configuration.epochs + (trainer.configuration.extraIterations > 0 ? 1 : 0)
  }

  private func show(_ report: Trainer.IterationReport) {
    let speed = Double(report.imageCount) / max(report.seconds, .leastNonzeroMagnitude)
    let isFirst = recentImagesPerSecond == 0
    let weight = isFirst ? 1 : Self.smoothing
    recentImagesPerSecond += weight * (speed - recentImagesPerSecond)
    loss += weight * (report.loss - loss)
    let total = trainer.learner.schedule.iterations
    progress.update(Double(report.iterations) / Double(total)) {
      let imagesLeft = (total - report.iterations) * trainer.configuration.batchSize
      let secondsLeft = Double(imagesLeft) / recentImagesPerSecond
      return "epoch \((report.iterations - 1) / trainer.iterationsPerEpoch + 1)"
        + "/\(epochCount)  \(recentImagesPerSecond.fixed(0)) images/s  "
        + "\(secondsLeft.asDuration) left  frozen \(report.frozenCount)  "
        + "loss \(loss.fixed(3))  rate \(report.learningRate.significant(2))"
    }
  }

  private func sentence(_ record: FreezeRecord) -> String {
    "froze \(record.layers.joined(separator: ", ")) at iteration \(record.iteration.grouped): "
      + "\(record.frozenCount) of \(trainer.learner.schedule.layerCount) layers frozen"
  }

  /// What is given up where inputs come again.
  private var viewsSentence: String? {
    guard let views = trainer.configuration.views,
      let first = trainer.learner.schedule.freezeEvents.first,
      let distinct = trainer.distinctAugmentations
    else { return nil }
    let often = trainer.configuration.redrawsViews ? ", drawn anew at every freeze event" : ""
    return "from iteration \(first.iteration.grouped) on each image has \(views) fixed of "
      + "\(distinct) augmentations\(often)"
  }

  private func sentence(_ use: FeatureCacheUse) -> String {
    let visits = use.readCount + use.computedCount
    guard visits > 0 else {
      if use.refusal != nil { return "no features were kept" }
      return "no features were kept: it would not have paid, or not have fitted the budget"
    }
    let damage = use.damagedCount + use.rebuiltCount
    return
      "features of \(use.readCount.grouped) of \(visits.grouped) inputs were read in the place of "
      + "being computed" + (damage > 0 ? "; \(damage) damaged or foreign ones were made anew" : "")
  }

  private func sentence(_ prediction: RunDescription.Prediction) -> String {
    guard trainer.configuration.freezing != nil else {
      return "by measurement it will train for \(prediction.trainSeconds.asDuration)"
    }
    if let aim = constantTimeAim(prediction) {
      return "by measurement it will train for \(prediction.trainSeconds.asDuration), as "
        + "\(aim.epochs) epochs without freezing for \(aim.seconds.asDuration): in "
        + "\(trainer.learner.schedule.iterations.grouped) iterations in the place of "
        + "\(aim.iterations.grouped)"
    }
    return "by measurement it will train for \(prediction.trainSeconds.asDuration), and without "
      + "freezing for \(prediction.baselineSeconds.asDuration): "
      + "it saves \(prediction.saving.percent)"
  }

  /// The run without freezing whose time this one was made to take; nil for a run of another kind.
  private func constantTimeAim(
    _ prediction: RunDescription.Prediction
  ) -> (epochs: Int, iterations: Int, seconds: Double)? {
    trainer.configuration.constantTimeEpochs.map { epochs in
      let iterations = epochs * trainer.iterationsPerEpoch
      let share = Double(iterations) / Double(trainer.learner.schedule.iterations)
      return (epochs, iterations, prediction.baselineSeconds * share)
    }
  }

  /// What was predicted beside what came.
  private func outcome(_ prediction: RunDescription.Prediction) -> String {
    let outcome = RunDescription.Comparison(
      prediction,
      trainer.records,
      iterations: trainer.learner.schedule.iterations
    )
    let start =
      "predicted \(prediction.trainSeconds.asDuration), took \(outcome.trainSeconds.asDuration) "
      + "(\((outcome.secondsError * 100).signed(1)) %)"
    guard let saving = outcome.saving, let error = outcome.savingError,
      let baseline = outcome.baselineSeconds
    else { return start }
    if let aim = constantTimeAim(prediction) {
      let whole = baseline * Double(aim.iterations) / Double(trainer.learner.schedule.iterations)
      return start + "; \(aim.epochs) epochs without freezing take \(whole.asDuration) at the pace "
        + "before the first freeze (\(((outcome.trainSeconds / whole - 1) * 100).signed(1)) %)"
    }
    return start
      + "; at the pace before the first freeze \(baseline.asDuration): saved "
      + "\(saving.percent), predicted \(prediction.saving.percent) "
      + "(\((error * 100).signed(1)) points)"
  }

  private func sentence(_ choice: PrefixPlacement.Choice) -> String {
    "the frozen layers run \(choice.runsAhead ? "ahead of the training step" : "in line"): an "
      + "iteration takes \((choice.inLineSeconds * 1e3).fixed(1)) ms with them in line, "
      + "\((choice.aheadSeconds * 1e3).fixed(1)) ms ahead"
  }

  /// What an epoch came to, the most important first.
  private func figures(_ record: EpochRecord) -> [String] {
    let epochs = "\(epochCount)"
    var words = [
      "epoch \("\(record.epoch)".padded(to: epochs.count))/\(epochs)",
      "loss \(record.trainLoss.fixed(4))",
    ]
    if let loss = record.evaluationLoss, let error = record.evaluationError {
      words.append("\(trainer.configuration.validation.rawValue) \(loss.fixed(4))")
      words.append("error \(error.fixed(2).padded(to: 5)) %")
    }
    words.append("\(record.trainSeconds.fixed(1).padded(to: 5)) s")
    words.append("frozen \("\(record.frozenCount)".padded(to: 2))")
    words.append("\(record.imagesPerSecond.fixed(0).padded(to: 5)) images/s")
    return words
  }
}
