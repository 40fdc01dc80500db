import Foundation

/// One of the program's output streams.
struct Terminal: Sendable {
  let descriptor: Int32

  /// What the program was asked for.
  static let standardOutput = Terminal(descriptor: 1)
  /// Messages beside it.
  static let standardError = Terminal(descriptor: 2)

  /// Whether a person looks at the stream, on a terminal that can rewrite a line.
  var isInteractive: Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// The width in columns; 80 where it is not known.
  var width: Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes at once what only accompanies the work: a stream that takes nothing does not end it.
  func write(_ text: String) {
    try? writeAll(text)
  }

  /// Writes a line of the result at once.
  ///
  /// - Throws: `TerminalError` when the stream does not take it. A reader that went away, having seen
  ///   enough, is no error.
  func result(_ text: String) throws {
    try writeAll(text + "\n")
  }

  private func writeAll(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      guard written < 0 else {
        bytes = bytes.dropFirst(written)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilWritable()
      case EPIPE: return
      default: throw TerminalError(reason: String(cString: strerror(errno)))
      }
    }
  }

  private func waitUntilWritable() {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&request, 1, -1)
  }
}

extension Terminal {
  /// Makes the process's streams safe to write to. Once, before anything else.
  static func prepare() {
    // By default the system ends a program that writes to a pipe without a reader.
    signal(SIGPIPE, SIG_IGN)
    // ... and one that writes past the greatest size that it may give a file.
    signal(SIGXFSZ, SIG_IGN)
    // The next file that is opened would become a stream that was closed.
    for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }
}

/// Output that could not be written.
struct TerminalError: Error, CustomStringConvertible {
  let reason: String

  var description: String {
    "the result cannot be written (\(reason)): give another output"
  }
}
