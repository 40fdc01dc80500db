/// The JSON at the start of a safetensors file: what lies where behind it.
struct SafetensorsHeader: Codable, Equatable {
  /// Where one tensor's elements are, in bytes from the end of the header.
  struct Entry: Codable, Equatable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  var entries: [String: Entry]
  var metadata: [String: String]
  private var hasMetadata: Bool

  static let metadataKey = "__metadata__"

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(entries: [String: Entry], metadata: [String: String]) {
    self.entries = entries
    self.metadata = metadata
    hasMetadata = !metadata.isEmpty
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    entries = [:]
    metadata = [:]
    hasMetadata = false
    for key in container.allKeys {
      if key.stringValue == Self.metadataKey {
        metadata = try container.decode([String: String].self, forKey: key)
        hasMetadata = true
      } else {
        entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    if hasMetadata {
      try container.encode(metadata, forKey: Key(Self.metadataKey))
    }
    for (name, entry) in entries {
      try container.encode(entry, forKey: Key(name))
    }
  }

  /// Whether the JSON that this header was read from says nothing else: no name twice, of which
  /// another reader might take the other one, and nothing that this one would pass over.
  func isAll(of json: some Sequence<UInt8>) -> Bool {
    var memberCount = 0
    var inString = false
    var isEscaped = false
    for byte in json {
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\") where inString: isEscaped = true
      case UInt8(ascii: "\""): inString.toggle()
      case UInt8(ascii: ":") where !inString: memberCount += 1
      default: break
      }
    }
    let entryMembers = 4 * entries.count
    let metadataMembers = hasMetadata ? 1 + metadata.count : 0
    return memberCount == entryMembers + metadataMembers
  }

  /// What is wrong with the entries, given the number of bytes behind the header; nil for nothing.
  ///
  /// The ranges must cover those bytes once, as the format demands: a file with holes could hide
  /// data, and one with overlaps could make a small file large.
  func fault(bodyByteCount: Int) -> String? {
    var end = 0
    for (name, entry) in entries.sorted(by: { Self.begin($0.value) < Self.begin($1.value) }) {
      guard entry.data_offsets.count == 2 else { return "\(name) has no two offsets" }
      let (first, last) = (entry.data_offsets[0], entry.data_offsets[1])
      guard first == end, last >= first else {
        return "\(name) lies at \(first)..<\(last) where \(end) was due"
      }
      guard last <= bodyByteCount else {
        return "\(name) ends at byte \(last) of \(bodyByteCount)"
      }
      guard entry.shape.allSatisfy({ $0 >= 0 }) else {
        return "\(name) has the shape \(entry.shape)"
      }
      end = last
    }
    return end == bodyByteCount ? nil : "the tensors end at byte \(end) of \(bodyByteCount)"
  }

  private static func begin(_ entry: Entry) -> (Int, Int) {
    (entry.data_offsets.first ?? -1, entry.data_offsets.last ?? -1)
  }
}
