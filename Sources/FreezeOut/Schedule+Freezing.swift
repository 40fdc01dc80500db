extension Schedule {
  /// The fraction of the run, in (0, 1], after which the layer freezes: the paper's
  /// `t_i = f(t_0 + (1 - t_0) * i / L)`, and exactly 1 for the last layer.
  ///
  /// The order of the operations is that of the published code (`densenet.py`), so that both agree
  /// to the last bit on every layer but the last. There rounding can leave the published value a
  /// hair beside 1, which changes no freeze.
  ///
  /// - Precondition: the layer is in 0..<`layerCount`.
  public func freezeTime(ofLayer layer: Int) -> Double {
    precondition(
      layer >= 0 && layer < layerCount,
      "layer \(layer) does not exist: give one in 0..<\(layerCount)"
    )
    let last = layerCount - 1
    guard layer < last else { return 1 }
    return growth(firstFreeze + ((1 - firstFreeze) * Double(layer)) / Double(last))
  }

  /// The first iteration in which the layer is frozen, or `nil` if it trains to the end of the run.
  ///
  /// It is the smallest `j` above `t_i * iterations`. An iteration that falls on the freeze time
  /// exactly is the layer's last one in training, with a learning rate of 0; so the published code.
  ///
  /// - Precondition: the layer is in 0..<`layerCount`.
  public func freezeIteration(ofLayer layer: Int) -> Int? {
    let iteration = Int(freezePoint(ofLayer: layer).rounded(.down)) + 1
    return iteration < iterations ? iteration : nil
  }

  /// Whether the layer is frozen in the iteration. From iteration `iterations` on, the answer is
  /// that of the last iteration.
  ///
  /// - Precondition: the layer is in 0..<`layerCount` and the iteration is not negative.
  public func isFrozen(layer: Int, atIteration iteration: Int) -> Bool {
    precondition(iteration >= 0, "iteration \(iteration) does not exist: give one from 0")
    return Double(min(iteration, iterations - 1)) > freezePoint(ofLayer: layer)
  }

  /// How many layers are frozen in the iteration: layers 0..<n are, all others train. It never
  /// decreases with the iteration and is always below `layerCount`. From iteration `iterations` on,
  /// the answer is that of the last iteration.
  ///
  /// - Precondition: the iteration is not negative.
  public func frozenCount(atIteration iteration: Int) -> Int {
    (0..<layerCount).prefix { isFrozen(layer: $0, atIteration: iteration) }.count
  }

  /// All freezes of the run, in order of time. A schedule that freezes nothing has none.
  public var freezeEvents: [FreezeEvent] {
    var events: [FreezeEvent] = []
    for layer in 0..<layerCount {
      guard let iteration = freezeIteration(ofLayer: layer) else { break }
      if let latest = events.last, latest.iteration == iteration {
        let layers = latest.layers.lowerBound..<(layer + 1)
        events[events.count - 1] = FreezeEvent(iteration: iteration, layers: layers)
      } else {
        events.append(FreezeEvent(iteration: iteration, layers: layer..<(layer + 1)))
      }
    }
    return events
  }

  /// The layer's freeze time in iterations, seldom a whole number: it is frozen in every later one.
  func freezePoint(ofLayer layer: Int) -> Double {
    freezeTime(ofLayer: layer) * Double(iterations)
  }
}
