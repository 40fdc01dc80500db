/// The patterns of the generated images; shape and texture together are the classes of the data set
/// of a hundred.
enum GeneratedTexture: Int, CaseIterable, Sendable {
  case plain, striped, checked, dotted, meshed, ringed, shaded, glowing, halved, quartered

  /// How much of the second of two colours there is at a place, 0...1; coordinates in units of the
  /// shape's radius. Repeating patterns do so `repeats` times in one radius.
  func blend(_ x: Float, _ y: Float, repeats: Float) -> Float {
    switch self {
    case .plain: 0
    case .striped: Self.wave(x * repeats)
    case .checked: Self.either(Self.wave(x * repeats), Self.wave(y * repeats))
    case .dotted:
      Self.step(0.28 - Self.radius(Self.cell(x * repeats), Self.cell(y * repeats)))
    case .meshed:
      Self.step(
        max(Self.cell(x * repeats).magnitude, Self.cell(y * repeats).magnitude) - 0.32
      )
    case .ringed: Self.wave(Self.radius(x, y) * repeats)
    case .shaded: Self.clamp(0.5 + 0.6 * x)
    case .glowing: Self.clamp(1.15 * Self.radius(x, y))
    case .halved: Self.step(x)
    case .quartered: Self.either(Self.step(x), Self.step(y))
    }
  }

  /// Where in its cell of unit size a coordinate lies, -0.5...0.5.
  private static func cell(_ value: Float) -> Float {
    value - value.rounded(.down) - 0.5
  }

  private static func radius(_ x: Float, _ y: Float) -> Float {
    (x * x + y * y).squareRoot()
  }

  private static func clamp(_ value: Float) -> Float {
    min(max(value, 0), 1)
  }

  /// 0 below zero, 1 above, with an edge about as soft as a pixel is wide.
  private static func step(_ value: Float) -> Float {
    clamp(0.5 + 6 * value)
  }

  /// A square wave of period 1.
  private static func wave(_ value: Float) -> Float {
    step(0.25 - cell(value).magnitude)
  }

  /// One or the other, not both.
  private static func either(_ left: Float, _ right: Float) -> Float {
    left + right - 2 * left * right
  }
}
