import Foundation

/// What a safetensors file's metadata say of its tensors: a value as JSON, with the version of the
/// format beside its keys.
struct FileDescription<Content: Codable>: Codable {
  var content: Content

  private enum CodingKeys: CodingKey {
    case version
  }

  /// The only version so far.
  private static var version: Int { 1 }

  init(_ content: Content) {
    self.content = content
  }

  /// Reads the version, and the value if it is of this one.
  ///
  /// - Throws: `DecodingError`, `FileVersionError`, and what the value's own decoding throws.
  init(from decoder: any Decoder) throws {
    let found = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .version)
    guard found == Self.version else {
      throw FileVersionError(found: found, known: Self.version)
    }
    content = try Content(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.version, forKey: .version)
    try content.encode(to: encoder)
  }

  /// The description in JSON, its keys sorted.
  ///
  /// - Throws: `EncodingError` for a number that JSON has no word for.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The value of a description in JSON.
  ///
  /// - Throws: As `init(from:)`.
  static func content(ofJSON text: String) throws -> Content {
    try JSONDecoder().decode(Self.self, from: Data(text.utf8)).content
  }
}

/// A file of another version than the one that is read here.
struct FileVersionError: Error, Equatable, CustomStringConvertible {
  var found: Int
  var known: Int

  var description: String {
    "its format has the version \(found), and this freezeout reads version \(known)"
  }
}
