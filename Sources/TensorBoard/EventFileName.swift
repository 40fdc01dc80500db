/// What an event file is called: as TensorFlow calls its own (tensorflow/core/util/events_writer.cc), so
/// that TensorBoard finds it and reads the files of a folder in the order of their beginnings.
public struct EventFileName: Hashable, Sendable, CustomStringConvertible {
  private static let prefix = "events.out.tfevents."

  /// The name.
  public let description: String

  /// The name of a file that is begun now.
  ///
  /// - Parameters:
  ///   - seconds: Now, in seconds since 1970.
  ///   - host: The machine's name.
  ///   - process: The number of the process.
  ///   - writer: The program, to tell its files from others'.
  public init(seconds: Int, host: String, process: Int, writer: String) {
    let number = String(seconds)
    let digits = String(repeating: "0", count: max(0, 10 - number.count)) + number
    let plain = host.unicodeScalars.map { scalar in
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789.-".unicodeScalars.contains(scalar))
      return isPlain ? Character(scalar) : "-"
    }
    description = "\(Self.prefix)\(digits).\(String(plain)).\(process).\(writer)"
  }

  /// Whether a file of this name is an event file of a program.
  public static func isEventFile(_ name: String, of writer: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(".\(writer)")
  }
}
