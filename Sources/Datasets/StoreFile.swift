import Foundation

/// A file of a fixed size, kept from other processes as long as this object is alive.
///
/// It is read and written by calls of the system, not mapped into memory: a file that another program cuts
/// short, or a disk that fails, is then an error, where touching the memory would end the process.
final class StoreFile: Sendable {
  /// What was found in its place.
  enum State {
    case new, asExpected, replaced
  }

  let state: State
  private let byteCount: Int
  private let path: String
  private let descriptor: Int32

  /// Opens the file where it has the size and begins with the header, else makes it anew, of the name
  /// and zeros. A file that is not empty and does not begin with the name is not touched, nor is what a
  /// symbolic link points to: it may be anything.
  ///
  /// - Parameter name: The first bytes of the header, which all files of this kind have.
  /// - Throws: `FeatureStoreError`
  init(_ url: URL, byteCount: Int, expecting header: [UInt8], of name: [UInt8]) throws {
    let path = url.path
    let descriptor = try Self.descriptor(path, O_CREAT)
    var isToBeRemoved = false
    do {
      let size = try Self.lock(descriptor, path, of: name)
      let isWhole = size == byteCount && Self.begins(descriptor, with: header)
      isToBeRemoved = !isWhole
      if !isWhole { try Self.empty(descriptor, path, leaving: name) }
      // A whole one as well: a copy of it may have holes.
      try Self.reserve(descriptor, byteCount, path)
      state = isWhole ? .asExpected : size == 0 ? .new : .replaced
    } catch {
      // A whole one is of use when there is room again.
      if isToBeRemoved { unlink(path) }
      close(descriptor)
      throw error
    }
    self.byteCount = byteCount
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Fills a buffer with what stands at an offset.
  ///
  /// - Throws: `FeatureStoreError.lost`
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    try transfer(buffer.count) { done in
      pread(
        descriptor,
        buffer.baseAddress?.advanced(by: done),
        buffer.count - done,
        off_t(offset + done)
      )
    }
  }

