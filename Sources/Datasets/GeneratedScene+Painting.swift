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
    let blend = texture.blend(local.x, local.y, repeats: repeats)
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
