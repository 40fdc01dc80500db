import Foundation
import Reports

/// The one line that tells how far long work is: rewritten in place where a person looks at it, and
/// a plain line now and then where the output goes to a file.
final class ProgressLine {
  private let terminal: Terminal
  private let isInteractive: Bool
  private let clock = ContinuousClock()
  private var lastUpdate: ContinuousClock.Instant
  private var isShown = false

  /// Whether none is shown: in a process of a job that another one speaks for. Set once, before the work.
  nonisolated(unsafe) static var isSilent = false

  private static let interactiveInterval = Duration.milliseconds(100)
  private static let plainInterval = Duration.seconds(30)
  private static let barWidth = 20

  init(_ terminal: Terminal) {
    self.terminal = terminal
    isInteractive = terminal.isInteractive
    lastUpdate = clock.now
  }

  /// Shows progress, unless it was shown a moment ago.
  ///
  /// - Parameters:
  ///   - fraction: The share that is done.
  ///   - text: What else to say, after the bar; asked for only if it is shown.
  func update(_ fraction: Double, _ text: () -> String) {
    let interval = isInteractive ? Self.interactiveInterval : Self.plainInterval
    guard !Self.isSilent, clock.now - lastUpdate >= interval else { return }
    lastUpdate = clock.now
    if isInteractive {
      let line = "\(bar(fraction)) \(text())"
      terminal.write("\r\u{1B}[K" + String(line.prefix(terminal.width - 1)))
      isShown = true
    } else {
      terminal.write("  \(Int((fraction * 100).rounded(.down))) % \(text())\n")
    }
  }

  /// Writes a sentence that stays, in place of the progress: on a terminal in lines of whole words, in
  /// a file in one.
  func line(_ text: String) {
    clear()
    let lines =
      isInteractive && text.count > terminal.width
      ? text.wrapped(to: terminal.width - Self.indent.count) : [text]
    terminal.write(lines.joined(separator: "\n" + Self.indent) + "\n")
  }

  /// Writes a line of figures that stays, in place of the progress: on a terminal without those at the
  /// end that do not fit.
  func figures(_ words: [String]) {
    clear()
    var words = words
    while isInteractive, words.count > 1, Self.row(words).count > terminal.width {
      words.removeLast()
    }
    terminal.write(Self.row(words) + "\n")
  }

  private static let indent = "  "

  private static func row(_ words: [String]) -> String {
    words.joined(separator: "  ")
  }

  /// Takes the progress away.
  func clear() {
    if isShown { terminal.write("\r\u{1B}[K") }
    isShown = false
  }

  private func bar(_ fraction: Double) -> String {
    let done = Int((min(max(fraction, 0), 1) * Double(Self.barWidth)).rounded(.down))
    return String(repeating: "█", count: done)
      + String(repeating: "░", count: Self.barWidth - done)
      + " \(Int((fraction * 100).rounded(.down)))%".padded(to: 5)
  }
}
