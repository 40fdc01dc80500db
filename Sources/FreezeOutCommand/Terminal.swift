import Foundation

/// One of the program's output streams.
struct Terminal: Sendable {
  private let descriptor: Int32

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

  /// Writes at once. A reader that went away is no error of the run's.
  func write(_ text: String) {
    // By default the system ends a program that writes to a pipe without a reader.
    signal(SIGPIPE, SIG_IGN)
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }

  /// Writes a line at once.
  func line(_ text: String) {
    write(text + "\n")
  }
}
