import Testing

@testable import Training

struct ComparisonSummaryTests {
  private func results(
    baseline: [Double],
    freezeOut: [Double],
    shortened: [Double],
    seconds: Double = 80,
    opponentsTime: Double = 1
  ) -> [ArmResult] {
    func runs(_ arm: Arm, _ errors: [Double], _ seconds: Double) -> [ArmResult] {
      errors.enumerated().map { seed, error in
        ArmResult(
          arm: arm,
          seed: UInt64(seed),
          errorPercent: error,
          trainSeconds: seconds,
          predictedSeconds: seconds + 1,
          iterations: 10
        )
      }
    }
    return runs(.baseline, baseline, 100) + runs(.freezeOut, freezeOut, seconds)
      + runs(.shortenedBaseline, shortened, seconds * opponentsTime)
  }

  @Test
  func `rows are means and deviations over seeds, each by its own baseline`() throws {
    let summary = ComparisonSummary(
      results(baseline: [10, 20], freezeOut: [11, 20], shortened: [12, 22])
    )
    #expect(summary.rows.map(\.arm) == [.baseline, .freezeOut, .shortenedBaseline])
    let row = summary.rows[1]
    #expect(row.runCount == 2 && row.errorMean == 15.5 && row.secondsMean == 80)
    #expect(abs((row.errorDeviation ?? 0) - 40.5.squareRoot()) < 1e-12)
    #expect(abs((row.saving ?? 0) - 0.2) < 1e-12)
    #expect(abs((row.predictedSaving ?? 0) - 20 / 101.0) < 1e-12)
    #expect(abs((row.relativeErrorChange ?? 0) - 0.05) < 1e-12)
    #expect(summary.rows[0].saving == 0 && summary.rows[0].relativeErrorChange == 0)
  }

  struct Case: Sendable {
    /// FreezeOut's errors and the shortened baseline's, seed by seed.
    var freezeOut: [Double]
    var shortened: [Double]
    /// The shortened baseline's time by FreezeOut's.
    var opponentsTime = 1.0
    var words: String
  }

  private static let (low, high) = ([10.0, 10.1, 10.2], [12.0, 12.1, 12.2])

  private static let cases = [
    Case(
      freezeOut: low,
      shortened: high,
      words: "2.0 points (+-0.0, 95 %) less error than a baseline that had as much time: "
        + "it was worth it here."
    ),
    Case(
      freezeOut: high,
      shortened: low,
      words: "2.0 points (+-0.0, 95 %) more error than a baseline that had as much time: "
        + "it was not worth it here, a baseline of that time is better."
    ),
    Case(
      freezeOut: [10, 12, 11],
      shortened: [11, 10, 12.1],
      words: "3 seeds cannot tell that from chance, so that it is not shown to be worth it."
    ),
    Case(
      freezeOut: [10],
      shortened: [12],
      words: "one seed cannot tell that from chance; use --seeds 3 or more."
    ),
    Case(freezeOut: [10, 10], shortened: [12, 12], words: "2 seeds cannot tell that from chance"),
    Case(
      freezeOut: low,
      shortened: low,
      words: "ended at the same error (+-0.0, 95 %) as a baseline"
    ),
    // A win against an opponent that had less time is none.
    Case(
      freezeOut: low,
      shortened: high,
      opponentsTime: 0.9,
      words: "10.0 % less time: the times differ too much to say that it was worth it"
    ),
    Case(freezeOut: low, shortened: high, opponentsTime: 1.1, words: "it was worth it here"),
    Case(
      freezeOut: high,
      shortened: low,
      opponentsTime: 1.1,
      words: "10.0 % more time: the times differ too much to say that it was not"
    ),
    Case(freezeOut: high, shortened: low, opponentsTime: 0.9, words: "it was not worth it here"),
  ]

  @Test(arguments: cases)
  func `the verdict claims no more than the seeds and the times can tell`(sample: Case) {
    let verdict = ComparisonSummary(
      results(
        baseline: sample.freezeOut.map { _ in 10 },
        freezeOut: sample.freezeOut,
        shortened: sample.shortened,
        opponentsTime: sample.opponentsTime
      )
    ).verdict
    #expect(verdict.contains(sample.words), "\(verdict)")
    #expect(verdict.hasPrefix("Freezing saved 20.0 % of the time"), "\(verdict)")
  }

  @Test
  func `a run that took longer is said to have`() {
    let longer = results(baseline: [10], freezeOut: [10], shortened: [10], seconds: 112)
    #expect(ComparisonSummary(longer).verdict.hasPrefix("Freezing took 12.0 % longer and ended"))
  }

  @Test
  func `no interval is narrower than one image`() {
    let coarse = results(baseline: [10, 10, 10], freezeOut: [9, 9, 9], shortened: [10, 10, 10])
    func verdict(imageCount: Int) -> String {
      ComparisonSummary(
        coarse.map { result in
          var result = result
          result.evaluationImageCount = imageCount
          return result
        }
      ).verdict
    }
    #expect(
      verdict(imageCount: 100).contains("1.0 points (+-1.0, 95 %) less")
    )
    #expect(verdict(imageCount: 100).contains("3 seeds cannot tell that from chance"))
    #expect(verdict(imageCount: 1000).hasSuffix("it was worth it here."))
    #expect(verdict(imageCount: 1000).contains("1.0 points (+-0.1, 95 %) less"))
  }

  @Test
  func `a core that only freezing uses is mentioned`() {
    var runs = results(baseline: [10], freezeOut: [10], shortened: [10])
    #expect(ComparisonSummary(runs).caution == nil)
    for index in runs.indices { runs[index].usesSpareCore = runs[index].arm == .freezeOut }
    #expect(
      ComparisonSummary(runs).caution?.contains("a core that the baseline leaves idle") == true
    )
  }

  @Test
  func `with an arm missing there is nothing to say`() {
    let some = results(baseline: [1], freezeOut: [1], shortened: []).filter { $0.arm != .baseline }
    #expect(ComparisonSummary(some).verdict.contains("nothing to say"))
    #expect(ComparisonSummary(some).rows.first?.saving == nil)
  }

  @Test
  func `statistics of few numbers are those of the textbook`() {
    #expect([1.0, 2, 6].mean == 3)
    #expect([1.0, 2, 6].standardDeviation == 7.0.squareRoot())
    #expect([1.0].standardDeviation == nil && [1.0].confidenceMargin == nil)
    #expect(abs(([1.0, 2, 6].confidenceMargin ?? 0) - 4.303 * (7.0 / 3).squareRoot()) < 1e-12)
    #expect([Double]().median == 0)
    #expect([3.0, 1, 2].median == 2 && [4.0, 1, 2, 3].median == 2.5)
  }
}
