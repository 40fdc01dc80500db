/// What a row of a table is drawn as.
struct Mark: Hashable, Sendable, Encodable {
  /// The kinds that the charts use.
  enum Kind: String, Hashable, Sendable, Encodable {
    case line, point, rect, rule, text
  }

  /// How a text stands to its place, across.
  enum Align: String, Hashable, Sendable, Encodable {
    case left, center, right
  }

  /// How a text stands to its place, upright.
  enum Baseline: String, Hashable, Sendable, Encodable {
    case top, middle, bottom
  }

  var type: Kind
  var filled: Bool?
  var color: String?
  var opacity: Double?
  /// The area of a point, in square pixels.
  var size: Double?
  var stroke: String?
  var strokeWidth: Double?
  var align: Align?
  var baseline: Baseline?
  /// The shift to the right, in pixels.
  var dx: Double?
  /// The shift downwards, in pixels.
  var dy: Double?
  var fontSize: Double?

  init(
    _ type: Kind,
    filled: Bool? = nil,
    color: String? = nil,
    opacity: Double? = nil,
    size: Double? = nil,
    stroke: String? = nil,
    strokeWidth: Double? = nil,
    align: Align? = nil,
    baseline: Baseline? = nil,
    dx: Double? = nil,
    dy: Double? = nil,
    fontSize: Double? = nil
  ) {
    self.type = type
    self.filled = filled
    self.color = color
    self.opacity = opacity
    self.size = size
    self.stroke = stroke
    self.strokeWidth = strokeWidth
    self.align = align
    self.baseline = baseline
    self.dx = dx
    self.dy = dy
    self.fontSize = fontSize
  }
}
