import Foundation
import Training

/// What was asked and where it was made, as far as all runs of an experiment agree.
struct Circumstances {
  private let experiment: Experiment

  init(_ experiment: Experiment) {
    self.experiment = experiment
  }

  var markup: Markup {
    """
    <details\(experiment.runs.count == 1 ? " open" : "")>
    <summary>What was asked, and where it was made</summary>
    <dl>
    \(Markup(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }))
    </dl>
    </details>
    """
  }

  private var facts: [(String, String)] {
    let run = experiment.example
    let configuration = run.configuration
    return [
      (
        "network",
        "\(run.network): \(run.layers.count) layers, \(run.parameterCount.grouped) parameters"
      ),
      (
        "images",
        "\(configuration.dataset): \(run.trainImages.grouped) to train on, "
          + "\(run.evaluationImages.grouped) to measure by"
      ),
      (
        "recipe",
        "batch \(configuration.batchSize), rate \(configuration.learningRate), momentum "
          + "\(configuration.rule.momentum), weight decay \(configuration.rule.weightDecay)"
          + (configuration.augment ? ", augmented" : ", not augmented")
      ),
      ("seeds", each { "\($0.configuration.seed)" }),
      ("begun", period),
      (
        "program",
        each { run in
          "freezeout \(run.machine.program)" + (run.machine.commit.map { " at \($0)" } ?? "")
            + ", libtorch \(run.machine.libtorch)"
        }
      ),
      (
        "machine",
        each { run in
          "\(run.machine.processor ?? "unknown processor"), \(run.machine.processorCount) cores, "
            + "\(run.machine.threads) threads, "
            + (run.machine.kernels.map { "kernels \($0), " } ?? "")
            + "device \(run.machine.device), \(run.machine.operatingSystem)"
        }
      ),
    ]
  }

  /// What the runs say, each answer once.
  private func each(_ word: (ReportedRun) -> String) -> String {
    var words: [String] = []
    for word in experiment.runs.map(word) where !words.contains(word) { words.append(word) }
    return words.joined(separator: "; ")
  }

  private var period: String {
    let dates = experiment.runs.map(\.startedAt)
    guard let first = dates.min(), let last = dates.max() else { return "" }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    let (begin, end) = (formatter.string(from: first), formatter.string(from: last))
    return begin == end ? "\(begin) UTC" : "\(begin) to \(end) UTC"
  }
}
