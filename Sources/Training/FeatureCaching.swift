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
  ///   - inputs: Which inputs come again, and when.
  ///   - file: Where a store can be made to measure it; it is removed again.
  /// - Throws: `FeatureStoreError`, `TorchError`
  func cacheCosts(
    of network: Network,
    costs: MeasuredCosts,
    inputs: RecurringInputs,
    file: URL,
    device: Device
  ) throws -> CacheCosts {
    var result = try unmeasuredCosts(of: network, inputs: inputs, device: device)
    result.frozenSeconds = costs.scaledFrozenSeconds
    guard let transfer = try secondsPerByte(file) else {
      result.budgetBytes = 0
      return result
    }
    result.readSecondsPerByte = transfer.read
    // What is rounded is read again, for the same input is to have the same features whenever it comes.
    result.writeSecondsPerByte = transfer.write + (precision == .float32 ? 0 : transfer.read)
    return result
  }

  /// The part of the costs that follows from the run, with no durations.
  ///
  /// - Throws: `TorchError`
  func unmeasuredCosts(of network: Network, inputs: RecurringInputs, device: Device) throws
    -> CacheCosts
  {
    CacheCosts(
      frozenSeconds: network.stages.map { _ in 0 },
      featureBytes: try network.featureShapes(device: device).map {
        $0.reduce(precision.byteCount, *)
      },
      inputsPerIteration: inputs.perIteration,
      iterationsPerEpoch: inputs.iterationsPerEpoch,
      viewCount: inputs.viewCount,
      slotCount: inputs.slotCount,
      overheadBytes: FeatureLayout.overheadBytes(slotCount: inputs.slotCount),
      budgetBytes: budgetBytes,
      readSecondsPerByte: 0,
      writeSecondsPerByte: 0,
      redrawsInputs: inputs.areRedrawn
    )
  }

  /// A small store to measure, no larger than the budget, that is written in some rounds; nil where not
  /// one slot of it fits.
  var probe: (layout: FeatureLayout, rounds: Int)? {
    let (shape, mostSlots) = ([64, 16, 16], 160)
    let room = budgetBytes - FeatureLayout.overheadBytes(slotCount: mostSlots)
    let slots = min(mostSlots, room / shape.reduce(precision.byteCount, *))
    guard slots >= 1 else { return nil }
    let rounds = min(5, slots)
    let layout = FeatureLayout(
      identity: ContentDigest().bytes,
      slotCount: slots / rounds * rounds,
      shape: shape,
      precision: precision
    )
    return (layout, rounds)
  }

  /// Measures a small store; nil where there is no room for one.
  private func secondsPerByte(_ file: URL) throws -> (read: Double, write: Double)? {
    guard let (layout, rounds) = probe else { return nil }
    let batch = layout.slotCount / rounds
    let store = try FeatureStore(at: file, layout: layout)
    defer { store.remove() }
    let features = try Tensor.full([batch] + layout.shape, value: 1).arranged(in: .channelsLast)
    // Every slot once: memory that was never written costs more. Reading waits until all are written,
    // so that the processor's caches hold less of what is read.
    let parts = (0..<rounds).map { Array($0 * batch..<($0 + 1) * batch) }
    var stopwatch = Stopwatch()
    let write = try parts.map { slots in
      try store.keep(features, inSlots: slots)
      return stopwatch.lap()
    }
    let read = try parts.map { slots in
      _ = try store.features(ofSlots: slots)
      return stopwatch.lap()
    }
    let bytes = Double(batch * layout.slotBytes)
    return (read.median / bytes, write.median / bytes)
  }
}

/// Which inputs come again in a run, and when.
struct RecurringInputs {
  /// The inputs of an iteration; the last one of an epoch may have fewer.
  var perIteration: Int
  var iterationsPerEpoch: Int
  /// The number of inputs that are made of an image; 1 without augmentation.
  var viewCount: Int
  var slotCount: Int
  /// Whether they are others after every freeze event.
  var areRedrawn: Bool
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
