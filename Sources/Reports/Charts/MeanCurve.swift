import Training

/// A curve of several: the mean of points of the same number, as far as all of those that have begun have
/// come.
struct MeanCurve {
  /// A figure, and where it stands across.
  struct Point: Equatable {
    var place: Double
    var figure: Double
  }

  let points: [Point]
  /// How many seeds it is the mean of.
  let seedCount: Int

  fileprivate static func mean(_ curves: [[Point]]) -> [Point] {
    (0..<(curves.map(\.count).min() ?? 0)).map { index in
      Point(
        place: curves.map { $0[index].place }.mean,
        figure: curves.map { $0[index].figure }.mean
      )
    }
  }
}

extension Setting {
  /// The mean over the seeds of a curve that each run has, a seed being the mean of its runs; runs without
  /// a point, as one that has not ended an epoch, are in none.
  func meanCurve(_ points: (ReportedRun) -> [MeanCurve.Point]) -> MeanCurve {
    let seeds = bySeed.map { outcomes in
      MeanCurve.mean(outcomes.map { points($0.run) }.filter { !$0.isEmpty })
    }
    .filter { !$0.isEmpty }
    return MeanCurve(points: MeanCurve.mean(seeds), seedCount: seeds.count)
  }
}
