/// The checksum CRC-32C (Castagnoli) of RFC 3720, section 12.1, which Foundation and Crypto lack.
enum CRC32C {
  /// The polynomial 0x1EDC6F41 with its bits in reverse, for a shift to the right.
  private static let polynomial: UInt32 = 0x82F6_3B78

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 0 ? remainder >> 1 : (remainder >> 1) ^ polynomial
    }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { remainder, byte in
      table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ (remainder >> 8)
    }
  }

  /// As records hold it, so that the checksum of a text with checksums in it is none of a kind:
  /// tensorflow/core/lib/hash/crc32c.h, `Mask`.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(bytes)
    return ((checksum >> 15) | (checksum << 17)) &+ 0xA282_EAD8
  }
}
