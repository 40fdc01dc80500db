extension Schedule {
  /// The share of the run's computation that freezing saves, from 0 to 1.
  ///
  /// A layer of forward cost `c_i` costs `c_i * (1 + r)` in an iteration that trains it and `c_i`
  /// in one that does not; it trains for `t_i` of the run. So the saving is
  /// `1 - sum c_i * (1 + r * t_i) / sum c_i * (1 + r)`.
  ///
  /// With `r = 1`, a backward pass for the price of a forward pass, this is the paper's model
  /// (`C = sum 2 c_i`, `C_f = sum (1 + t_i) c_i`). A backward pass computes two products of a
  /// layer's size, for its weights and for its input, so that 2 is nearer the truth; best is a
  /// ratio measured on the machine at hand. What the estimate leaves out: everything whose time
  /// does not go with multiply-adds (memory traffic, loading of data, the optimizer), and that the
  /// gradient for the network's input is never needed. For the published one see `paperSpeedup`.
  ///
  /// - Parameters:
  ///   - costs: the cost of every layer in forward order; only `multiplyAdds` counts.
  ///   - backwardForwardRatio: `r`, the cost of a layer's backward pass over its forward pass.
  /// - Throws: `SavingEstimateError` if there is not one cost for each layer, a cost is negative,
  ///   all are 0, or the ratio is negative or not finite.
  public func estimatedSaving(
    costs: [LayerCost],
    backwardForwardRatio: Double
  ) throws(SavingEstimateError) -> Double {
    guard costs.count == layerCount else {
      throw .costCount(costs.count, layerCount: layerCount)
    }
    guard backwardForwardRatio.isFinite, backwardForwardRatio >= 0 else {
      throw .backwardForwardRatio(backwardForwardRatio)
    }
    var forward = 0.0
    var saved = 0.0
    for (layer, cost) in costs.enumerated() {
      guard cost.multiplyAdds >= 0 else { throw .negativeCost(cost) }
      forward += Double(cost.multiplyAdds)
      saved += Double(cost.multiplyAdds) * (1 - freezeTime(ofLayer: layer))
    }
    guard forward > 0 else { throw .nothingToSave }
    // The formula above with both sums taken apart; written so, a ratio of 1e308 does not overflow.
    return saved / forward * (backwardForwardRatio / (1 + backwardForwardRatio))
  }
}
