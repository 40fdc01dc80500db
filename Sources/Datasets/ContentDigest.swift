import Crypto

/// The SHA-256 digest of contents that come piece by piece: what tells whether something was made
/// from the same.
public struct ContentDigest: Sendable {
  private var hash = SHA256()

  /// The digest of nothing yet.
  public init() {}

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
  }

  /// Adds a text, with an end, so that no two texts are the same as another two.
  public mutating func update(_ text: String) {
    hash.update(data: Array(text.utf8) + [0])
  }

  /// The digest, 32 bytes.
  public var bytes: [UInt8] { Array(hash.finalize()) }

  /// The digest as 64 lowercase hexadecimal digits.
  public var text: String { hexadecimal(hash.finalize()) }

  /// Eight bytes of the digest of some bytes: enough to tell damage.
  static func short(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = SHA256()
    hash.update(bufferPointer: bytes)
    return hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
