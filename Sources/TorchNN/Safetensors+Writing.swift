import Foundation
import Torch

extension Safetensors {
  /// Writes a file: first beside its name, then renamed, so that no reader meets a half-written one,
  /// and after a loss of power there is a whole one. Links are followed.
  ///
  /// - Throws: `SafetensorsError.unwritable` when the disk refuses or something else than a regular
  ///   file stands there, and what `encoded()` throws.
  public func write(to file: URL) throws {
    let data = try encoded()
    do {
      try RegularFile.write(data, to: file)
    } catch {
      throw SafetensorsError.unwritable(path: file.path, reason: error.systemReason)
    }
  }

  /// The bytes of a file. The same tensors always give the same bytes.
  ///
  /// - Throws: `SafetensorsError.reservedName` for a tensor of the name that metadata has,
  ///   `TorchError` when a tensor cannot be read.
  public func encoded() throws -> Data {
    guard tensors[SafetensorsHeader.metadataKey] == nil else {
      throw SafetensorsError.reservedName(SafetensorsHeader.metadataKey)
    }
    let ordered = try tensors.map {
      (name: $0.key, tensor: $0.value, type: try $0.value.scalarType)
    }
    .sorted { ($1.type.byteCount, $0.name) < ($0.type.byteCount, $1.name) }

    var entries: [String: SafetensorsHeader.Entry] = [:]
    var end = 0
    for (name, tensor, type) in ordered {
      let size = tensor.elementCount * type.byteCount
      entries[name] = .init(
        dtype: type.safetensorsName,
        shape: tensor.shape,
        data_offsets: [end, end + size]
      )
      end += size
    }
    var data = try Self.header(SafetensorsHeader(entries: entries, metadata: metadata))
    let body = data.count
    data.append(Data(count: end))
    try data.withUnsafeMutableBytes { bytes in
      for (name, tensor, _) in ordered {
        guard let range = entries[name]?.data_offsets else { continue }
        try tensor.copyBytes(
          to: UnsafeMutableRawBufferPointer(rebasing: bytes[body + range[0]..<body + range[1]])
        )
      }
    }
    return data
  }

  /// The length and the JSON, padded with spaces so that the elements start at a multiple of 8.
  private static func header(_ header: SafetensorsHeader) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -json.count & 7))
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    return length + json
  }
}
