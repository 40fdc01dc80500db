extension FeatureLayout.Precision {
  /// Writes numbers as they are kept.
  func encode(_ numbers: UnsafeBufferPointer<Float>, to bytes: UnsafeMutableRawBufferPointer) {
    switch self {
    case .float32: bytes.copyMemory(from: UnsafeRawBufferPointer(numbers))
    case .bfloat16:
      let target = bytes.bindMemory(to: UInt16.self)
      for index in numbers.indices { target[index] = Self.upperHalf(numbers[index]) }
    }
  }

  /// Reads numbers that were kept.
  func decode(_ bytes: UnsafeRawBufferPointer, to numbers: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .float32: UnsafeMutableRawBufferPointer(numbers).copyMemory(from: bytes)
    case .bfloat16:
      let source = bytes.bindMemory(to: UInt16.self)
      for index in numbers.indices {
        numbers[index] = Float(bitPattern: UInt32(source[index]) << 16)
      }
    }
  }

  /// The upper half of a number's bits, rounded to the nearest and at a tie to the even one, as
  /// PyTorch rounds to bfloat16. What is no number stays none.
  static func upperHalf(_ number: Float) -> UInt16 {
    let bits = number.bitPattern
    guard !number.isNaN else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
