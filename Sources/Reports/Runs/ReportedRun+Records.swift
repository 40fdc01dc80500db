import FreezeOut
import Training

extension ReportedRun {
  /// Checks that records can be of a run: epochs that it has, each once and in order, layers that it has,
  /// with durations of which sums can be made, and all epochs where it came to its end.
  ///
  /// - Throws: `ReportedRunError` with the number of the first that cannot, or that is missing.
  static func requirePossible(
    _ records: [RunRecord],
    of schedule: Schedule,
    iterationsPerEpoch: Int,
    layers: [String],
    isFinished: Bool
  ) throws(ReportedRunError) {
    let names = Set(layers)
    var epochs = 0
    func end() -> Int { schedule.end(ofEpoch: epochs, iterationsPerEpoch: iterationsPerEpoch) }
    for (index, record) in records.enumerated() {
      let fault: String?
      switch record {
      case .epoch(let epoch):
        guard end() < schedule.iterations else {
          throw ReportedRunError(reason: "an epoch after the run's \(epochs)", record: index + 1)
        }
        epochs += 1
        fault = Self.fault(in: epoch, expected: epochs, endingAt: end(), of: schedule)
      case .freeze(let freeze):
        fault = Self.fault(in: freeze, of: schedule, names: names)
      }
      if let fault = fault ?? record.implausibility {
        throw ReportedRunError(reason: fault, record: index + 1)
      }
    }
    guard !isFinished || end() == schedule.iterations else {
      throw ReportedRunError(
        reason: "it is missing: the run is finished, and its log ends after iteration \(end()) of "
          + "\(schedule.iterations)",
        record: records.count + 1
      )
    }
  }

  private static func fault(
    in epoch: EpochRecord,
    expected number: Int,
    endingAt end: Int,
    of schedule: Schedule
  ) -> String? {
    guard epoch.epoch == number, epoch.iterations == end else {
      return
        "epoch \(epoch.epoch) at iteration \(epoch.iterations) stands where epoch \(number) ends, at "
        + "iteration \(end)"
    }
    return fault(inFrozenCount: epoch.frozenCount, of: schedule)
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
    return fault(inFrozenCount: freeze.frozenCount, of: schedule)
  }

  private static func fault(inFrozenCount frozenCount: Int, of schedule: Schedule) -> String? {
    (0..<schedule.layerCount).contains(frozenCount)
      ? nil : "\(frozenCount) of \(schedule.layerCount) layers are frozen"
  }
}
