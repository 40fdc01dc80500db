/// Costs from which no saving can be estimated.
public enum SavingEstimateError: Error, Equatable, Sendable {
  /// As many costs as given, for a schedule of another number of layers.
  case costCount(Int, layerCount: Int)
  /// A layer with a negative cost.
  case negativeCost(LayerCost)
  /// No layer costs anything, so there is nothing to save.
  case nothingToSave
  /// The ratio of backward to forward cost, not a finite number of at least 0.
  case backwardForwardRatio(Double)
}

extension SavingEstimateError: CustomStringConvertible {
  /// One sentence that names the value and the remedy.
  public var description: String {
    switch self {
    case .costCount(let count, let layerCount):
      "\(count) layer costs do not fit a schedule of \(layerCount) layers: give one for each layer"
    case .negativeCost(let cost):
      """
      layer \(cost.name) costs \(cost.multiplyAdds) multiply-adds: give a number of at least 0
      """
    case .nothingToSave:
      "all layers cost 0 multiply-adds: give at least one layer a cost above 0"
    case .backwardForwardRatio(let ratio):
      """
      the ratio of backward to forward cost is \(ratio): give a finite number of at least 0, \
      such as 2
      """
    }
  }
}
