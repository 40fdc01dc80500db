import Foundation
import Torch

/// Features of inputs that come again, in a memory-mapped file: a slot for every input.
///
/// The file begins with a page that says what it holds; then for every slot its state, 0 while it is
/// empty and else a checksum of its features; then the features, as `[H, W, C]`. All numbers are
/// little-endian. A slot's state is written behind its features, so that a process that is killed
/// leaves a file of which every filled slot is whole; what else can happen to a file, the checksums
/// tell, each at the first reading of a slot that another process filled.
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

  private let file: MappedFile
  /// Guards what is below, and the file's memory.
  private let lock = NSLock()
  /// The slots whose features were made here, or were found to be whole.
  private var isVerified: [Bool]
  private var filled: Int
  private var damaged = 0

  /// Opens a store, or makes one where there is none of these features. What stands there is replaced
  /// only where it begins as a store does: a file of something else, and one whose first bytes are
  /// damaged, is left alone.
  ///
  /// - Throws: `FeatureStoreError` when another process has it, when something else stands there or is
  ///   linked to, when it cannot be written, and when there is no room for it.
  public init(at url: URL, layout: FeatureLayout) throws {
    self.layout = layout
    let header = layout.header
    file = try MappedFile(
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
    if file.state != .asExpected { file.write(header, at: 0) }
    isVerified = Array(repeating: false, count: layout.slotCount)
    let states = file.memory[FeatureLayout.statesOffset..<layout.featuresOffset]
    filled = (0..<layout.slotCount).reduce(0) { count, slot in
      let state = states.loadUnaligned(fromByteOffset: slot * 8, as: UInt64.self)
      return count + (state == 0 ? 0 : 1)
    }
  }

  /// The number of slots that hold features.
  public var filledCount: Int { lock.withLock { filled } }

  /// The number of slots that were found damaged, and emptied.
  public var damagedCount: Int { lock.withLock { damaged } }

  /// Which of some slots hold features that are whole.
  ///
  /// - Precondition: there are such slots.
  public func areFilled(_ slots: [Int]) -> [Bool] {
    lock.withLock { slots.map(isFilled) }
  }

  /// The features of some inputs.
  ///
  /// - Parameter slots: Slots that are filled.
  /// - Returns: `[N, C, H, W]`, float32, channels last in memory, on the CPU.
  /// - Precondition: `areFilled(slots)` was true of each.
  /// - Throws: `TorchError` when there is no memory for it.
  public func features(ofSlots slots: [Int]) throws -> Tensor {
    try Tensor(channelsLast: [slots.count] + layout.shape) { output in
      lock.withLock {
        for (place, slot) in slots.enumerated() {
          precondition(state(of: slot) != 0, "slot \(slot) is empty")
          let target = output[place * layout.elementCount..<(place + 1) * layout.elementCount]
          layout.precision.decode(
            UnsafeRawBufferPointer(features(of: slot)),
            to: UnsafeMutableBufferPointer(rebasing: target)
          )
        }
      }
    }
  }

  /// Keeps the features of some inputs, over what their slots held.
  ///
  /// - Parameter features: `[N, C, H, W]` on the CPU; other numbers than float32 are converted to it.
  /// - Precondition: there is a slot for each.
  /// - Throws: `TorchError` for features on another device.
  public func keep(_ features: Tensor, inSlots slots: [Int]) throws {
    precondition(
      features.shape == [slots.count] + layout.shape,
      "features \(features.shape) for \(slots.count) slots of \(layout.shape)"
    )
    try features.converted(to: .float32).arranged(in: .channelsLast).withMemory { bytes in
      let numbers = bytes.bindMemory(to: Float.self)
      lock.withLock {
        for (place, slot) in slots.enumerated() {
          let source = numbers[place * layout.elementCount..<(place + 1) * layout.elementCount]
          keep(UnsafeBufferPointer(rebasing: source), inSlot: slot)
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
    MappedFile.remove(url, of: FeatureLayout.name)
  }
}

// MARK: - One slot, under the lock

extension FeatureStore {
  private func features(of slot: Int) -> UnsafeMutableRawBufferPointer {
    let start = layout.featuresOffset + slot * layout.slotBytes
    return UnsafeMutableRawBufferPointer(rebasing: file.memory[start..<start + layout.slotBytes])
  }

  private func stateOffset(_ slot: Int) -> Int {
    precondition((0..<layout.slotCount).contains(slot), "slot \(slot) of \(layout.slotCount)")
    return FeatureLayout.statesOffset + slot * 8
  }

  private func state(of slot: Int) -> UInt64 {
    UInt64(
      littleEndian: file.memory.loadUnaligned(fromByteOffset: stateOffset(slot), as: UInt64.self)
    )
  }

  private func setState(of slot: Int, _ state: UInt64) {
    file.memory.storeBytes(of: state.littleEndian, toByteOffset: stateOffset(slot), as: UInt64.self)
  }

  /// The state of a slot of these features; never 0, which is an empty one's.
  private func checksum(of slot: Int) -> UInt64 {
    ContentDigest.short(UnsafeRawBufferPointer(features(of: slot))) | 1
  }

  private func isFilled(_ slot: Int) -> Bool {
    let state = state(of: slot)
    guard state != 0 else { return false }
    if isVerified[slot] { return true }
    guard state == checksum(of: slot) else {
      setState(of: slot, 0)
      filled -= 1
      damaged += 1
      return false
    }
    isVerified[slot] = true
    return true
  }

  private func keep(_ numbers: UnsafeBufferPointer<Float>, inSlot slot: Int) {
    if state(of: slot) == 0 { filled += 1 }
    // Empty while it is written: a process may be killed in between.
    setState(of: slot, 0)
    layout.precision.encode(numbers, to: features(of: slot))
    setState(of: slot, checksum(of: slot))
    isVerified[slot] = true
  }
}
