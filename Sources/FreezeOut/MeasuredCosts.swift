/// What a network's training takes on one machine: the layers one by one, and whole steps with some
/// of them frozen.
///
/// The layers' own times tell how the cost is spread over the network; they do not add up to a step,
/// which finds memory and caches in another state. So the sum of the parts is scaled to agree with
/// every whole step that was measured, in between by a line from one to the next.
public struct MeasuredCosts: Hashable, Sendable {
  /// The layers in forward order.
  public let layers: [LayerSeconds]
  /// The whole steps, by frozen count.
  public let steps: [MeasuredStep]

  /// The sum of the parts of a step, by frozen count, `0..<layers.count`.
  private let modelled: [Double]

  /// Collects measurements.
  ///
  /// - Parameters:
  ///   - layers: every layer in forward order, at least one.
  ///   - steps: at least one, in any order.
  /// - Throws: `MeasuredCostsError` for a duration below 0 or above a billion seconds, a step of no
  ///   duration, and a frozen count that is given twice or leaves no layer to train.
  public init(layers: [LayerSeconds], steps: [MeasuredStep]) throws(MeasuredCostsError) {
    guard !layers.isEmpty else { throw .noLayers }
    for layer in layers {
      for seconds in [
        layer.forward, layer.backward, layer.frontierBackward, layer.optimizer, layer.frozen,
      ] where !Self.validSeconds.contains(seconds) {
        throw .seconds(seconds, of: layer.name)
      }
    }
    guard !steps.isEmpty else { throw .noSteps }
    let sorted = steps.sorted { $0.frozenCount < $1.frozenCount }
    for (index, step) in sorted.enumerated() {
      guard layers.indices.contains(step.frozenCount) else {
        throw .frozenCount(step.frozenCount, layerCount: layers.count)
      }
      guard index == 0 || sorted[index - 1].frozenCount != step.frozenCount else {
        throw .repeatedFrozenCount(step.frozenCount)
      }
      guard step.seconds > 0, Self.validSeconds.contains(step.seconds) else {
        throw .seconds(step.seconds, of: "a step with \(step.frozenCount) layers frozen")
      }
    }
    self.layers = layers
    self.steps = sorted
    modelled = Self.sums(layers)
    // The parts of a step may be next to nothing beside the whole.
    for frozenCount in layers.indices {
      let seconds = stepSeconds(frozenCount: frozenCount)
      guard Self.validSeconds.contains(seconds) else {
        throw .seconds(seconds, of: "a step with \(frozenCount) layers frozen, by its layers")
      }
    }
  }

  /// The durations that can be: up to thirty years, so that what is made of them stays finite.
  static let validSeconds = 0...1e9

  /// The duration of a training step with so many layers frozen, in seconds.
  ///
  /// - Precondition: the frozen count is in 0..<`layers.count`.
  public func stepSeconds(frozenCount: Int) -> Double {
    precondition(
      layers.indices.contains(frozenCount),
      "a frozen count of \(frozenCount): give one in 0..<\(layers.count)"
    )
    let sum = modelled[frozenCount]
    // Without parts to spread it by, the nearest whole step is all that is known.
    guard sum > 0 else { return nearestStep(to: frozenCount).seconds }
    return sum * correction(at: frozenCount)
  }

  /// What the frozen layers of a range take, in seconds of an iteration.
  public func frozenSeconds(of range: Range<Int>) -> Double {
    layers[range].reduce(0) { $0 + $1.frozen }
  }

  /// The layer's share of a step in which nothing is frozen, from 0 to 1; 0 where nothing was
  /// measured.
  public func share(ofLayer layer: Int) -> Double {
    let total = layers.reduce(0) { $0 + $1.trained }
    return total > 0 ? layers[layer].trained / total : 0
  }

