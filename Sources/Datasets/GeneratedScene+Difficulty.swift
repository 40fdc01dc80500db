extension GeneratedScene {
  /// How hard a data set's images are; what it comes to is said at `GeneratedDataset`.
  ///
  /// Brightness is the mean of the channels; brightness, noise and contrast are in byte values.
  struct Difficulty: Sendable {
    /// The object's radius, in pixels.
    let radius: ClosedRange<Float>
    /// How far the object's centre is from the image's, at most, along each axis, in pixels.
    let offset: Float
    /// The least cosine of the angle by which anything is turned; -1 for any angle.
    let leastCosine: Float
    /// Periods of a repeating texture in one radius.
    let repeats: Float
    /// What the background can have for a texture.
    let backgroundTextures: [GeneratedTexture]
    /// The brightness of the background's two colours.
    let backgroundBrightness: ClosedRange<Float>
    /// The brightness of the first of the object's two colours: the object is brighter than the
    /// background.
    let objectBrightness: ClosedRange<Float>
    /// The brightness of the second of the object's two colours, which makes its pattern.
    let patternBrightness: ClosedRange<Float>
    /// The least distance of the two colours of a texture.
    let contrast: Float
    /// How many scraps lie about, at most.
    let scraps: Int
    /// A scrap's radius, in pixels.
    let scrapRadius: ClosedRange<Float>
    /// The standard deviation of the noise.
    let noise: ClosedRange<Float>
  }
}

extension GeneratedScene.Difficulty {
  /// Where the shape alone is to be named.
  static let shapes = Self(
    radius: 7...12,
    offset: 4,
    leastCosine: -1,
    repeats: 1.7,
    backgroundTextures: GeneratedTexture.allCases,
    backgroundBrightness: 0...120,
    objectBrightness: 125...255,
    patternBrightness: 125...255,
    contrast: 60,
    scraps: 4,
    scrapRadius: 2...4.5,
    noise: 6...25
  )

  /// Where shape and texture are to be named: with the settings of `shapes` a texture is too fine,
  /// and its colours too much alike, for a small network to learn it in a short run.
  static let texturedShapes = Self(
    radius: 8.5...13,
    offset: 3,
    leastCosine: 0.6,
    repeats: 1.2,
    backgroundTextures: [.plain, .shaded],
    backgroundBrightness: 0...80,
    objectBrightness: 100...165,
    patternBrightness: 180...255,
    contrast: 80,
    scraps: 4,
    scrapRadius: 2...4.5,
    noise: 6...25
  )
}
