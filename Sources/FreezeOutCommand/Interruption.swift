import Foundation
import Reports

/// A signal that asks the program to end, and that training answers between two iterations, where its
/// state can be kept. A second one ends the program at once.
enum Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  // Written by a signal's handler, which may take no lock: one word, set once.
  nonisolated(unsafe) private static var received: Int32 = 0

  /// Whether a second signal ends the program at once; not so in a process that makes a run for another
  /// one, since whoever ends both may send each a signal, and then the first passes its own on.
  nonisolated(unsafe) static var isHasty = true

  /// The signal that came while `watched` ran; nil for none.
  static var signal: Int32? { received == 0 ? nil : received }

  /// Runs the body while signals are noted and end nothing.
  ///
  /// - Throws: What the body throws.
  static func watched<Result>(_ body: () throws -> Result) rethrows -> Result {
    received = 0
    let handlers = signals.map { number in
      let before = Foundation.signal(number) { number in
        guard Interruption.received != 0 else {
          Interruption.received = number
          return
        }
        guard Interruption.isHasty else { return }
        Foundation.signal(number, SIG_DFL)
        raise(number)
      }
      // What runs in the background of a shell is not to be stopped by its keyboard, and what `nohup`
      // started not by its terminal.
      if isIgnored(before) { Foundation.signal(number, SIG_IGN) }
      return (number, before)
    }
    defer { for (number, before) in handlers { Foundation.signal(number, before) } }
    return try body()
  }

  private static func isIgnored(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// A run that ended because a signal asked for it, with its state kept.
struct InterruptedRun: ErrorWithStatus, CustomStringConvertible {
  let signal: Int32
  /// The number of iterations made.
  let iterations: Int
  let folder: String

  var description: String {
    "stopped after iteration \(iterations.grouped), which is kept in \(folder): the same command goes on "
      + "from there, for train with --resume"
  }

  /// What a shell makes of a program that a signal ended.
  var exitStatus: Int32 { 128 + signal }
}
