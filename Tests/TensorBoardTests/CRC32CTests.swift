import Testing

@testable import TensorBoard

struct CRC32CTests {
  @Test
  func `the check value of the catalogues is met`() {
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
  }

  /// RFC 3720, appendix B.4, whose values have the lowest byte first.
  @Test
  func `the examples of RFC 3720 are met`() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
  }

  /// tensorflow/core/lib/hash/crc32c_test.cc holds the mask to be none that comes back when repeated;
  /// the value is what TensorBoard's `masked_crc32c` gives.
  @Test
  func `what a record holds is masked`() {
    #expect(CRC32C.masked("123456789".utf8) == 0xC78A_B0E5)
  }
}
