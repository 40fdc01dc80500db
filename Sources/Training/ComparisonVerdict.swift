/// Whether freezing beat the baseline that had as much time, by the runs of a comparison.
struct ComparisonVerdict {
  /// Two times that differ by less are called the same: so much differ two runs of the same work on a
  /// quiet machine.
  private static let sameTime = 0.05
  /// Fewer seeds say too little of how runs differ to claim anything.
  private static let fewestSeeds = 3

  private let savings: [Double]
  private let differences: [Double]
  /// How much more time the shortened baseline had, as a share of FreezeOut's.
  private let extraTime: Double
  /// One image more or less changes an error by so many points; no interval is narrower.
  private let resolution: Double

  init(_ results: [ArmResult]) {
    func runs(_ arm: Arm) -> [ArmResult] { results.filter { $0.arm == arm } }
    savings = runs(.freezeOut).paired(with: runs(.baseline)).map {
      $0.saving ?? 1 - $0.trainSeconds / $1.trainSeconds
    }
    let opponents = runs(.freezeOut).paired(with: runs(.shortenedBaseline))
    differences = opponents.map { $0.errorPercent - $1.errorPercent }
    extraTime = opponents.map { $1.trainSeconds / $0.trainSeconds - 1 }.mean
    resolution = 100 / Double(results.compactMap(\.evaluationImageCount).min() ?? .max)
  }

  /// What came out, in one sentence, which claims no more than the seeds can tell.
  var sentence: String {
    guard !savings.isEmpty, !differences.isEmpty else {
      return "Not all arms have a run yet: there is nothing to say."
    }
    return "\(phraseOfSaving) and ended at \(phraseOfError) a baseline that had \(phraseOfTime): "
      + "\(judgement)."
  }

  private var phraseOfSaving: String {
    let mean = savings.mean
    let margin = savings.confidenceMargin.map { " (+-\(Self.digits($0 * 100, 1)), 95 %)" } ?? ""
    let size = "\(Self.digits(abs(mean) * 100, 1)) %"
    return mean < 0
      ? "Freezing took \(size) longer\(margin)" : "Freezing saved \(size) of the time\(margin)"
  }

  private var phraseOfError: String {
    let mean = differences.mean
    let interval = margin.map { " (+-\(Self.digits($0, 2)), 95 %)" } ?? ""
    guard abs(mean) >= 0.005 else { return "the same error\(interval) as" }
    return "\(Self.digits(abs(mean), 2)) points\(interval) \(mean < 0 ? "less" : "more") error than"
  }

  private var phraseOfTime: String {
    guard abs(extraTime) >= Self.sameTime else { return "as much time" }
    return "\(Self.digits(abs(extraTime) * 100, 1)) % \(extraTime > 0 ? "more" : "less") time"
  }

  private var margin: Double? {
    differences.confidenceMargin.map { max($0, resolution) }
  }

  private var judgement: String {
    guard let margin, differences.count >= Self.fewestSeeds else {
      let seeds = differences.count == 1 ? "one seed" : "\(differences.count) seeds"
      return "\(seeds) cannot tell that from chance; use --seeds \(Self.fewestSeeds) or more"
    }
    let mean = differences.mean
    if mean < -margin {
      return extraTime <= -Self.sameTime
        ? "the times differ too much to say that it was worth it; repeat it on a quiet machine"
        : "it was worth it here"
    }
    if mean > margin {
      return extraTime >= Self.sameTime
        ? "the times differ too much to say that it was not worth it; repeat it on a quiet machine"
        : "it was not worth it here, a baseline of that time is better"
    }
    return "\(differences.count) seeds cannot tell that from chance, so that it is not shown to be "
      + "worth it"
  }

  private static func digits(_ number: Double, _ count: Int) -> String {
    let scale = count == 1 ? 10.0 : 100.0
    return "\((number * scale).rounded() / scale)"
  }
}
