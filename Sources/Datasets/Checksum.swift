import Crypto
import Foundation
import Torch

/// The MD5 checksum of a file as 32 lowercase hexadecimal digits. (MD5 is what is published for the
/// CIFAR archives; it tells a damaged file, not a forged one.)
///
/// - Throws: `DatasetError.unreadableFile`, also for what is no regular file.
func md5(ofFileAt url: URL) throws -> String {
  do {
    try RegularFile.check(url)
    let file = try FileHandle(forReadingFrom: url)
    defer { try? file.close() }
    var hash = Insecure.MD5()
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
      hash.update(data: piece)
    }
    return hexadecimal(hash.finalize())
  } catch {
    throw DatasetError.unreadableFile(path: url.path, reason: error.systemReason)
  }
}

/// Two lowercase hexadecimal digits a byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
