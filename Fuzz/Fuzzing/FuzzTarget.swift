import Foundation

/// A reader of files, fed with any bytes.
protocol FuzzTarget {
  /// What `scripts/fuzz` and the corpus's folder call it.
  static var name: String { get }

  /// How inputs are changed.
  static var mutation: Mutation { get }

  /// The most bytes of memory that an input of so many bytes may take at once.
  static func memory(ofInputOf byteCount: Int) -> Int

  /// Whether the reader announces an error of this type.
  static func expects(_ error: any Error) -> Bool

  init() throws

  /// Inputs to begin with, by name.
  func seeds() throws -> [String: Data]

  /// Reads an input and checks with `require` what must hold of it.
  ///
  /// - Throws: What the reader throws.
  func run(_ data: Data) throws
}

/// How inputs of a target are changed.
enum Mutation {
  /// As libFuzzer does by itself.
  case text
  /// Half of the time by what JSON is made of.
  case json
}

extension FuzzTarget {
  static var mutation: Mutation { .json }

  /// JSON of some bytes becomes values of some dozens of bytes each, twice, once written and read again.
  static func memory(ofInputOf byteCount: Int) -> Int { 1 << 20 + 256 * byteCount }
}

/// Ends the process where a property does not hold; libFuzzer keeps the input then.
func require(_ holds: Bool, _ message: @autoclosure () -> String) {
  guard !holds else { return }
  FileHandle.standardError.write(Data("\nFUZZ: \(message())\n".utf8))
  abort()
}

/// A value that is there by construction.
func required<Value>(_ value: Value?, _ message: @autoclosure () -> String) -> Value {
  guard let value else {
    require(false, message())
    exit(1)
  }
  return value
}
