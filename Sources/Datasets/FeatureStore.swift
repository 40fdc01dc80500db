import Foundation
import Torch

/// Features of inputs that come again, in a file: a slot for every input.
///
/// The file begins with a page that says what it holds; then for every slot its state, 0 while it is
/// empty and else a checksum of its features; then the features, as `[H, W, C]`. All numbers are
/// little-endian. A slot's state is written behind its features, so that a process that is killed
/// leaves a file of which every filled slot is whole; what else can happen to a file, the checksums
/// tell, each at the first reading of a slot that another process filled. A store whose file fails
/// while it is open is of no more use.
///
/// One process at a time has a store; within it, threads may share one.
public final class FeatureStore: @unchecked Sendable {
  /// Where a store's contents come from.
  public enum Origin: Hashable, Sendable {
    /// There was no file.
    case new
    /// From an earlier process.
    case continued
    /// The file was damaged, or held features of something else, and was replaced.
    case replaced
  }

  /// What it holds.
  public let layout: FeatureLayout
  /// Where its contents came from.
  public let origin: Origin

  private let file: StoreFile
  /// Guards what is below, and the file.
  private let lock = NSLock()
  /// Of every slot 0 while it is empty, else a checksum of its features.
  private var states: [UInt64]
  /// The slots whose features were made here, or were found to be whole.
  private var isVerified: [Bool]
  private var filled: Int
  private var damaged = 0
  /// Why it is of no more use; nil while it is of use.
  private var failure: FeatureStoreError?
  /// The features of a slot, on their way.
  private var slot: [UInt8]

  /// Opens a store, or makes one where there is none of these features. What stands there is replaced
  /// only where it begins as a store does: a file of something else, and one whose first bytes are
  /// damaged, is left alone.
  ///
  /// - Throws: `FeatureStoreError` when another process has it, when something else stands there or is
  ///   linked to, when it cannot be written, and when there is no room for it.
  public init(at url: URL, layout: FeatureLayout) throws {
    self.layout = layout
    let header = layout.header
    file = try StoreFile(
      url,
      byteCount: layout.fileBytes,
      expecting: header,
      of: FeatureLayout.name
    )
    switch file.state {
    case .new: origin = .new
    case .asExpected: origin = .continued
    case .replaced: origin = .replaced
    }
    isVerified = Array(repeating: false, count: layout.slotCount)
    slot = Array(repeating: 0, count: layout.slotBytes)
    states = Array(repeating: 0, count: layout.slotCount)
    filled = 0
    if file.state == .asExpected {
      try states.withUnsafeMutableBytes { try file.read($0, at: FeatureLayout.statesOffset) }
      for index in states.indices {
        states[index] = UInt64(littleEndian: states[index])
        if states[index] != 0 { filled += 1 }
      }
    } else {
      try header.withUnsafeBytes { try file.write($0, at: 0) }
    }
  }

  /// The number of slots that hold features.
  public var filledCount: Int { lock.withLock { filled } }

  /// The number of slots that were found damaged, and emptied.
  public var damagedCount: Int { lock.withLock { damaged } }

  /// Whether its file could not be read or written, so that it is of no more use.
  public var isLost: Bool { lock.withLock { failure != nil } }

  /// Which of some slots hold features that are whole.
  ///
  /// - Precondition: there are such slots.
  /// - Throws: `FeatureStoreError.lost`
  public func areFilled(_ slots: [Int]) throws -> [Bool] {
    try whileWhole { try slots.map(isFilled) }
  }

  /// The features of some inputs.
  ///
  /// - Parameter slots: Slots that are filled.
  /// - Returns: `[N, C, H, W]`, float32, channels last in memory, on the CPU.
  /// - Precondition: `areFilled(slots)` was true of each.
  /// - Throws: `TorchError` when there is no memory for it, `FeatureStoreError.lost`
  public func features(ofSlots slots: [Int]) throws -> Tensor {
    try Tensor(channelsLast: [slots.count] + layout.shape) { output in
      try whileWhole {
        for (place, slot) in slots.enumerated() {
          precondition(state(of: slot) != 0, "slot \(slot) is empty")
          let target = output[place * layout.elementCount..<(place + 1) * layout.elementCount]
          try read(slot, to: UnsafeMutableBufferPointer(rebasing: target))
        }
      }
    }
  }

