import FreezeOut
import Training

/// What runs come to together: sentences, tables and figures.
public struct Report: Sendable {
  /// An experiment with its figures.
  public struct Section: Sendable {
    /// The runs.
    public let experiment: Experiment
    /// What came out, in one sentence.
    public let finding: String
    /// What makes the times behind it less comparable; nil for nothing.
    public let caution: String?
    /// The figures that are of all settings.
    public let figures: [Figure]
    /// Those of one setting, for each.
    let details: [(setting: Setting, figures: [Figure])]

    /// All of them, in the page's order.
    public var allFigures: [Figure] { figures + details.flatMap(\.figures) }
  }

  /// A section for each experiment.
  public let sections: [Section]
  /// What is to be known besides: what could not be read, and what was run more than once.
  public let notes: [String]

  /// Reports on runs.
  ///
  /// - Parameter notes: What else the reader should know, a sentence each.
  public init(_ runs: [ReportedRun], notes: [String] = []) {
    let experiments = Experiment.all(of: runs)
    var names = Names()
    sections = experiments.map { experiment in
      Section(
        experiment,
        prefix: experiments.count > 1 ? "\(experiment.title.asName)-" : "",
        &names
      )
    }
    self.notes = notes + experiments.compactMap(\.repeatedSeeds)
  }

  /// All figures, each with a name of its own.
  public var figures: [Figure] { sections.flatMap(\.allFigures) }

  /// What came out, in one sentence for each experiment.
  public var finding: String {
    sections.count == 1
      ? sections[0].finding
      : sections.map { "\($0.experiment.title): \($0.finding)" }.joined(separator: " ")
  }

  /// What makes the times behind it less comparable, a sentence for each experiment that has something.
  public var cautions: [String] {
    sections.compactMap { section in
      section.caution.map { sections.count == 1 ? $0 : "\(section.experiment.title): \($0)" }
    }
  }

  /// The table of all runs, for `--data`.
  public var runsTable: Table { .runs(sections.map(\.experiment)) }
}

/// Names that are given once.
struct Names {
  private var taken: Set<String> = []

  mutating func unique(_ name: String) -> String {
    let candidates = sequence(first: 1) { $0 + 1 }.lazy.map { $0 == 1 ? name : "\(name)-\($0)" }
    let found = candidates.first { !taken.contains($0) } ?? name
    taken.insert(found)
    return found
  }
}

extension Report.Section {
  fileprivate init(_ experiment: Experiment, prefix: String, _ names: inout Names) {
    let settings = experiment.settings
    func name(_ word: String) -> String { names.unique(prefix + word) }
    self.experiment = experiment
    finding = experiment.finding
    caution = experiment.caution
    figures = [
      .frontier(of: settings, name: name("frontier")),
      settings.count > 1 && settings.count <= Figure.mostSeries
        ? .error(.errorByTime, of: settings, name: name("error-by-time")) : nil,
      .error(.error, of: settings, name: name("error")),
      .loss(of: settings, name: name("loss")),
    ].compactMap { $0 }
    details = settings.map { setting in
      let suffix = settings.count > 1 ? "-\(setting.label.asName)" : ""
      return (
        setting: setting,
        figures: [
          .rates(of: setting, name: name("rates\(suffix)")),
          .layers(of: setting, name: name("layers\(suffix)")),
          .epochSeconds(of: setting, name: name("seconds\(suffix)")),
        ].compactMap { $0 }
      )
    }
  }
}
