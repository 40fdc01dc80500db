import Testing

@testable import Datasets

@Suite struct GeneratedDatasetTests {
  @Test("An image does not depend on how many are made")
  func prefix() throws {
    let dataset = GeneratedDataset(classes: .shapes, seed: 4)
    let few = try dataset.training(count: 70)
    #expect(try dataset.training(count: 200).prefix(70) == few)
    #expect(try dataset.test(count: 10) == dataset.test(count: 70).prefix(10))
    #expect(try dataset.training(count: 0).count == 0)
  }

  @Test("Training images, test images and seeds have nothing in common")
  func disjoint() throws {
    var images: Set<[UInt8]> = []
    for seed in 0..<3 as Range<UInt64> {
      let dataset = GeneratedDataset(classes: .shapes, seed: seed)
      for part in [try dataset.training(count: 40), try dataset.test(count: 40)] {
        for index in 0..<40 { images.insert(Array(part.image(at: index))) }
      }
    }
    #expect(images.count == 3 * 2 * 40)
  }

  @Test("The fine classes are of the same shapes, ten textures to each, in images of their own")
  func fineClasses() throws {
    let coarse = try GeneratedDataset(classes: .shapes, seed: 1).training(count: 300)
    let fine = try GeneratedDataset(classes: .texturedShapes, seed: 1).training(count: 300)
    #expect(coarse.classCount == 10 && fine.classCount == 100)
    #expect(Set(fine.classNames).count == 100)
    #expect((0..<300).allSatisfy { coarse.image(at: $0) != fine.image(at: $0) })
    #expect(fine.labels.map { $0 / 10 } == coarse.labels)
    #expect(fine.classNames[0] == "plain disc" && fine.classNames[61] == "striped star")
    #expect(coarse.classNames[6] == "star")
  }

  @Test("All classes are about equally frequent")
  func frequencies() throws {
    let labels = try GeneratedDataset(classes: .texturedShapes, seed: 2).training(count: 400)
      .labels
    for digit in 0..<10 {
      #expect((18...65).contains(labels.count { $0 / 10 == digit }))
      #expect((18...65).contains(labels.count { $0 % 10 == digit }))
    }
  }

  @Test(
    "Labels and bytes of a seed are pinned",
    arguments: [
      (GeneratedDataset.Classes.shapes, [8, 9, 1, 8, 2, 8, 5, 8], 7_726_692_015_816_334_725),
      (.texturedShapes, [87, 97, 15, 86, 20, 86, 59, 81], 10_188_942_424_744_235_700),
    ] as [(GeneratedDataset.Classes, [Int], UInt64)]
  )
  func pinned(classes: GeneratedDataset.Classes, labels: [Int], bytes: UInt64) throws {
    let images = try GeneratedDataset(classes: classes, seed: 0).training(count: 100)
    #expect(Array(images.labels.prefix(8)) == labels)
    #expect(images.withImageBytes { hash($0) } == bytes)
  }

  @Test(
    "The constants of normalisation are those of the images",
    arguments: GeneratedDataset.Classes.allCases
  )
  func normalization(classes: GeneratedDataset.Classes) throws {
    let dataset = GeneratedDataset(classes: classes, seed: 5)
    let images = try dataset.training(count: 200)
    for channel in 0..<3 {
      var sum = 0.0
      var squares = 0.0
      for index in 0..<images.count {
        for byte in images.image(at: index).dropFirst(channel * 1_024).prefix(1_024) {
          sum += Double(byte) / 255
          squares += Double(byte) / 255 * Double(byte) / 255
        }
      }
      let count = Double(images.count * 1_024)
      let mean = sum / count
      let deviation = (squares / count - mean * mean).squareRoot()
      #expect((mean - Double(dataset.normalization.mean[channel])).magnitude < 0.04)
      let published = Double(dataset.normalization.standardDeviation[channel])
      #expect((deviation - published).magnitude < 0.03)
    }
  }

  @Test(
    "An object keeps to the difficulty of its data set, and uses all of it",
    arguments: [GeneratedScene.Difficulty.shapes, .texturedShapes]
  )
  func difficulty(_ difficulty: GeneratedScene.Difficulty) {
    var generator = SeededGenerator(seed: 0, purpose: .generatedTest, 0)
    let objects = (0..<400).map { _ in
      GeneratedScene(shape: .star, texture: .dotted, difficulty: difficulty, using: &generator)
        .object
    }
    for object in objects {
      let (first, second) = object.colours
      #expect(difficulty.radius.contains(object.radius))
      #expect(difficulty.objectBrightness.contains((first.x + first.y + first.z) / 3))
      #expect(difficulty.patternBrightness.contains((second.x + second.y + second.z) / 3))
      #expect((first - second).squared.squareRoot() > difficulty.contrast - 0.01)
    }
    for cosines in [objects.map(\.shapeDirection.x), objects.map(\.textureDirection.x)] {
      #expect(cosines.allSatisfy { $0 >= difficulty.leastCosine })
      #expect(cosines.contains { $0 < difficulty.leastCosine + 0.1 })
      #expect(cosines.contains { $0 > 0.99 })
    }
  }

  @Test("No shape reaches farther than painting looks, and each covers a fair part of its disc")
  func reach() {
    for shape in GeneratedShape.allCases {
      var inside = 0
      var reach: Float = 0
      for row in -30...30 {
        for column in -30...30 {
          let (x, y) = (Float(column) / 20, Float(row) / 20)
          guard shape.distance(x, y) < 0 else { continue }
          inside += 1
          reach = max(reach, (x * x + y * y).squareRoot())
        }
      }
      #expect(reach > 0.85 && reach <= 1.2, "\(shape): \(reach)")
      // The unit disc has 1,257 of these places.
      #expect((250...1_200).contains(inside), "\(shape): \(inside)")
    }
  }

  @Test(
    "Textures blend between nothing and all, and differ from one another",
    arguments: [
      GeneratedScene.Difficulty.shapes.repeats, GeneratedScene.Difficulty.texturedShapes.repeats,
    ]
  )
  func textures(repeats: Float) {
    var patterns: Set<[Float]> = []
    for texture in GeneratedTexture.allCases {
      let values = (0..<400).map { place in
        texture.blend(
          Float(place % 20) / 10 - 0.95,
          Float(place / 20) / 10 - 0.95,
          repeats: repeats
        )
      }
      #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 }, "\(texture)")
      patterns.insert(values)
    }
    #expect(patterns.count == GeneratedTexture.allCases.count)
  }

  @Test(
    "Training and test images come together with their normalisation",
    arguments: [
      (GeneratedDataset.Classes.shapes, Normalization.generated),
      (.texturedShapes, .generated100),
    ]
  )
  func pair(classes: GeneratedDataset.Classes, normalization: Normalization) throws {
    let dataset = GeneratedDataset(classes: classes, seed: 6)
    let pair = try dataset.pair(trainingCount: 9, testCount: 4)
    #expect(try pair.training == dataset.training(count: 9))
    #expect(try pair.test == dataset.test(count: 4))
    #expect(pair.normalization == normalization)
    #expect(try pair.split(.validation(count: 2)).training.count == 7)
  }

  @Test("Fewer than no images cannot be made")
  func negative() {
    #expect(throws: DatasetError.imageCount(-1)) {
      try GeneratedDataset(classes: .shapes, seed: 0).training(count: -1)
    }
  }

  /// FNV-1a, 64 bits.
  private func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

extension SIMD3<Float> {
  fileprivate var squared: Float { x * x + y * y + z * z }
}
