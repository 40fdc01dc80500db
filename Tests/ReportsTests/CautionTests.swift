import Foundation
import FreezeOut
import Testing
import Training

@testable import Reports

/// What a page and `report` say of times that are not of freezing alone.
struct CautionTests {
  private func changed(
    _ runs: [ReportedRun],
    _ change: (inout ReportedRun) -> Void
  ) -> [ReportedRun] {
    runs.map { run in
      var run = run
      change(&run)
      return run
    }
  }

  private let severalAtATime =
    "note: 2 runs went on at a time and slowed each other down, not all alike: what was saved is rough; "
    + "take one at a time to measure it"
  private let spareCore =
    "note: the frozen layers may run on a core that the baseline leaves idle, which is then a part of what "
    + "was saved: let --threads be the number of cores to compare the same work on all"

  @Test
  func `runs that went on together or beside an idle core have rough times, and others none`()
    throws
  {
    let runs = try Runs.sweep()
    #expect(Report(runs).cautions == [])
    #expect(Report(changed(runs) { $0.jobs = 1 }).cautions == [])
    #expect(Report(changed(runs) { $0.jobs = 2 }).cautions == [severalAtATime])
    #expect(Report(changed(runs) { $0.machine.hasCoreToSpare = true }).cautions == [spareCore])
    let summary = SweepSummary([], jobs: 2)
    #expect(summary.caution == severalAtATime)
  }

  @Test
  func `where no time is said to be saved nothing is said of times`() throws {
    let baselines = try Runs.sweep().filter { !$0.freezesLayers }
    #expect(Report(changed(baselines) { $0.jobs = 2 }).cautions == [])
    // By its own pace a run is held against itself, on the same cores.
    let alone = try Runs.run(Runs.configuration(Runs.freezing()), paceSaving: 0.2)
    #expect(Report(changed([alone]) { $0.machine.hasCoreToSpare = true }).cautions == [])
    #expect(Report(changed([alone]) { $0.jobs = 2 }).cautions == [severalAtATime])
  }

  @Test
  func `a caution stands beside the finding, of several experiments with its name`() throws {
    let runs = try changed(Runs.sweep()) { $0.jobs = 2 }
    let html = try Page(
      Report(runs),
      title: "",
      command: "",
      parts: .init(library: "", pictures: [:])
    ).html()
    #expect(html.contains("(at 95 % confidence).</p>\n<p class=\"note\">\(severalAtATime)</p>"))
    var other = Runs.configuration(nil)
    other.learningRate = 0.05
    #expect(
      try Report(runs + [Runs.run(other)]).cautions
        == ["DenseNet-BC k=4 L=10 on cifar10: \(severalAtATime)"]
    )
  }
}