  /// Keeps the features of some inputs, over what their slots held.
  ///
  /// - Parameter features: `[N, C, H, W]` on the CPU; other numbers than float32 are converted to it.
  /// - Precondition: there is a slot for each.
  /// - Throws: `TorchError` for features on another device, `FeatureStoreError.lost`
  public func keep(_ features: Tensor, inSlots slots: [Int]) throws {
    precondition(
      features.shape == [slots.count] + layout.shape,
      "features \(features.shape) for \(slots.count) slots of \(layout.shape)"
    )
    try features.converted(to: .float32).arranged(in: .channelsLast).withMemory { bytes in
      let numbers = bytes.bindMemory(to: Float.self)
      try whileWhole {
        for (place, slot) in slots.enumerated() {
          let source = numbers[place * layout.elementCount..<(place + 1) * layout.elementCount]
          try keep(UnsafeBufferPointer(rebasing: source), inSlot: slot)
        }
      }
    }
  }

  /// Removes the file. The store is of no more use then.
  public func remove() {
    file.remove()
  }

  /// Removes the file of a store that is not open, as an earlier process may have left one; a file of
  /// something else and one that another process has are left alone.
  public static func removeFile(at url: URL) {
    StoreFile.remove(url, of: FeatureLayout.name)
  }
}

// MARK: - One slot, under the lock

extension FeatureStore {
  /// Runs the body under the lock, unless the file has failed.
  private func whileWhole<Result>(_ body: () throws -> Result) throws -> Result {
    try lock.withLock {
      if let failure { throw failure }
      do {
        try file.requireWhole()
        return try body()
      } catch let error as FeatureStoreError {
        failure = error
        throw error
      }
    }
  }

  private func offset(of slot: Int) -> Int {
    layout.featuresOffset + slot * layout.slotBytes
  }

  private func state(of slot: Int) -> UInt64 {
    precondition(states.indices.contains(slot), "slot \(slot) of \(states.count)")
    return states[slot]
  }

  private func setState(of slot: Int, _ state: UInt64) throws {
    if states[slot] == 0, state != 0 { filled += 1 }
    if states[slot] != 0, state == 0 { filled -= 1 }
    states[slot] = state
    try withUnsafeBytes(of: state.littleEndian) {
      try file.write($0, at: FeatureLayout.statesOffset + slot * 8)
    }
  }

  /// The state of a slot of these features; never 0, which is an empty one's.
  private static func checksum(_ features: UnsafeRawBufferPointer) -> UInt64 {
    ContentDigest.short(features) | 1
  }

  private func isFilled(_ index: Int) throws -> Bool {
    let state = state(of: index)
    guard state != 0 else { return false }
    if isVerified[index] { return true }
    try slot.withUnsafeMutableBytes { try file.read($0, at: offset(of: index)) }
    guard state == slot.withUnsafeBytes(Self.checksum) else {
      try setState(of: index, 0)
      damaged += 1
      return false
    }
    isVerified[index] = true
    return true
  }

  private func read(_ index: Int, to numbers: UnsafeMutableBufferPointer<Float>) throws {
    switch layout.precision {
    case .float32: try file.read(UnsafeMutableRawBufferPointer(numbers), at: offset(of: index))
    case .bfloat16:
      try slot.withUnsafeMutableBytes { try file.read($0, at: offset(of: index)) }
      slot.withUnsafeBytes { layout.precision.decode($0, to: numbers) }
    }
  }

  private func keep(_ numbers: UnsafeBufferPointer<Float>, inSlot index: Int) throws {
    // Empty while it is written: a process may be killed in between.
    if state(of: index) != 0 { try setState(of: index, 0) }
    switch layout.precision {
    case .float32: try write(UnsafeRawBufferPointer(numbers), inSlot: index)
    case .bfloat16:
      slot.withUnsafeMutableBytes { layout.precision.encode(numbers, to: $0) }
      try slot.withUnsafeBytes { try write($0, inSlot: index) }
    }
    isVerified[index] = true
  }

  private func write(_ features: UnsafeRawBufferPointer, inSlot index: Int) throws {
    try file.write(features, at: offset(of: index))
    try setState(of: index, Self.checksum(features))
  }
}
