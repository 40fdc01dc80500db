import Testing

@testable import Training

struct ComparisonSummaryTests {
  private func results(
    baseline: [Double],
    freezeOut: [Double],
    shortened: [Double],
    seconds: Double = 80
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
      + runs(.shortenedBaseline, shortened, seconds)
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

  @Test(arguments: [
    ([10.0, 10.1, 10.2], [12.0, 12.1, 12.2], 80.0, "it was worth it here."),
    (
      [12.0, 12.1, 12.2], [10.0, 10.1, 10.2], 80, "not worth it here, a shorter baseline is better"
    ),
    ([10.0, 12.0, 11.0], [11.0, 10.0, 12.1], 80, "3 seeds cannot tell that from chance"),
    ([10.0], [12.0], 80, "one seed cannot tell that from chance"),
    ([10.0, 10.1, 10.2], [12.0, 12.1, 12.2], 98, "less than runs differ by: it was not worth it"),
  ])
  func `the verdict says no where it is no`(
    freezeOut: [Double],
    shortened: [Double],
    seconds: Double,
    words: String
  ) {
    let verdict = ComparisonSummary(
      results(
        baseline: freezeOut.map { _ in 10 },
        freezeOut: freezeOut,
        shortened: shortened,
        seconds: seconds
      )
    ).verdict
    #expect(verdict.contains(words), "\(verdict)")
    #expect(verdict.contains(seconds == 80 ? "saved 20.0 %" : "saved 2.0 %"))
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
