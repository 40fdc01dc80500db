import Dispatch

/// Images made from a seed: textured shapes under position, scale, rotation, colour and noise. The
/// data set for a first run, with no download.
///
/// Image `i` of a seed is the same however many images are asked for, on every platform; training
/// and test images come from different streams.
///
/// How hard the 10 classes are: DenseNet-BC, k = 12, L = 22, trained on the first 5,000 images of
/// seed 0 for 6 epochs (batch 50, rate 0.1 by a cosine to 0, Nesterov 0.9, weight decay 1e-4, the published
/// augmentation; PyTorch 2.13 on a CPU, one run) names the shape of 83.5 % of 2,000 test images,
/// still rising. With weaker noise, fewer scraps and more contrast (noise 5...22, 3 scraps up to 4
/// pixels, backgrounds up to 115) it was 97.0 %; with stronger ones (noise 6...28, 4 scraps up to
/// 5 pixels, objects from 120) 75.2 % after 5 epochs.
///
/// How hard the 100 classes are: the same network with FreezeOut (cubic, t0 = 0.8), trained on
/// 10,000 images of seed 0 for 8 epochs, names shape and texture of 89.75 % of 2,000 test images;
/// by epoch 4.3, 23.7, 47.4, 72.5, 82.8, 89.4, 90.2, 89.8 % (one run, libtorch 2.13 on a CPU):
///
///     freezeout train --dataset generated100 --model densenet --growth-rate 12 --depth 22 \
///       --epochs 8 --validate test --threads 1
///
/// What makes them learnable is that objects are turned by no more than 53 degrees and that a
/// pattern is brighter than what it lies on. With the difficulty of the 10 classes, 6 epochs on
/// 10,000 images (in PyTorch, nothing frozen) came to 10.3 %; with textures as coarse as now, larger
/// objects (10...14), weaker noise (2...8) and more contrast (140), but any angle and one range of
/// brightness (125...255) for both colours, 4 epochs to 16.3 %. Weaker noise (4...20), contrast 90
/// and scraps up to 4 pixels made no difference that one run shows: 89.2 % after 8 epochs.
public struct GeneratedDataset: Sendable, Equatable {
  /// What the label of an image tells.
  public enum Classes: Int, Sendable, CaseIterable {
    /// Its shape, whatever the texture: 10 classes.
    case shapes = 10
    /// Its shape and its texture: 100 classes, label `10 * shape + texture`. The images are not
    /// those of `shapes`: textures are coarser and of more contrast, objects larger, and turned by
    /// no more than 53 degrees.
    case texturedShapes = 100
  }

  /// What the label of an image tells.
  public let classes: Classes
  /// What the images come from.
  public let seed: UInt64

  /// The images of a seed.
  public init(classes: Classes, seed: UInt64) {
    self.classes = classes
    self.seed = seed
  }

  /// The names of the classes, by label.
  public var classNames: [String] {
    let shapes = GeneratedShape.allCases.map { "\($0)" }
    switch classes {
    case .shapes: return shapes
    case .texturedShapes:
      return shapes.flatMap { shape in GeneratedTexture.allCases.map { "\($0) \(shape)" } }
    }
  }

  /// The first `count` training images.
  ///
  /// - Throws: `DatasetError.imageCount` where `count` is negative.
  public func training(count: Int) throws -> ImageDataset {
    try images(count: count, purpose: .generatedTraining)
  }

  /// The first `count` test images.
  ///
  /// - Throws: `DatasetError.imageCount` where `count` is negative.
  public func test(count: Int) throws -> ImageDataset {
    try images(count: count, purpose: .generatedTest)
  }

  /// What to normalise the images by.
  public var normalization: Normalization {
    switch classes {
    case .shapes: .generated
    case .texturedShapes: .generated100
    }
  }

  /// Training and test images together, with their normalisation.
  ///
  /// - Throws: `DatasetError.imageCount` where a number is negative.
  public func pair(trainingCount: Int, testCount: Int) throws -> DatasetPair {
    DatasetPair(
      training: try training(count: trainingCount),
      test: try test(count: testCount),
      normalization: normalization
    )
  }
}

// MARK: - Making the images

extension GeneratedDataset {
  private func images(count: Int, purpose: StreamPurpose) throws -> ImageDataset {
    guard count >= 0 else { throw DatasetError.imageCount(count) }
    var bytes = [UInt8](repeating: 0, count: count * ImageDataset.bytesPerImage)
    var labels = [Int](repeating: 0, count: count)
    bytes.withUnsafeMutableBufferPointer { bytes in
      labels.withUnsafeMutableBufferPointer { labels in
        // Each call writes to its own images alone.
        nonisolated(unsafe) let bytes = bytes
        nonisolated(unsafe) let labels = labels
        let imagesPerCall = 64
        let calls = (count + imagesPerCall - 1) / imagesPerCall
        DispatchQueue.concurrentPerform(iterations: calls) { call in
          for index in call * imagesPerCall..<min((call + 1) * imagesPerCall, count) {
            let start = index * ImageDataset.bytesPerImage
            let image = bytes[start..<start + ImageDataset.bytesPerImage]
            labels[index] = paint(
              index: index,
              purpose: purpose,
              into: UnsafeMutableBufferPointer(rebasing: image)
            )
          }
        }
      }
    }
    return try ImageDataset(
      name: "generated-\(classes.rawValue)",
      classNames: classNames,
      images: bytes,
      labels: labels
    )
  }

  /// Paints one image and returns its label.
  private func paint(
    index: Int,
    purpose: StreamPurpose,
    into image: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    var generator = SeededGenerator(
      seed: seed,
      purpose: purpose,
      UInt64(bitPattern: Int64(index))
    )
    let shapes = GeneratedShape.allCases
    let textures = GeneratedTexture.allCases
    let shape = generator.integer(below: shapes.count)
    let texture = generator.integer(below: textures.count)
    let scene = GeneratedScene(
      shape: shapes[shape],
      texture: textures[texture],
      difficulty: classes.difficulty,
      using: &generator
    )
    scene.paint(into: image, using: &generator)
    switch classes {
    case .shapes: return shape
    case .texturedShapes: return textures.count * shape + texture
    }
  }
}

extension GeneratedDataset.Classes {
  /// How hard the images are.
  fileprivate var difficulty: GeneratedScene.Difficulty {
    switch self {
    case .shapes: .shapes
    case .texturedShapes: .texturedShapes
    }
  }
}
