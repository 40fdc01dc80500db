/// What a feature store holds: features of one shape, a slot for every input.
public struct FeatureLayout: Hashable, Sendable {
  /// How numbers are kept.
  public enum Precision: String, CaseIterable, Hashable, Sendable, Codable {
    /// As they are: what is read is what was kept, bit by bit.
    case float32
    /// The upper half of their bits, rounded to the nearest: half of the memory, three digits.
    case bfloat16

    /// The size of a number, in bytes.
    public var byteCount: Int {
      switch self {
      case .float32: 4
      case .bfloat16: 2
      }
    }
  }

  /// The digest of everything that the features depend on, 32 bytes (`ContentDigest`).
  public let identity: [UInt8]
  /// The number of inputs.
  public let slotCount: Int
  /// The features of an input, `[C, H, W]`.
  public let shape: [Int]
  /// How numbers are kept.
  public let precision: Precision

  /// What a store is to hold.
  ///
  /// - Precondition: the identity has 32 bytes, the shape three sizes, and nothing is empty.
  public init(identity: [UInt8], slotCount: Int, shape: [Int], precision: Precision) {
    precondition(
      identity.count == 32 && shape.count == 3 && slotCount >= 1 && shape.allSatisfy { $0 >= 1 },
      "\(slotCount) slots of \(shape), identity of \(identity.count) bytes"
    )
    self.identity = identity
    self.slotCount = slotCount
    self.shape = shape
    self.precision = precision
  }

  /// The numbers of a slot.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The bytes of a slot.
  public var slotBytes: Int { elementCount * precision.byteCount }

  // MARK: - The file

  /// A page, in which the header lies and at which the features begin.
  static let pageBytes = 4096

  /// Where the states begin: eight bytes a slot.
  static var statesOffset: Int { pageBytes }

  /// What a file of so many slots takes besides their features, in bytes: the header's page, and the
  /// slots' states in whole pages.
  ///
  /// - Precondition: there are no more slots than memory could have room for.
  public static func overheadBytes(slotCount: Int) -> Int {
    statesOffset + (slotCount * 8 + pageBytes - 1) / pageBytes * pageBytes
  }

  /// Where the features begin.
  var featuresOffset: Int { Self.overheadBytes(slotCount: slotCount) }

  /// The size of the file.
  var fileBytes: Int { featuresOffset + slotCount * slotBytes }

  /// The bytes by which a file is told to be one of features.
  static let name = Array("freezeout features\n".utf8)

  /// What the file begins with: a name, a version, everything above, and a checksum of all that.
  var header: [UInt8] {
    var bytes = Self.name
    for number in [1, slotCount] + shape + [precision.byteCount] {
      withUnsafeBytes(of: UInt64(number).littleEndian) { bytes += $0 }
    }
    bytes += identity
    withUnsafeBytes(of: bytes.withUnsafeBytes(ContentDigest.short).littleEndian) { checksum in
      bytes += checksum
    }
    return bytes
  }
}
