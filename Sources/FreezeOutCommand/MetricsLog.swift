import Foundation
import Training

/// The file with a line of JSON for every record, each on the disk before the run goes on.
struct MetricsLog {
  private let file: URL
  private let handle: FileHandle

  /// Starts the file with the records that a resumed run has already.
  ///
  /// - Throws: `RunFolderError.cannotWrite`
  init(at file: URL, records: [RunRecord]) throws {
    self.file = file
    do {
      let lines = try records.map(Self.line).reduce(Data(), +)
      try RegularFile.write(lines, to: file)
      handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }

  /// Adds a line.
  func append(_ record: RunRecord) throws {
    do {
      try handle.write(contentsOf: Self.line(record))
      try handle.synchronize()
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }

  private static func line(_ record: RunRecord) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(record) + Data("\n".utf8)
  }
}
