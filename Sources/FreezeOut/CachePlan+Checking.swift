extension CachePlan {
  /// What makes it no plan of a schedule, as one that was read from a file may be; nil for nothing.
  ///
  /// It need not be the plan that would be made today: a run keeps to the one that it was begun with.
  package func fault(in schedule: Schedule) -> String? {
    guard costs.frozenSeconds.count == schedule.layerCount else {
      return "is of \(costs.frozenSeconds.count) layers, and the run has \(schedule.layerCount)"
    }
    for (index, store) in stores.enumerated() {
      let before = index > 0 ? stores[index - 1] : nil
      if let fault = fault(of: store, after: before, in: schedule) {
        return "\(fault) for store \(index)"
      }
      if index > 1, stores[index - 2].end > store.begin {
        return "has three stores at once for store \(index)"
      }
    }
    return nil
  }

  private func fault(of store: Store, after before: Store?, in schedule: Schedule) -> String? {
    guard 0 <= store.begin, store.begin <= store.full, store.full <= store.end,
      store.end <= schedule.iterations, before.map({ $0.begin < store.begin }) ?? true
    else {
      return "has no times in order"
    }
    let frozen = schedule.frozenCount(atIteration: store.begin)
    guard 1 <= store.frontier, store.frontier <= frozen else {
      return "has \(store.frontier) layers where \(frozen) are frozen"
    }
    if store.source == 0 {
      // It may stand beside the one before only where it is filled from it.
      guard before.map({ $0.end <= store.begin }) ?? true else {
        return "has one too many stores at once"
      }
    } else {
      guard !costs.redrawsInputs, let before, before.frontier == store.source,
        store.source < store.frontier
      else {
        return "has no source"
      }
    }
    guard costs.fits(store.source, store.frontier) else { return "has no room" }
    if costs.redrawsInputs,
      schedule.freezeEvents.contains(where: {
        store.begin < $0.iteration && $0.iteration < store.end
      })
    {
      return "has other inputs before the end"
    }
    return nil
  }
}

extension CacheCosts {
  /// In what it differs from what follows from a run, durations left aside; nil for nothing. Less than
  /// the run's budget may be what it was made for.
  package func difference(from expected: CacheCosts) -> String? {
    guard budgetBytes <= expected.budgetBytes else {
      return "takes \(budgetBytes) bytes, and the run has \(expected.budgetBytes)"
    }
    guard featureBytes == expected.featureBytes else {
      return "has other sizes of features than the run"
    }
    let numbers: [(name: String, path: KeyPath<CacheCosts, Int>)] = [
      ("inputs in an iteration", \.inputsPerIteration),
      ("iterations in an epoch", \.iterationsPerEpoch),
      ("views", \.viewCount),
      ("inputs", \.slotCount),
      ("bytes of overhead", \.overheadBytes),
    ]
    for (name, path) in numbers where self[keyPath: path] != expected[keyPath: path] {
      return "has \(self[keyPath: path]) \(name), and the run \(expected[keyPath: path])"
    }
    return redrawsInputs == expected.redrawsInputs
      ? nil : "has \(redrawsInputs ? "inputs that are" : "no inputs that are") drawn anew"
  }
}
