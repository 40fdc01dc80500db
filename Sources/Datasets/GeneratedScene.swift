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
    /// Periods of the texture in one radius.
    let repeats: Float
  }

  let background: Layer
  let object: Layer
  let scraps: [Layer]
  /// The standard deviation of the noise, in byte values.
  let noise: Float
}

// MARK: - Drawing at random

extension GeneratedScene {
  /// The scene of an object of a given shape and texture.
  init(
    shape: GeneratedShape,
    texture: GeneratedTexture,
    difficulty: Difficulty,
    using generator: inout SeededGenerator
  ) {
    let behind = difficulty.colours(
      difficulty.backgroundBrightness,
      difficulty.backgroundBrightness,
      using: &generator
    )
    let backgroundTextures = difficulty.backgroundTextures
    background = difficulty.layer(
      shape: .disc,
      texture: backgroundTextures[generator.integer(below: backgroundTextures.count)],
      radius: 10...24,
      offset: 16,
      colours: behind,
      using: &generator
    )
    object = difficulty.layer(
      shape: shape,
      texture: texture,
      radius: difficulty.radius,
      offset: difficulty.offset,
      colours: difficulty.colours(
        difficulty.objectBrightness,
        difficulty.patternBrightness,
        using: &generator
      ),
      using: &generator
    )
    var scraps: [Layer] = []
    for _ in 0..<generator.integer(below: difficulty.scraps + 1) {
      scraps.append(difficulty.scrap(using: &generator))
    }
    self.scraps = scraps
    noise = generator.real(from: difficulty.noise.lowerBound, to: difficulty.noise.upperBound)
  }
}

extension GeneratedScene.Difficulty {
  fileprivate func scrap(using generator: inout SeededGenerator) -> GeneratedScene.Layer {
    let shapes = GeneratedShape.allCases
    return layer(
      shape: shapes[generator.integer(below: shapes.count)],
      texture: .plain,
      radius: scrapRadius,
      offset: 15,
      colours: colours(0...255, 0...255, using: &generator),
      using: &generator
    )
  }

  fileprivate func layer(
    shape: GeneratedShape,
    texture: GeneratedTexture,
    radius: ClosedRange<Float>,
    offset: Float,
    colours: (SIMD3<Float>, SIMD3<Float>),
    using generator: inout SeededGenerator
  ) -> GeneratedScene.Layer {
    let x = generator.real(from: -offset, to: offset)
    let y = generator.real(from: -offset, to: offset)
    return GeneratedScene.Layer(
      shape: shape,
      texture: texture,
      centre: SIMD2(x, y),
      radius: generator.real(from: radius.lowerBound, to: radius.upperBound),
      shapeDirection: direction(using: &generator),
      textureDirection: direction(using: &generator),
      colours: colours,
      repeats: repeats
    )
  }

  /// A uniform unit vector within `leastCosine` of the x axis: a point of the disc, by rejection from
  /// the square, brought to length 1.
  private func direction(using generator: inout SeededGenerator) -> SIMD2<Float> {
    while true {
      let x = generator.real(from: -1, to: 1)
      let y = generator.real(from: -1, to: 1)
      let square = x * x + y * y
      if square <= 1, square > 0.01 {
        let length = square.squareRoot()
        if x / length >= leastCosine { return SIMD2(x / length, y / length) }
      }
    }
  }

  /// Two colours of the given brightnesses (mean of the channels) that differ by `contrast`.
  fileprivate func colours(
    _ firstBrightness: ClosedRange<Float>,
    _ secondBrightness: ClosedRange<Float>,
    using generator: inout SeededGenerator
  ) -> (SIMD3<Float>, SIMD3<Float>) {
    while true {
      let first = Self.colour(brightness: firstBrightness, using: &generator)
      let second = Self.colour(brightness: secondBrightness, using: &generator)
      let difference = first - second
      let square =
        difference.x * difference.x + difference.y * difference.y + difference.z * difference.z
      if square >= contrast * contrast { return (first, second) }
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
