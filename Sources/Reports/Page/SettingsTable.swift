import FreezeOut
import Training

/// What came out, a row for each setting.
struct SettingsTable {
  private let experiment: Experiment

  init(_ experiment: Experiment) {
    self.experiment = experiment
  }

  var markup: Markup {
    let columns = shownColumns
    return """
      <div class="wide"><table>
      <thead><tr><th scope="col">setting</th>\
      \(Markup(columns.map { "<th scope=\"col\">\($0.title)</th>" }))</tr></thead>
      <tbody>
      \(Markup(experiment.settings.map { row($0, columns) }))
      </tbody>
      </table></div>
      \(Markup(footnotes.map { "<p class=\"footnote\">\($0)</p>" }))
      """
  }

  private func row(_ setting: Setting, _ columns: [Column]) -> Markup {
    """
    <tr><th scope="row">\(setting.label)</th>\
    \(Markup(columns.map { "<td>\($0.word(setting))</td>" }))</tr>
    """
  }

  // MARK: - Columns

  private struct Column {
    var title: String
    var word: (Setting) -> String
  }

  private var shownColumns: [Column] {
    let baseline = experiment.baseline?.errors.meanOrNil
    let all = [
      Column(title: "runs") { setting in
        let finished = setting.outcomes.filter(\.run.isFinished).count
        return finished == setting.outcomes.count
          ? "\(finished)" : "\(setting.outcomes.count) (\(finished) finished)"
      },
      Column(title: "epochs") { $0.outcomes.map(\.run.epochCount).mean.shortest },
      Column(title: "error, %") { spread($0.errors, 2) },
      Column(title: "against the baseline, points") { setting in
        guard let error = setting.errors.meanOrNil, let baseline, setting.kind != .baseline else {
          return ""
        }
        return (error - baseline).signed(2)
      },
      Column(title: "training") { $0.seconds.meanOrNil?.asDuration ?? "" },
      Column(title: "saved, %") { setting in
        setting.kind == .baseline
          ? "" : spread(setting.savings.map { $0 * 100 }, 1) + (isMarked(setting) ? "*" : "")
      },
      Column(title: "predicted, %") { setting in
        setting.kind == .baseline
          ? "" : setting.predictedSavings.meanOrNil.map { ($0 * 100).fixed(1) } ?? ""
      },
    ]
    // A column without a word says nothing.
    return all.filter { column in experiment.settings.contains { !column.word($0).isEmpty } }
  }

  private func isMarked(_ setting: Setting) -> Bool {
    setting.savingBasis == .ownPace && !setting.savings.isEmpty
  }

  private var footnotes: [String] {
    var notes: [String] = []
    if experiment.settings.contains(where: { $0.errors.count > 1 }) {
      notes.append("Mean and standard deviation over the seeds.")
    }
    if experiment.settings.contains(where: { $0.savingBasis == .baseline && $0.kind == .freezing })
    {
      notes.append("Saved: of the training time of the baseline of the same seed and length.")
    }
    if experiment.settings.contains(where: isMarked) {
      notes.append(
        "* By the run's own pace before its first freeze: there is no finished baseline of the same "
          + "seed, length and machine."
      )
    }
    let unfinished = experiment.runs.filter { !$0.isFinished }
    if !unfinished.isEmpty {
      let places = unfinished.map { run in
        "\(run.place) (\(run.epochs.count) of \(run.epochCount.shortest) epochs)"
      }
      notes.append("Not finished, and in no mean: \(places.joined(separator: ", ")).")
    }
    return notes
  }
}

private func spread(_ values: [Double], _ digits: Int) -> String {
  guard let mean = values.meanOrNil else { return "" }
  return mean.fixed(digits) + (values.standardDeviation.map { " \u{b1} \($0.fixed(digits))" } ?? "")
}
