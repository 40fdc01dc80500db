/// The published augmentation: each image is padded with black, cropped back to its size at a
/// random place, and mirrored with probability one half.
///
/// Padding is of the raw image, as in ajbrock/FreezeOut, `utils.py` (`RandomCrop(32, padding=4)`
/// before `ToTensor` and `Normalize`): it is black, not the mean colour.
public struct Augmentation: Sendable, Equatable {
  /// Black pixels added on each side; a crop begins at one of `(2 * padding + 1)^2` places.
  public let padding: Int
  /// Whether images are mirrored left to right with probability one half.
  public let flips: Bool

  /// An augmentation; the published one by default.
  ///
  /// - Throws: `DatasetError.padding` outside `0...32`.
  public init(padding: Int, flips: Bool) throws {
    guard (0...ImageDataset.side).contains(padding) else { throw DatasetError.padding(padding) }
    self.init(checkedPadding: padding, flips: flips)
  }

  private init(checkedPadding: Int, flips: Bool) {
    padding = checkedPadding
    self.flips = flips
  }

  /// Padding of 4 pixels, 81 crops, mirroring.
  public static let published = Augmentation(checkedPadding: 4, flips: true)
}

// MARK: - Drawing

/// What is done to one image: which part of it, in its own coordinates, is seen, and whether
/// mirrored.
public struct ImagePlacement: Sendable, Equatable {
  /// The row of the image that is seen first; rows outside `0..<32` are black.
  public let top: Int
  /// The column of the image that is the leftmost one seen, before mirroring.
  public let left: Int
  /// Whether what is seen is mirrored left to right.
  public let isFlipped: Bool

  /// An image as it is.
  public static let identity = ImagePlacement(top: 0, left: 0, isFlipped: false)
}

extension Augmentation {
  /// What happens to the image at `index` of the data set in an epoch: a function of its arguments
  /// alone, whichever batch or thread the image is in.
  public func placement(seed: UInt64, epoch: Int, index: Int) -> ImagePlacement {
    placement(
      from: SeededGenerator(
        seed: seed,
        purpose: .augmentation,
        UInt64(bitPattern: Int64(epoch)),
        UInt64(bitPattern: Int64(index))
      )
    )
  }

  /// Draws what happens to an image from the numbers of a generator.
  func placement(from numbers: SeededGenerator) -> ImagePlacement {
    var generator = numbers
    let offsets = 2 * padding + 1
    let top = generator.integer(below: offsets) - padding
    let left = generator.integer(below: offsets) - padding
    return ImagePlacement(top: top, left: left, isFlipped: flips && generator.coin())
  }

  /// One of the different things that can happen to an image, by its number in `0..<distinctCount`.
  func placement(number: Int) -> ImagePlacement {
    let offsets = 2 * padding + 1
    let (crop, mirroring) = flips ? (number / 2, number % 2) : (number, 0)
    return ImagePlacement(
      top: crop / offsets - padding,
      left: crop % offsets - padding,
      isFlipped: mirroring == 1
    )
  }

  /// How many different things can happen to an image.
  public var distinctCount: Int {
    (2 * padding + 1) * (2 * padding + 1) * (flips ? 2 : 1)
  }
}
