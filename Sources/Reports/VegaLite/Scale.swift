/// How values become places, colours, shapes and dashes.
struct Scale: Hashable, Sendable, Encodable {
  /// The values that it is for.
  enum Domain: Hashable, Sendable, Encodable {
    case numbers(Double, Double)
    case words([String])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .numbers(let least, let greatest): try container.encode([least, greatest])
      case .words(let words): try container.encode(words)
      }
    }
  }

  /// What they become.
  enum Range: Hashable, Sendable, Encodable {
    /// Colours, or names of shapes.
    case words([String])
    /// Lengths of dashes and gaps, in pixels.
    case dashes([[Double]])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .words(let words): try container.encode(words)
      case .dashes(let dashes): try container.encode(dashes)
      }
    }
  }

  /// A part of a named scheme of colours.
  struct Scheme: Hashable, Sendable, Encodable {
    var name: String
    /// Where the part begins and ends, from 0 to 1.
    var extent: [Double]
  }

  var domain: Domain?
  var range: Range?
  var scheme: Scheme?
  var zero: Bool?
  /// Whether the axis ends at round numbers.
  var nice: Bool?
  var reverse: Bool?
  /// How many pixels are kept free at both ends.
  var padding: Double?

  /// Whether the values are what they become: colours by name.
  private var isIdentity = false

  init(
    domain: Domain? = nil,
    range: Range? = nil,
    scheme: Scheme? = nil,
    zero: Bool? = nil,
    nice: Bool? = nil,
    reverse: Bool? = nil,
    padding: Double? = nil
  ) {
    self.domain = domain
    self.range = range
    self.scheme = scheme
    self.zero = zero
    self.nice = nice
    self.reverse = reverse
    self.padding = padding
  }

  /// The values are colours already.
  static let identity = {
    var scale = Scale()
    scale.isIdentity = true
    return scale
  }()

  private enum CodingKeys: CodingKey {
    case domain, range, scheme, zero, nice, reverse, padding
  }

  func encode(to encoder: any Encoder) throws {
    guard !isIdentity else {
      var container = encoder.singleValueContainer()
      return try container.encodeNil()
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(domain, forKey: .domain)
    try container.encodeIfPresent(range, forKey: .range)
    try container.encodeIfPresent(scheme, forKey: .scheme)
    try container.encodeIfPresent(zero, forKey: .zero)
    try container.encodeIfPresent(nice, forKey: .nice)
    try container.encodeIfPresent(reverse, forKey: .reverse)
    try container.encodeIfPresent(padding, forKey: .padding)
  }

  /// Words in an order, and what each becomes.
  static func words(_ domain: [String], _ range: Range) -> Scale {
    Scale(domain: .words(domain), range: range)
  }
}