  /// Writes what stands at an offset from now on.
  ///
  /// - Throws: `FeatureStoreError.lost`
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    try transfer(bytes.count) { done in
      pwrite(
        descriptor,
        bytes.baseAddress?.advanced(by: done),
        bytes.count - done,
        off_t(offset + done)
      )
    }
  }

  /// Checks that no other program has changed the file's size: what was cut off and written over again
  /// would read as zeros.
  ///
  /// - Throws: `FeatureStoreError.lost`
  func requireWhole() throws {
    var file = stat()
    guard fstat(descriptor, &file) == 0 else { throw lost(lastReason()) }
    guard Int(file.st_size) == byteCount else { throw lost("another program has changed its size") }
  }

  /// Repeats a call until it has moved so many bytes.
  private func transfer(_ count: Int, _ call: (_ done: Int) -> Int) throws {
    var done = 0
    while done < count {
      let moved = call(done)
      if moved > 0 {
        done += moved
      } else if moved == 0 {
        throw lost("it has ended early")
      } else if errno != EINTR {
        throw lost(lastReason())
      }
    }
  }

  private func lost(_ reason: String) -> FeatureStoreError {
    .lost(path, reason: reason)
  }

  func remove() {
    unlink(path)
  }

  /// Removes a file that is empty or begins with the name, where no process has it.
  static func remove(_ url: URL, of name: [UInt8]) {
    guard let descriptor = try? descriptor(url.path, 0) else { return }
    defer { close(descriptor) }
    if (try? lock(descriptor, url.path, of: name)) != nil { unlink(url.path) }
  }

  // MARK: - The system's part

  private static func descriptor(_ path: String, _ flags: Int32) throws -> Int32 {
    // Without waiting: a pipe may stand there.
    let all = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags
    let descriptor = open(path, all, 0o666)
    guard descriptor >= 0 else {
      throw FeatureStoreError.cannotMake(
        path,
        reason: errno == ELOOP ? "a symbolic link stands there" : lastReason()
      )
    }
    return descriptor
  }

  /// Keeps a file from other processes, if it is of this kind or empty.
  ///
  /// - Returns: Its size.
  private static func lock(_ descriptor: Int32, _ path: String, of name: [UInt8]) throws -> Int {
    var file = stat()
    guard fstat(descriptor, &file) == 0 else {
      throw FeatureStoreError.cannotMake(path, reason: lastReason())
    }
    guard file.st_mode & S_IFMT == S_IFREG else {
      throw FeatureStoreError.cannotMake(path, reason: "no regular file stands there")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw errno == EWOULDBLOCK
        ? FeatureStoreError.inUse(path)
        : FeatureStoreError.cannotMake(path, reason: lastReason())
    }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard size == 0 || begins(descriptor, with: name) else {
      throw FeatureStoreError.cannotMake(path, reason: "another program's file stands there")
    }
    return size
  }

  /// Leaves the name alone, so that a process that ends in between leaves a file of this kind.
  private static func empty(_ descriptor: Int32, _ path: String, leaving name: [UInt8]) throws {
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, name, name.count, 0) == name.count
    else {
      throw FeatureStoreError.cannotMake(path, reason: lastReason())
    }
  }

  private static func begins(_ descriptor: Int32, with header: [UInt8]) -> Bool {
    var found = [UInt8](repeating: 0, count: header.count)
    return pread(descriptor, &found, header.count, 0) == header.count && found == header
  }

  /// Makes the file so large, with zeros behind what is there. On Linux its room on the disk is taken at
  /// once, so that a store that cannot be filled is not begun. Where there is too little room none is
  /// taken, so that no other file is without it for a moment.
  private static func reserve(_ descriptor: Int32, _ byteCount: Int, _ path: String) throws {
    var code: Int32
    repeat {
      #if os(Linux)
        code =
          hasRoom(descriptor, byteCount)
          ? posix_fallocate(descriptor, 0, off_t(byteCount)) : ENOSPC
      #else
        code = ftruncate(descriptor, off_t(byteCount)) == 0 ? 0 : errno
      #endif
    } while code == EINTR
    guard code == 0 else {
      throw FeatureStoreError.noRoom(
        path,
        bytes: byteCount,
        reason: String(cString: strerror(code))
      )
    }
  }

  /// Whether the file system has what the file lacks; true where it does not tell.
  private static func hasRoom(_ descriptor: Int32, _ byteCount: Int) -> Bool {
    var system = statvfs()
    var file = stat()
    guard fstatvfs(descriptor, &system) == 0, fstat(descriptor, &file) == 0 else { return true }
    // POSIX counts a file's blocks in 512 bytes.
    let missing = max(0, byteCount - Int(file.st_blocks) * 512)
    return missing / max(1, Int(system.f_frsize)) <= Int(system.f_bavail)
  }
}

private func lastReason() -> String {
  String(cString: strerror(errno))
}

/// Why features cannot be kept.
public enum FeatureStoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be made or opened.
  case cannotMake(String, reason: String)
  /// There is no room for a file of so many bytes.
  case noRoom(String, bytes: Int, reason: String)
  /// Another process has the file.
  case inUse(String)
  /// The file could not be read or written any more.
  case lost(String, reason: String)

  /// One sentence for a person: what is wrong and what to do.
  public var description: String {
    switch self {
    case .cannotMake(let path, let reason):
      "the feature cache \(path) cannot be made (\(reason)): give another place, or keep no features"
    case .noRoom(let path, let bytes, let reason):
      "the feature cache \(path) needs \(bytes) bytes (\(reason)): make room, or lower its budget"
    case .inUse(let path):
      "the feature cache \(path) is in use by another process: wait for its end, or give another place"
    case .lost(let path, let reason):
      "the feature cache \(path) was given up (\(reason)): see to its disk, or give another place"
    }
  }
}
