/// What is seen in one generated image, drawn at random and then painted.
///
/// From back to front: a textured background; the object, whose shape and texture are the label;
/// small scraps, in front of it or beside it; noise. Only operations that IEEE 754 defines to the
/// last bit are used (no sine, no logarithm), so that the bytes are the same on every platform.
struct GeneratedScene {
  /// A textured shape somewhere in the image.
  struct Layer {
    let shape: GeneratedShape
    let texture: GeneratedTexture
    /// In pixels, from the middle of the image.
    let centre: SIMD2<Float>
    /// In pixels.
    let radius: Float
    /// The unit vector that the shape's x axis points along.
    let shapeDirection: SIMD2<Float>
    /// The unit vector that the texture's x axis points along.
    let textureDirection: SIMD2<Float>
    let colours: (SIMD3<Float>, SIMD3<Float>)
  }

  let background: Layer
  let object: Layer
  let scraps: [Layer]
  /// The standard deviation of the noise, in byte values.
  let noise: Float
}

// MARK: - Drawing at random

extension GeneratedScene {
  /// How hard the images are; what it comes to is said at `GeneratedDataset`.
  enum Difficulty {
    /// The object's radius, in pixels.
    static let radius: ClosedRange<Float> = 7...12
    /// How far the object's centre is from the image's, at most, along each axis, in pixels.
    static let offset: Float = 4
    /// How many scraps lie about, at most.
    static let scraps = 4
    /// A scrap's radius, in pixels.
    static let scrapRadius: ClosedRange<Float> = 2...4.5
    /// The standard deviation of the noise, in byte values.
    static let noise: ClosedRange<Float> = 6...25
    /// The brightness (mean of the channels) of the background's and the object's colours, in byte
    /// values: the object is the brighter one.
    static let backgroundBrightness: ClosedRange<Float> = 0...120
    static let objectBrightness: ClosedRange<Float> = 125...255
    /// Least distance of the two colours of a texture, in byte values.
    static let contrast: Float = 60
  }

  /// The scene of an object of a given shape and texture.
  init(
    shape: GeneratedShape,
    texture: GeneratedTexture,
    using generator: inout SeededGenerator
  ) {
    let behind = Self.pair(brightness: Difficulty.backgroundBrightness, using: &generator)
    background = Self.layer(
      shape: .disc,
      texture: Self.texture(using: &generator),
      radius: 10...24,
      offset: 16,
      colours: behind,
      using: &generator
    )
    object = Self.layer(
      shape: shape,
      texture: texture,
      radius: Difficulty.radius,
      offset: Difficulty.offset,
      colours: Self.pair(brightness: Difficulty.objectBrightness, using: &generator),
      using: &generator
    )
    var scraps: [Layer] = []
    for _ in 0..<generator.integer(below: Difficulty.scraps + 1) {
      scraps.append(Self.scrap(using: &generator))
    }
    self.scraps = scraps
    noise = generator.real(from: Difficulty.noise.lowerBound, to: Difficulty.noise.upperBound)
  }

  private static func scrap(using generator: inout SeededGenerator) -> Layer {
    let shapes = GeneratedShape.allCases
    return layer(
      shape: shapes[generator.integer(below: shapes.count)],
      texture: .plain,
      radius: Difficulty.scrapRadius,
      offset: 15,
      colours: pair(brightness: 0...255, using: &generator),
      using: &generator
    )
  }

  private static func layer(
    shape: GeneratedShape,
    texture: GeneratedTexture,
    radius: ClosedRange<Float>,
    offset: Float,
    colours: (SIMD3<Float>, SIMD3<Float>),
    using generator: inout SeededGenerator
  ) -> Layer {
    let x = generator.real(from: -offset, to: offset)
    let y = generator.real(from: -offset, to: offset)
    return Layer(
      shape: shape,
      texture: texture,
      centre: SIMD2(x, y),
      radius: generator.real(from: radius.lowerBound, to: radius.upperBound),
      shapeDirection: direction(using: &generator),
      textureDirection: direction(using: &generator),
      colours: colours
    )
  }

  private static func texture(using generator: inout SeededGenerator) -> GeneratedTexture {
    let textures = GeneratedTexture.allCases
    return textures[generator.integer(below: textures.count)]
  }

  /// A uniform unit vector: a point of the disc, by rejection from the square, brought to length 1.
  private static func direction(using generator: inout SeededGenerator) -> SIMD2<Float> {
    while true {
      let x = generator.real(from: -1, to: 1)
      let y = generator.real(from: -1, to: 1)
      let square = x * x + y * y
      if square <= 1, square > 0.01 {
        let length = square.squareRoot()
        return SIMD2(x / length, y / length)
      }
    }
  }

  /// Two colours of the given brightness (mean of the channels) that differ by
  /// `Difficulty.contrast`.
  private static func pair(
    brightness: ClosedRange<Float>,
    using generator: inout SeededGenerator
  ) -> (SIMD3<Float>, SIMD3<Float>) {
    while true {
      let first = colour(brightness: brightness, using: &generator)
      let second = colour(brightness: brightness, using: &generator)
      let difference = first - second
      let square =
        difference.x * difference.x + difference.y * difference.y + difference.z * difference.z
      if square >= Difficulty.contrast * Difficulty.contrast { return (first, second) }
    }
  }

  private static func colour(
    brightness: ClosedRange<Float>,
    using generator: inout SeededGenerator
  ) -> SIMD3<Float> {
    while true {
      let red = generator.real(from: 0, to: 255)
      let green = generator.real(from: 0, to: 255)
      let blue = generator.real(from: 0, to: 255)
      if brightness.contains((red + green + blue) / 3) { return SIMD3(red, green, blue) }
    }
  }
}
