import Training

extension Experiment {
  /// What makes the times less comparable by which savings are said; nil for nothing.
  var caution: String? {
    let saving = settings.filter { $0.kind != .baseline && !$0.savings.isEmpty }
    guard !saving.isEmpty else { return nil }
    let timed = (saving + settings.filter { $0.kind == .baseline }).flatMap(\.outcomes).map(\.run)
      .filter(\.isFinished)
    // By its own pace a run is held against itself, with the same cores.
    let heldAgainstBaseline = saving.filter { $0.savingBasis == .baseline }.flatMap(\.outcomes)
      .map(\.run)
    return TimeCaution.sentence(
      jobs: timed.compactMap(\.jobs).max() ?? 1,
      usesSpareCore: heldAgainstBaseline.contains {
        $0.isFinished && $0.freezesLayers && $0.machine.hasCoreToSpare
      }
    )
  }
}
