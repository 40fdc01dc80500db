import Foundation

extension FileHandle {
  /// What comes up to the end, whatever signals the process gets meanwhile: Foundation's own
  /// `readDataToEndOfFile` ends the process when one of them interrupts it.
  ///
  /// - Throws: `POSIXError` when the system refuses.
  package func bytesToEnd() throws -> Data {
    var bytes = Data()
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Foundation.read(fileDescriptor, &part, part.count)
      if count > 0 {
        bytes.append(contentsOf: part[..<count])
      } else if count == 0 {
        return bytes
      } else if errno != EINTR {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    }
  }
}
