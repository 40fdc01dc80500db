import Datasets
import Foundation
import FreezeOut
import Models
import Torch
import TorchNN

/// How the output of frozen layers may be kept where the same input comes again.
public struct FeatureCaching: Hashable, Sendable, Codable {
  /// The most that may be kept at any time, in bytes.
  public var budgetBytes: Int
  /// How numbers are kept. In float32 a run ends with the same weights as one that keeps nothing, bit
  /// for bit; in bfloat16 what is kept is rounded.
  public var precision: FeatureLayout.Precision

  /// Caching within a budget.
  public init(budgetBytes: Int = 4_000_000_000, precision: FeatureLayout.Precision = .float32) {
    self.budgetBytes = budgetBytes
    self.precision = precision
  }

  /// What it costs to compute, keep and read the features of a run's network here.
  ///
  /// - Parameters:
  ///   - network: The network, for the sizes of its features.
  ///   - costs: What was measured of it.
  ///   - inputsPerIteration: The batch size.
  ///   - slotCount: The number of inputs that come again.
  ///   - redrawsInputs: Whether they are others after every freeze event.
  ///   - file: Where a store can be made to measure it; it is removed again.
  /// - Throws: `FeatureStoreError`, `TorchError`
  func cacheCosts(
    of network: Network,
    costs: MeasuredCosts,
    inputsPerIteration: Int,
    slotCount: Int,
    redrawsInputs: Bool,
    file: URL,
    device: Device
  ) throws -> CacheCosts {
    let transfer = try secondsPerByte(file)
    return CacheCosts(
      frozenSeconds: costs.layers.map(\.frozen),
      featureBytes: try network.featureShapes(device: device).map {
        $0.reduce(precision.byteCount, *)
      },
      inputsPerIteration: inputsPerIteration,
      slotCount: slotCount,
      budgetBytes: budgetBytes,
      readSecondsPerByte: transfer.read,
      writeSecondsPerByte: transfer.write,
      redrawsInputs: redrawsInputs
    )
  }

  /// Measures a small store.
  private func secondsPerByte(_ file: URL) throws -> (read: Double, write: Double) {
    let shape = [64, 16, 16]
    let (rounds, batch) = (5, 32)
    let layout = FeatureLayout(
      identity: ContentDigest().bytes,
      slotCount: rounds * batch,
      shape: shape,
      precision: precision
    )
    let store = try FeatureStore(at: file, layout: layout)
    defer { store.remove() }
    let features = try Tensor.full([batch] + shape, value: 1).arranged(in: .channelsLast)
    var (read, write) = ([Double](), [Double]())
    var stopwatch = Stopwatch()
    for round in 0..<rounds {
      // Every slot once: memory that was never written costs more.
      let slots = Array(round * batch..<(round + 1) * batch)
      try store.keep(features, inSlots: slots)
      write.append(stopwatch.lap())
      _ = try store.features(ofSlots: slots)
      read.append(stopwatch.lap())
    }
    let bytes = Double(batch * layout.slotBytes)
    return (read.median / bytes, write.median / bytes)
  }
}

extension Network {
  /// The sizes `[C, H, W]` of what stands in front of every stage.
  func featureShapes(device: Device) throws -> [[Int]] {
    var prefix = FrozenPrefix()
    try prefix.append(stages[...])
    var features = try StepBenchmark.images(1).moved(to: device)
    return try stages.indices.map { index in
      if index > 0 { features = try prefix.features(of: features, from: index - 1, to: index) }
      return Array(features.shape.dropFirst())
    }
  }
}