  /// The ratio of the backward passes' durations to the forward passes'; nil where the latter took
  /// none.
  public var backwardForwardRatio: Double? {
    let forward = layers.reduce(0) { $0 + $1.forward }
    return forward > 0 ? layers.reduce(0) { $0 + $1.backward } / forward : nil
  }
}

// MARK: - Frozen layers as a part of whole steps

extension MeasuredCosts {
  /// The forward pass of every layer when it is frozen, in seconds, scaled as the whole step is in which
  /// it is the last frozen one: what a step is spared that has not to compute it.
  public var scaledFrozenSeconds: [Double] {
    layers.indices.map { layers[$0].frozen * correction(at: min($0 + 1, layers.count - 1)) }
  }
}

// MARK: - The parts and the whole

extension MeasuredCosts {
  private static func sums(_ layers: [LayerSeconds]) -> [Double] {
    var frozen = 0.0
    var behind = layers.reduce(0) { $0 + $1.trained }
    return layers.map { layer in
      behind -= layer.trained
      defer { frozen += layer.frozen }
      return frozen + layer.trainedAtFrontier + max(behind, 0)
    }
  }

  /// Measured by modelled, on the line between the measured steps around the frozen count; the
  /// modelled seconds tell how far along it is.
  private func correction(at frozenCount: Int) -> Double {
    let known = steps.filter { modelled[$0.frozenCount] > 0 }
    func factor(_ step: MeasuredStep) -> Double { step.seconds / modelled[step.frozenCount] }
    let before = known.last { $0.frozenCount <= frozenCount }
    let behind = known.first { $0.frozenCount >= frozenCount }
    guard let before, let behind else { return (before ?? behind).map(factor) ?? 1 }
    let span = modelled[behind.frozenCount] - modelled[before.frozenCount]
    guard span != 0 else { return factor(before) }
    let way = (modelled[frozenCount] - modelled[before.frozenCount]) / span
    return factor(before) + min(max(way, 0), 1) * (factor(behind) - factor(before))
  }

  private func nearestStep(to frozenCount: Int) -> MeasuredStep {
    steps.dropFirst().reduce(steps[0]) { nearest, step in
      abs(step.frozenCount - frozenCount) < abs(nearest.frozenCount - frozenCount) ? step : nearest
    }
  }
}

// MARK: - As JSON

extension MeasuredCosts: Codable {
  private enum CodingKeys: CodingKey {
    case layers, steps
  }

  /// Reads the measurements and checks them.
  ///
  /// - Throws: `DecodingError`, and `MeasuredCostsError` for impossible ones.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      layers: container.decode([LayerSeconds].self, forKey: .layers),
      steps: container.decode([MeasuredStep].self, forKey: .steps)
    )
  }

  /// Writes the measurements.
  ///
  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(layers, forKey: .layers)
    try container.encode(steps, forKey: .steps)
  }
}

/// Measurements that cannot be.
public enum MeasuredCostsError: Error, Equatable, Sendable {
  /// There is no layer.
  case noLayers
  /// There is no whole step.
  case noSteps
  /// A duration that is negative, not finite, or 0 where it cannot be.
  case seconds(Double, of: String)
  /// A frozen count that leaves no layer to train, or a negative one.
  case frozenCount(Int, layerCount: Int)
  /// Two steps with the same frozen count.
  case repeatedFrozenCount(Int)
}

extension MeasuredCostsError: CustomStringConvertible {
  /// One sentence that names the value and the remedy.
  public var description: String {
    switch self {
    case .noLayers: "there are no measured layers: give at least one"
    case .noSteps: "there are no measured steps: give at least one"
    case .seconds(let seconds, let what):
      "\(what) cannot take \(seconds) seconds: give 0 to a billion"
    case .frozenCount(let count, let layerCount):
      "no step has \(count) of \(layerCount) layers frozen: give 0 to \(layerCount - 1)"
    case .repeatedFrozenCount(let count):
      "two steps have \(count) layers frozen: give one for each count"
    }
  }
}
