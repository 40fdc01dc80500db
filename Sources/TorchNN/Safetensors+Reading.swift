import Foundation
import Torch

extension Safetensors {
  /// Reads a file.
  ///
  /// - Throws: `SafetensorsError` when it is missing, no regular file, damaged, or holds a type that
  ///   is not read.
  public init(contentsOf file: URL) throws {
    try self.init(Self.bytes(of: file), path: file.path)
  }

  /// The bytes of a file, not looked at yet.
  ///
  /// - Throws: `SafetensorsError.unreadable` when it is missing or no regular file.
  public static func bytes(of file: URL) throws -> Data {
    do {
      return try RegularFile.read(file)
    } catch {
      throw SafetensorsError.unreadable(path: file.path, reason: error.systemReason)
    }
  }

  /// Reads the bytes of a file; `path` names it in errors.
  ///
  /// - Throws: `SafetensorsError` when they are damaged or hold a type that is not read.
  public init(_ data: Data, path: String = "the data") throws {
    func malformed(_ reason: String) -> SafetensorsError { .malformed(path: path, reason: reason) }

    guard data.count >= 8 else { throw malformed("it has \(data.count) bytes") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(data.count - 8, Self.longestHeader)) else {
      throw malformed("its header claims \(length) bytes of \(data.count)")
    }
    let body = 8 + Int(length)
    let bytes = data.subdata(in: data.startIndex + 8..<data.startIndex + body)
    let header: SafetensorsHeader
    do {
      header = try JSONDecoder().decode(SafetensorsHeader.self, from: bytes)
    } catch {
      throw malformed("its header is not the JSON of one")
    }
    guard header.isAll(of: bytes) else {
      throw malformed("its header has a name twice, or more than dtype, shape and data_offsets")
    }
    if let fault = header.fault(bodyByteCount: data.count - body) { throw malformed(fault) }

    self.init(tensors: [:], metadata: header.metadata)
    for (name, entry) in header.entries {
      tensors[name] = try Self.tensor(entry, name: name, in: data, from: body, path: path)
    }
  }

  private static func tensor(
    _ entry: SafetensorsHeader.Entry,
    name: String,
    in data: Data,
    from body: Int,
    path: String
  ) throws -> Tensor {
    guard let type = ScalarType(safetensorsName: entry.dtype) else {
      throw SafetensorsError.unsupportedType(path: path, name: name, type: entry.dtype)
    }
    // `fault` has checked that the offsets lie inside of the data and are in order.
    let (first, last) = (entry.data_offsets[0], entry.data_offsets[1])
    guard byteCount(entry.shape, type) == last - first else {
      throw SafetensorsError.malformed(
        path: path,
        reason: "\(name) of shape \(entry.shape) and type \(entry.dtype) has \(last - first) bytes"
      )
    }
    do {
      return try data.withUnsafeBytes { bytes in
        try Tensor(
          bytes: UnsafeRawBufferPointer(rebasing: bytes[body + first..<body + last]),
          shape: entry.shape,
          scalarType: type
        )
      }
    } catch let error as TorchError {
      throw SafetensorsError.malformed(
        path: path,
        reason: "\(name) cannot be a tensor: \(error.message)"
      )
    }
  }

  /// The size of a tensor's elements; nil when it is beyond an integer.
  private static func byteCount(_ shape: [Int], _ type: ScalarType) -> Int? {
    var count = type.byteCount
    // A zero makes the product zero whatever the other sizes are.
    if shape.contains(0) { return shape.allSatisfy { $0 <= Int(Int32.max) } ? 0 : nil }
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
