import FreezeOut
import Training

extension ReportedRun {
  /// Checks that records can be of a run: iterations that it has, in order, of layers that it has, with
  /// durations of which sums can be made.
  ///
  /// - Throws: `ReportedRunError` with the number of the first that cannot.
  static func requirePossible(
    _ records: [RunRecord],
    of schedule: Schedule,
    layers: [String]
  ) throws(ReportedRunError) {
    let names = Set(layers)
    var made = 0
    for (index, record) in records.enumerated() {
      let fault: String?
      switch record {
      case .epoch(let epoch):
        fault = Self.fault(in: epoch, after: made, of: schedule)
        made = epoch.iterations
      case .freeze(let freeze):
        fault = Self.fault(in: freeze, of: schedule, names: names)
      }
      if let fault { throw ReportedRunError(reason: fault, record: index + 1) }
    }
  }

  private static func fault(
    in epoch: EpochRecord,
    after made: Int,
    of schedule: Schedule
  ) -> String? {
    guard epoch.iterations > made, epoch.iterations <= schedule.iterations else {
      return
        "an epoch ends at iteration \(epoch.iterations) of \(schedule.iterations), after \(made)"
    }
    guard epoch.trainLoss.isFinite, epoch.evaluationLoss?.isFinite ?? true else {
      return "a loss is no number"
    }
    guard (0...100).contains(epoch.evaluationError ?? 0) else {
      return "an error of \(epoch.evaluationError ?? 0) %"
    }
    return fault(inSeconds: [epoch.trainSeconds, epoch.evaluationSeconds, epoch.dataSeconds])
      ?? fault(inFrozenCount: epoch.frozenCount, of: schedule)
  }

  private static func fault(
    in freeze: FreezeRecord,
    of schedule: Schedule,
    names: Set<String>
  ) -> String? {
    guard (0..<schedule.iterations).contains(freeze.iteration) else {
      return "layers freeze at iteration \(freeze.iteration) of \(schedule.iterations)"
    }
    if let name = freeze.layers.first(where: { !names.contains($0) }) {
      return "its network has no layer '\(name)'"
    }
    return fault(inSeconds: [freeze.trainSeconds])
      ?? fault(inFrozenCount: freeze.frozenCount, of: schedule)
  }

  /// Up to thirty years, so that sums stay numbers.
  private static func fault(inSeconds durations: [Double]) -> String? {
    durations.first { !(0...1e9).contains($0) }.map { "something took \($0) s" }
  }

  private static func fault(inFrozenCount frozenCount: Int, of schedule: Schedule) -> String? {
    (0..<schedule.layerCount).contains(frozenCount)
      ? nil : "\(frozenCount) of \(schedule.layerCount) layers are frozen"
  }
}
