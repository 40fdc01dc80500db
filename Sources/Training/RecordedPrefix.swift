import Foundation
import Models
import Torch

/// The frozen prefix on a device that works on its own: of batches of one size it is computed once operation by operation,
/// recorded with the second, and then repeated. The numbers are the same.
///
/// It works in a queue of its own, behind and before what else the asking thread's queue is given.
final class RecordedPrefix: @unchecked Sendable {
  /// What is the same in all batches that a recording is for.
  private struct Work: Hashable {
    var start: Int
    var end: Int
    var shape: [Int]
    var scalarType: ScalarType
  }

  private let queue: WorkQueue
  private let steps: DeviceSteps?
  /// Guards what is recorded.
  private let lock = NSLock()
  /// The work that came last of all that is worth recording.
  private var work: Work?
  private var recording: Recording?
  /// Guards what is told of it, for which nobody is to wait until the prefix has been computed.
  private let tellingLock = NSLock()
  private var seconds: Double?
  private var reason: String?

  /// - Parameter steps: Whether it is recorded, as training steps are.
  /// - Throws: `TorchError`
  init(on device: Device, _ steps: DeviceSteps?) throws {
    queue = try WorkQueue(on: device)
    self.steps = steps
  }

  /// Whether what it gives is handed over and not there yet.
  var isLate: Bool { steps != nil }

  /// Why it could not be recorded, after which it is not tried again; nil while that did not happen.
  var failure: String? { tellingLock.withLock { reason } }

  /// How long recording took since this was asked last; nil where nothing was recorded.
  func takeRecordingSeconds() -> Double? {
    tellingLock.withLock {
      defer { seconds = nil }
      return seconds
    }
  }

  /// Gives back what is recorded.
  func forget() {
    lock.withLock { (work, recording) = (nil, nil) }
  }

  /// What stands behind the prefix.
  ///
  /// - Parameters:
  ///   - input: What stands in front of the stage `start`, `[N, C, H, W]`.
  ///   - prefix: One that grows from call to call, if it changes.
  ///   - records: Whether more batches of this kind are to come, for which recording is worth it.
  /// - Throws: `TorchError`
  func features(
    of input: Tensor,
    from start: Int,
    by prefix: FrozenPrefix,
    records: Bool = true
  ) throws -> Tensor {
    guard start < prefix.count else { return input }
    guard records, steps == .recorded else { return try prefix.features(of: input, from: start) }
    return try lock.withLock {
      try queue.run { try recordedFeatures(of: input, from: start, by: prefix) }
    }
  }

  private func recordedFeatures(
    of input: Tensor,
    from start: Int,
    by prefix: FrozenPrefix
  ) throws -> Tensor {
    let work = Work(
      start: start,
      end: prefix.count,
      shape: input.shape,
      scalarType: try input.scalarType
    )
    if let recording, work == self.work { return try recording.run(input) }
    let isRepeated = work == self.work
    // The last batch of an epoch may be smaller: the others are what is worth it.
    if isRepeated || isMoreThanBefore(work) { (self.work, recording) = (work, nil) }
    let features = try prefix.features(of: input, from: start)
    if isRepeated, failure == nil { record(like: input, features, from: start, by: prefix) }
    return features
  }

  private func isMoreThanBefore(_ work: Work) -> Bool {
    guard let before = self.work else { return true }
    return work.end != before.end || work.shape[0] >= before.shape[0]
  }

  private func record(
    like input: Tensor,
    _ features: Tensor,
    from start: Int,
    by prefix: FrozenPrefix
  ) {
    var stopwatch = Stopwatch()
    // A recording has memory of its own, and takes neither what is free nor what another recording left.
    if queue.device != .cpu { Runtime.returnFreedDeviceMemory() }
    do {
      recording = try Recording(like: input, features, on: queue.device) {
        try prefix.features(of: $0, from: start)
      }
      let lap = stopwatch.lap()
      tellingLock.withLock { seconds = seconds.adding(lap) }
    } catch {
      tellingLock.withLock { reason = "\(error)" }
    }
  }
}

/// Work from one tensor to another, and the memory through which they come and go.
private final class Recording {
  private let input: Tensor
  private let output: Tensor
  private let work: RecordedWork

  init(
    like input: Tensor,
    _ output: Tensor,
    on device: Device,
    _ body: @escaping (Tensor) throws -> Tensor
  ) throws {
    let (ownInput, ownOutput) = try withoutGradients { (try input.copied(), try output.copied()) }
    (self.input, self.output) = (ownInput, ownOutput)
    work = try RecordedWork(on: device) { try ownOutput.assign(body(ownInput)) }
  }

  func run(_ input: Tensor) throws -> Tensor {
    try withoutGradients {
      try self.input.assign(input)
      try work.run()
      return try output.copied()
    }
  }
}
