import Foundation

/// The frame that each message of a file stands in: its length in 8 bytes, that length's checksum in 4,
/// the message, and its checksum in 4, all with the lowest byte first.
///
/// The format is TFRecord: https://www.tensorflow.org/tutorials/load_data/tfrecord
enum RecordFraming {
  private static let headerByteCount = 12
  private static let checksumByteCount = 4

  static func framed(_ message: Data) -> Data {
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(CRC32C.masked(length)) + message
      + littleEndian(CRC32C.masked(message))
  }

  /// The messages of a file. One that is not whole ends it, as for TensorBoard, which waits for the rest.
  ///
  /// - Throws: `EventFileError.checksum` for a whole one with another checksum.
  static func messages(in file: Data) throws -> [Data] {
    var messages: [Data] = []
    var rest = file[...]
    while rest.count >= headerByteCount {
      let length = rest.prefix(8)
      guard littleEndian(CRC32C.masked(length)) == rest.dropFirst(8).prefix(checksumByteCount)
      else {
        throw EventFileError.checksum(record: messages.count)
      }
      let count = length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let body = rest.dropFirst(headerByteCount)
      guard count <= UInt64(body.count), body.count - Int(count) >= checksumByteCount else { break }
      let message = body.prefix(Int(count))
      let end = body.dropFirst(Int(count))
      guard littleEndian(CRC32C.masked(message)) == end.prefix(checksumByteCount) else {
        throw EventFileError.checksum(record: messages.count)
      }
      messages.append(Data(message))
      rest = end.dropFirst(checksumByteCount)
    }
    return messages
  }

  private static func littleEndian(_ number: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: number.littleEndian) { Data($0) }
  }
}

/// Why an event file cannot be read.
package enum EventFileError: Error, Equatable, CustomStringConvertible {
  /// A record's bytes are not those that were written.
  case checksum(record: Int)
  /// A record holds what this package does not write.
  case foreign(record: Int)

  package var description: String {
    switch self {
    case .checksum(let record): "record \(record) is damaged: its checksum is another"
    case .foreign(let record): "record \(record) is another program's"
    }
  }
}
