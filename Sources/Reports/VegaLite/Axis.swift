/// The axis of a place.
struct Axis: Hashable, Sendable, Encodable {
  var grid: Bool?
  /// The least step between two ticks.
  var tickMinStep: Double?
}

/// The key to colours, shapes and dashes.
enum Legend: Hashable, Sendable, Encodable {
  /// No key.
  case hidden
  /// A key of lines, long enough to show how they are dashed.
  case lines
  /// A strip of colours beside the chart, with numbers at so many places.
  case strip(values: [Double])

  private enum CodingKeys: CodingKey {
    case orient, values, format, direction, symbolSize
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .hidden:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .lines:
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(900, forKey: .symbolSize)
    case .strip(let values):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode("right", forKey: .orient)
      try container.encode("vertical", forKey: .direction)
      try container.encode(values, forKey: .values)
      try container.encode("d", forKey: .format)
    }
  }
}
