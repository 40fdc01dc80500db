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
  /// How hard the images are; tuned as `GeneratedDataset` says.
  enum Difficulty {
    static let radius: ClosedRange<Float> = 7...12
    static let offset: Float = 4
    static let scrapRadius: ClosedRange<Float> = 2...4
    static let scraps = 3
    static let noise: ClosedRange<Float> = 5...22
    /// The brightness (mean of the channels) of the background's and the object's colours, in byte
    /// values: the object is the brighter one.
    static let backgroundBrightness: ClosedRange<Float> = 0...115
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

// MARK: - Painting

extension GeneratedScene {
  /// Writes the bytes `[3, 32, 32]` of the scene.
  func paint(
    into image: UnsafeMutableBufferPointer<UInt8>,
    using generator: inout SeededGenerator
  ) {
    let middle = Float(ImageDataset.side - 1) / 2
    for row in 0..<ImageDataset.side {
      for column in 0..<ImageDataset.side {
        let place = SIMD2(Float(column) - middle, Float(row) - middle)
        var colour = background.colour(at: place)
        object.cover(&colour, at: place)
        for scrap in scraps { scrap.cover(&colour, at: place) }
        colour += Self.noise(using: &generator) * noise
        let pixel = row * ImageDataset.side + column
        for channel in 0..<ImageDataset.channels {
          let value = min(max(colour[channel] + 0.5, 0), 255)
          image[channel * ImageDataset.bytesPerPlane + pixel] = UInt8(value)
        }
      }
    }
  }

  /// Nearly normal noise of mean 0 and standard deviation 1 for three channels from one number: for
  /// each the sum of three uniform numbers of seven bits, whose standard deviation is 1/2.
  private static func noise(using generator: inout SeededGenerator) -> SIMD3<Float> {
    let bits = generator.next()
    func sum(_ shift: UInt64) -> Float {
      let a = (bits >> shift) & 127
      let b = (bits >> (shift + 7)) & 127
      let c = (bits >> (shift + 14)) & 127
      return Float(a + b + c)
    }
    return (SIMD3(sum(0), sum(21), sum(42)) * (1 / 127) - 1.5) * 2
  }
}

extension GeneratedScene.Layer {
  /// The colour of the texture at a place, as if the shape had no end.
  func colour(at place: SIMD2<Float>) -> SIMD3<Float> {
    let local = Self.coordinates(of: place - centre, along: textureDirection) / radius
    let blend = texture.blend(local.x, local.y)
    return colours.0 + (colours.1 - colours.0) * blend
  }

  /// Lays the shape over a colour, as far as it covers the pixel at a place.
  func cover(_ under: inout SIMD3<Float>, at place: SIMD2<Float>) {
    let offset = place - centre
    // No shape reaches farther than 1.2 radii from its centre.
    let reach = 1.2 * radius + 1
    guard offset.x.magnitude < reach, offset.y.magnitude < reach else { return }
    let local = Self.coordinates(of: offset, along: shapeDirection) / radius
    let coverage = min(max(0.5 - shape.distance(local.x, local.y) * radius, 0), 1)
    if coverage > 0 { under += (colour(at: place) - under) * coverage }
  }

  private static func coordinates(
    of offset: SIMD2<Float>,
    along direction: SIMD2<Float>
  ) -> SIMD2<Float> {
    SIMD2(
      offset.x * direction.x + offset.y * direction.y,
      offset.y * direction.x - offset.x * direction.y
    )
  }
}
