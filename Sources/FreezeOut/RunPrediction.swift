/// How long a run will take, with and without freezing, from what was measured of its parts.
public struct RunPrediction: Hashable, Sendable, Codable {
  /// The training of each epoch, in seconds; the last one may be shorter than the others.
  public var epochSeconds: [Double]
  /// The same if nothing froze.
  public var baselineEpochSeconds: [Double]

  /// A prediction of as many epochs with freezing and without.
  public init(epochSeconds: [Double], baselineEpochSeconds: [Double]) {
    self.epochSeconds = epochSeconds
    self.baselineEpochSeconds = baselineEpochSeconds
  }

  /// The training of the whole run, in seconds, without evaluation.
  public var seconds: Double { epochSeconds.reduce(0, +) }

  /// The same if nothing froze.
  public var baselineSeconds: Double { baselineEpochSeconds.reduce(0, +) }

  /// The share of the baseline's time that freezing saves; below 0 where it costs time.
  public var saving: Double {
    baselineSeconds > 0 ? 1 - seconds / baselineSeconds : 0
  }
}

extension Schedule {
  /// Predicts the run's duration.
  ///
  /// - Parameters:
  ///   - costs: what was measured, of as many layers as the schedule has.
  ///   - iterationsPerEpoch: at least 1.
  ///   - cache: what is kept of the frozen layers' output; nil for nothing.
  ///   - lastBatchShare: the images of an epoch's last batch by those of the others, above 0 and at
  ///     most 1: where the images do not come out even, that iteration takes so much less.
  /// - Precondition: the layers are as many, an epoch has an iteration, and a batch has an image.
  public func prediction(
    costs: MeasuredCosts,
    iterationsPerEpoch: Int,
    cache: CachePlan? = nil,
    lastBatchShare: Double = 1
  ) -> RunPrediction {
    precondition(
      costs.layers.count == layerCount && iterationsPerEpoch >= 1,
      "costs of \(costs.layers.count) layers for \(layerCount), \(iterationsPerEpoch) an epoch"
    )
    precondition(
      lastBatchShare > 0 && lastBatchShare <= 1,
      "a last batch of \(lastBatchShare) of a batch"
    )
    let baseline = costs.stepSeconds(frozenCount: 0)
    var prediction = RunPrediction(epochSeconds: [], baselineEpochSeconds: [])
    let changes = stretches(with: cache)
    var next = changes[...]
    var current = 0.0
    for begin in stride(from: 0, to: iterations, by: iterationsPerEpoch) {
      let end = min(begin + iterationsPerEpoch, iterations)
      var (seconds, place) = (0.0, begin)
      while place < end {
        if let change = next.first, change.iteration == place {
          current =
            costs.stepSeconds(frozenCount: change.frozenCount)
            - (cache?.secondsSaved(atIteration: place) ?? 0)
          next = next.dropFirst()
        }
        let until = min(end, next.first?.iteration ?? end)
        seconds += Double(until - place) * current
        place = until
      }
      // A run that ends within an epoch does not come to its short batch. The last step's cost is
      // what `current` is now.
      let missing = end - begin == iterationsPerEpoch ? 1 - lastBatchShare : 0
      prediction.epochSeconds.append(seconds - missing * current)
      prediction.baselineEpochSeconds.append((Double(end - begin) - missing) * baseline)
    }
    return prediction
  }

  /// The iterations at which a step's cost changes, with the frozen count from there on.
  private func stretches(with cache: CachePlan?) -> [(iteration: Int, frozenCount: Int)] {
    let events = freezeEvents.map(\.iteration)
    let all = Set([0] + events + (cache?.changes ?? [])).filter { $0 < iterations }
    return all.sorted().map { (iteration: $0, frozenCount: frozenCount(atIteration: $0)) }
  }
}
