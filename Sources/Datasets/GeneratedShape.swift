/// The outlines of the generated images: the classes of the data set of ten.
///
/// A shape has radius 1 about the origin. No two are alike under rotation, scaling and mirroring,
/// so that neither the images' own placement nor the augmentation turns a class into another.
enum GeneratedShape: Int, CaseIterable, Sendable {
  case disc, ring, square, frame, triangle, cross, star, dome, crescent, bars

  /// The distance to the outline, negative inside, in units of the radius; exact near edges, which
  /// is where it decides how a pixel is shared between inside and outside.
  func distance(_ x: Float, _ y: Float) -> Float {
    switch self {
    case .disc: Self.disc(x, y, radius: 0.9)
    case .ring: max(Self.disc(x, y, radius: 0.95), -Self.disc(x, y, radius: 0.5))
    case .square: Self.box(x, y, halfWidth: 0.75, halfHeight: 0.75)
    case .frame:
      max(
        Self.box(x, y, halfWidth: 0.8, halfHeight: 0.8),
        -Self.box(x, y, halfWidth: 0.4, halfHeight: 0.4)
      )
    case .triangle:
      // Equilateral, circumscribed radius 1: sides at distance 1/2, normals 120 degrees apart.
      max(y - 0.5, 0.8660254 * x.magnitude - 0.5 * y - 0.5)
    case .cross:
      min(
        Self.box(x, y, halfWidth: 0.95, halfHeight: 0.3),
        Self.box(x, y, halfWidth: 0.3, halfHeight: 0.95)
      )
    case .star:
      // Two crossed rhombi, half axes 1.1 and 0.4.
      min(
        Self.rhombus(x, y, halfWidth: 1.1, halfHeight: 0.4),
        Self.rhombus(x, y, halfWidth: 0.4, halfHeight: 1.1)
      )
    case .dome: max(Self.disc(x, y - 0.4, radius: 1), y - 0.4)
    case .crescent:
      max(Self.disc(x, y, radius: 0.95), -Self.disc(x, y - 0.55, radius: 0.75))
    case .bars: Self.box(x, y.magnitude - 0.55, halfWidth: 0.85, halfHeight: 0.27)
    }
  }

  private static func disc(_ x: Float, _ y: Float, radius: Float) -> Float {
    (x * x + y * y).squareRoot() - radius
  }

  private static func box(
    _ x: Float,
    _ y: Float,
    halfWidth: Float,
    halfHeight: Float
  ) -> Float {
    max(x.magnitude - halfWidth, y.magnitude - halfHeight)
  }

  private static func rhombus(
    _ x: Float,
    _ y: Float,
    halfWidth: Float,
    halfHeight: Float
  ) -> Float {
    let slant = (halfWidth * halfWidth + halfHeight * halfHeight).squareRoot()
    return (x.magnitude * halfHeight + y.magnitude * halfWidth - halfWidth * halfHeight) / slant
  }
}
