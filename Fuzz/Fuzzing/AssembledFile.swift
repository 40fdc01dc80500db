import Foundation
import Torch

@testable import TorchNN
@testable import Training

/// An input of a target that reads safetensors: a file as it is, or the parts of one, which are put
/// together so that a reader comes past the length, the sizes and the checksum.
///
/// The first byte tells: `r` for a file as it is; `p` for a header, a zero byte and a body; `s` for the
/// same with its checksum made right.
struct AssembledFile {
  let data: Data

  init(_ input: Data) {
    let rest = input.dropFirst()
    switch input.first {
    case UInt8(ascii: "p"): data = Self.file(of: rest)
    case UInt8(ascii: "s"): data = FileSeal.sealed(Self.blanked(Self.file(of: rest)))
    default: data = Data(rest)
    }
  }

  /// The input of which a file is made.
  static func input(_ kind: Character, _ file: Data) -> Data {
    let length = Int(file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let parts = file.dropFirst(8).prefix(length) + Data([0]) + file.dropFirst(8 + length)
    return Data("\(kind)".utf8) + (kind == "r" ? file : Data(parts))
  }

  private static func file(of parts: Data) -> Data {
    let header = parts.prefix { $0 != 0 }
    var body = Data(parts.dropFirst(header.count + 1))
    // The body that the header asks for, unless that is far more than there is.
    if let entries = try? JSONDecoder().decode(SafetensorsHeader.self, from: Data(header)).entries {
      let end = entries.values.compactMap(\.data_offsets.last).max() ?? 0
      if (0...longestBody(body.count)).contains(end) {
        body = Data(body.prefix(end)) + Data(count: max(0, end - body.count))
      }
    }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + body
  }

  private static func longestBody(_ count: Int) -> Int { 2 * count + 4096 }

  private static func blanked(_ file: Data) -> Data {
    let key = Data("\"\(FileSeal.key)\":\"".utf8)
    guard let range = file.range(of: key) else { return file }
    let place = range.upperBound..<range.upperBound + FileSeal.blank.utf8.count
    guard place.upperBound <= file.endIndex else { return file }
    var blanked = file
    blanked.replaceSubrange(place, with: FileSeal.blank.utf8)
    return blanked
  }
}

/// Dictionaries of tensors, byte for byte.
func requireSame(_ one: [String: Tensor], _ other: [String: Tensor], _ what: String) throws {
  require(one.keys.sorted() == other.keys.sorted(), "\(what): other names")
  for (name, tensor) in one {
    guard let second = other[name] else { continue }
    require(tensor.shape == second.shape, "\(what): \(name) has another shape")
    let isSame =
      try tensor.scalarType == second.scalarType && bytes(of: tensor) == bytes(of: second)
    require(isSame, "\(what): \(name) has other elements")
  }
}

func bytes(of tensor: Tensor) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: tensor.elementCount * (try tensor.scalarType.byteCount))
  try bytes.withUnsafeMutableBytes { try tensor.copyBytes(to: $0) }
  return bytes
}
