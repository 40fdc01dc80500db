import Foundation

/// Files that are read and written as a whole, and only where they are files: a pipe would block
/// its reader, and a device would be replaced by what is written.
///
/// Links are followed.
public enum RegularFile {
  /// Checks that there is a regular file to read.
  ///
  /// - Throws: `RegularFileError` when there is none.
  public static func check(_ file: URL) throws {
    guard let kind = try kind(of: file) else {
      throw RegularFileError(reason: "there is no such file")
    }
    try require(kind)
  }

  /// The bytes of a file.
  ///
  /// - Throws: `RegularFileError` when it is missing, no regular file, or cannot be read.
  public static func read(_ file: URL) throws -> Data {
    try check(file)
    do {
      return try Data(contentsOf: file)
    } catch {
      throw RegularFileError(reason: error.systemReason)
    }
  }

  /// Makes or replaces a file: writes beside it, waits for the disk, and renames, so that after
  /// whatever interruption there is the old file or the new one, whole.
  ///
  /// - Parameter previous: Where the old file goes, in the same folder, in the place of what is there; nil
  ///   to drop it. There is a whole file at `file` all the while, but where the file system has no hard
  ///   links: there the old one is at `previous` alone for an instant.
  /// - Throws: `RegularFileError` when something else than a regular file stands there, which is
  ///   left alone, or the system refuses.
  public static func write(
    _ data: Data,
    to file: URL,
    keepingPreviousAt previous: URL? = nil
  ) throws {
    if let kind = try kind(of: file) { try require(kind) }
    let target = linkTarget(of: file)
    let folder = (target as NSString).deletingLastPathComponent
    let temporary = (folder as NSString).appendingPathComponent(partialName())
    do {
      try writeNew(data, to: temporary, like: target)
      if let previous, try kind(of: file) != nil { try keep(target, at: previous.path) }
      guard rename(temporary, target) == 0 else { throw POSIXError(lastCode) }
    } catch {
      unlink(temporary)
      throw RegularFileError(reason: error.systemReason)
    }
    synchronize(folder: folder)
  }

  /// Gives a file a second name, in the place of what has it.
  private static func keep(_ path: String, at previous: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    let second = (folder as NSString).appendingPathComponent(partialName())
    let isLinked = link(path, second) == 0
    let result = rename(isLinked ? second : path, previous)
    let code = lastCode
    // Renaming a file to what is another name of it already does nothing.
    if isLinked { unlink(second) }
    guard result == 0 else { throw POSIXError(code) }
  }

  private static let (partialStart, partialEnd) = (".", ".partial")

  private static func partialName() -> String {
    partialStart + UUID().uuidString + partialEnd
  }

  /// Whether a file of this name is one that `write` had not finished, if no process does now.
  public static func isPartial(_ name: String) -> Bool {
    guard name.hasPrefix(partialStart), name.hasSuffix(partialEnd) else { return false }
    return UUID(uuidString: String(name.dropFirst(1).dropLast(partialEnd.count))) != nil
  }

  /// Waits until the names in a folder are on the disk too. Some file systems cannot; what was renamed
  /// is whole with them as well, though perhaps under its old name after a loss of power.
  private static func synchronize(folder: String) {
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Writes a file that is not there yet, with the permissions of another one where that is.
  private static func writeNew(_ data: Data, to path: String, like other: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw POSIXError(lastCode) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var existing = stat()
    if stat(other, &existing) == 0 { fchmod(descriptor, existing.st_mode & 0o777) }
    try handle.write(contentsOf: data)
    try handle.synchronize()
    try handle.close()
  }

  /// The format bits of what a path leads to; nil for nothing.
  private static func kind(of file: URL) throws -> mode_t? {
    var status = stat()
    if stat(file.path, &status) == 0 { return status.st_mode & S_IFMT }
    let code = lastCode
    if code == .ENOENT { return nil }
    throw RegularFileError(reason: POSIXError(code).systemReason)
  }

  private static func require(_ kind: mode_t) throws {
    switch kind {
    case S_IFREG: break
    case S_IFDIR: throw RegularFileError(reason: "it is a folder")
    default: throw RegularFileError(reason: "it is no regular file")
    }
  }

  /// The path at the end of a chain of links, whether or not there is a file: renaming to a link's
  /// own path would replace the link.
  private static func linkTarget(of file: URL) -> String {
    var path = file.path
    // As many as Linux follows; `kind(of:)` has refused a longer chain.
    for _ in 0..<40 {
      guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        break
      }
      let folder = (path as NSString).deletingLastPathComponent
      path = link.hasPrefix("/") ? link : (folder as NSString).appendingPathComponent(link)
    }
    return path
  }

  private static var lastCode: POSIXErrorCode { POSIXErrorCode(rawValue: errno) ?? .EIO }
}

/// Why a file cannot be read or written.
public struct RegularFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A clause without the file's name.
  public let reason: String

  /// The reason.
  public var description: String { reason }
}
