import Foundation

/// A file of a fixed size whose bytes are memory, kept from other processes as long as this object is
/// alive.
final class MappedFile: Sendable {
  /// What was found in its place.
  enum State {
    case new, asExpected, replaced
  }

  let state: State
  /// The bytes of the file.
  nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer
  private let path: String
  private let descriptor: Int32

  /// Opens the file where it has the size and begins with the header, else makes it anew, of zeros.
  ///
  /// - Throws: `FeatureStoreError`
  init(_ url: URL, byteCount: Int, expecting header: [UInt8]) throws {
    let path = url.path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FeatureStoreError.cannotMake(path, reason: lastReason()) }
    var isOurs = false
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw errno == EWOULDBLOCK
          ? FeatureStoreError.inUse(path)
          : FeatureStoreError.cannotMake(path, reason: lastReason())
      }
      isOurs = true
      let size = Int(lseek(descriptor, 0, SEEK_END))
      let isWhole = size == byteCount && Self.begins(descriptor, with: header)
      if !isWhole, ftruncate(descriptor, 0) != 0 {
        throw FeatureStoreError.cannotMake(path, reason: lastReason())
      }
      // A whole one as well: a copy of it may have holes.
      try Self.reserve(descriptor, byteCount, path)
      memory = try Self.map(descriptor, byteCount, path)
      state = isWhole ? .asExpected : size == 0 ? .new : .replaced
    } catch {
      // What it held is gone, if it held anything.
      if isOurs { unlink(path) }
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    munmap(memory.baseAddress, memory.count)
    close(descriptor)
  }

  func write(_ bytes: [UInt8], at offset: Int) {
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(rebasing: memory[offset...]).copyMemory(from: $0)
    }
  }

  func remove() {
    unlink(path)
  }

  private static func begins(_ descriptor: Int32, with header: [UInt8]) -> Bool {
    var found = [UInt8](repeating: 0, count: header.count)
    return pread(descriptor, &found, header.count, 0) == header.count && found == header
  }

  /// Makes the file so large, with zeros behind what is there. Its room on the disk is taken at once: a
  /// full disk is an error here, where writing to memory that has no room behind it would end the
  /// process. Where there is too little room none is taken, so that no other file is without it for a
  /// moment.
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
      ftruncate(descriptor, 0)
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

  private static func map(_ descriptor: Int32, _ byteCount: Int, _ path: String) throws
    -> UnsafeMutableRawBufferPointer
  {
    let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw FeatureStoreError.cannotMake(path, reason: lastReason())
    }
    return UnsafeMutableRawBufferPointer(start: address, count: byteCount)
  }
}

private func lastReason() -> String {
  String(cString: strerror(errno))
}

/// Why features cannot be kept.
public enum FeatureStoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be made, opened or mapped.
  case cannotMake(String, reason: String)
  /// There is no room for a file of so many bytes.
  case noRoom(String, bytes: Int, reason: String)
  /// Another process has the file.
  case inUse(String)

  /// One sentence for a person: what is wrong and what to do.
  public var description: String {
    switch self {
    case .cannotMake(let path, let reason):
      "the feature cache \(path) cannot be made (\(reason)): give another place, or keep no features"
    case .noRoom(let path, let bytes, let reason):
      "the feature cache \(path) needs \(bytes) bytes (\(reason)): make room, or lower its budget"
    case .inUse(let path):
      "the feature cache \(path) is in use by another process: wait for its end, or give another place"
    }
  }
}
