import Foundation
import FreezeOut
import Reports

@testable import FreezeOutCommand
@testable import Training

/// A run's folder as `freezeout report` reads it, `run.json` and `metrics.jsonl`: it is damaged, or every
/// figure and the page can be made of it, alone and beside others.
///
/// The first line of an input is the description, the others are the log.
struct ReportTarget: FuzzTarget {
  static let name = "report"

  static func expects(_ error: any Error) -> Bool {
    if case .damaged = error as? ReportError { true } else { false }
  }

  /// A chart has dozens of rows for every layer and some for every epoch, each in two themes, with the
  /// names of its columns.
  static func memory(ofInputOf byteCount: Int) -> Int { 16 << 20 + 2048 * byteCount }

  /// More layers are more of the same rows.
  private static let mostDrawnLayers = 20

  private let scratch: ScratchFolder
  private let folder: RunFolder
  private let baseline: ReportedRun

  init() throws {
    scratch = try ScratchFolder()
    folder = RunFolder(url: scratch.url)
    var configuration = TinyRun.configuration()
    configuration.freezing = nil
    try Self.write(Self.input(configuration), to: scratch)
    baseline = try folder.reportedRun(named: "baseline")
  }

  func seeds() throws -> [String: Data] {
    var shorter = TinyRun.configuration()
    shorter.freezing = nil
    (shorter.epochs, shorter.extraIterations) = (1, 1)
    // Of a run that came to its end that would be a damaged log.
    let running = try Self.input(TinyRun.configuration(), isFinished: false)
    return [
      "finished": try Self.input(TinyRun.configuration()), "shorter": try Self.input(shorter),
      "kept": try Self.input(TinyRun.configuration(keepsFeatures: true)),
      "cut": Data(running.dropLast(10)),
    ]
  }

  func run(_ data: Data) throws {
    try Self.write(data, to: scratch)
    let run = try folder.reportedRun(named: "run")
    var twin = run
    twin.configuration.seed &+= 1
    for runs in [[run], [baseline, run, twin]] {
      let report = Report(runs, notes: ["<script>"])
      require(!report.finding.isEmpty, "a report that finds nothing")
      let table = report.runsTable
      require(table.rows.count == runs.count && !table.csv.isEmpty, "another number of runs")
      guard run.layers.count <= Self.mostDrawnLayers else { continue }
      try check(report)
    }
  }

  private func check(_ report: Report) throws {
    let figures = report.figures
    require(Set(figures.map(\.name)).count == figures.count, "two figures of one name")
    for figure in figures {
      // The page has both themes.
      _ = try figure.specification(.light).sortedJSON()
      for file in figure.csvFiles { require(!file.text.isEmpty, "\(file.name) is empty") }
    }
    let page = Page(
      report,
      title: "<script>",
      command: "<script>",
      parts: .init(library: "", pictures: [:])
    )
    let html = try page.html()
    let scripts = html.utf8.split(separator: UInt8(ascii: "<"), omittingEmptySubsequences: false)
      .dropFirst().count { $0.starts(with: "script".utf8) }
    require(scripts == 3, "\(scripts) scripts in the page")
  }

  private static func write(_ input: Data, to scratch: ScratchFolder) throws {
    let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
    try scratch.write(input[..<end], to: "run.json")
    try scratch.write(input[end...].dropFirst(), to: "metrics.jsonl")
  }

  /// The files of a run of such settings.
  private static func input(
    _ configuration: RunConfiguration,
    isFinished: Bool = true
  ) throws -> Data {
    let trainer = try TinyRun.trainer(configuration)
    var description = RunDescription(
      trainer,
      dataFolder: URL(fileURLWithPath: "/data"),
      machine: .sample
    )
    description.predict(trainer, costs: try .sample, cache: nil)
    try trainer.run()
    if isFinished { description.finish(trainer) }
    let newline = Data("\n".utf8)
    return try trainer.records.reduce(encodedWithDates(description) + newline) {
      try $0 + encoded($1) + newline
    }
  }
}
