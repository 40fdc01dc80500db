/// Mean and standard deviation of each channel over the training images, on a scale where a pixel
/// byte of 255 is 1.
public struct Normalization: Sendable, Equatable {
  /// The mean of the red, green and blue channel.
  public let mean: [Float]
  /// The standard deviation of the red, green and blue channel.
  public let standardDeviation: [Float]

  init(mean: (Float, Float, Float), standardDeviation: (Float, Float, Float)) {
    self.mean = [mean.0, mean.1, mean.2]
    self.standardDeviation = [standardDeviation.0, standardDeviation.1, standardDeviation.2]
  }

  /// What the published script subtracts and divides by for CIFAR-10 (ajbrock/FreezeOut,
  /// `utils.py`).
  public static let cifar10 = Normalization(
    mean: (0.49139968, 0.48215827, 0.44653124),
    standardDeviation: (0.24703233, 0.24348505, 0.26158768)
  )

  /// What the published script subtracts and divides by for CIFAR-100 (ajbrock/FreezeOut,
  /// `utils.py`).
  public static let cifar100 = Normalization(
    mean: (0.50707519, 0.48654887, 0.44091785),
    standardDeviation: (0.26733428, 0.25643846, 0.27615049)
  )

  /// The generated images of 10 classes: measured over the first 10,000 training images of seed 0.
  public static let generated = Normalization(
    mean: (0.3978, 0.3993, 0.3966),
    standardDeviation: (0.2589, 0.2590, 0.2592)
  )

  /// The generated images of 100 classes: measured over the first 10,000 training images of seed 0.
  public static let generated100 = Normalization(
    mean: (0.3284, 0.3319, 0.3285),
    standardDeviation: (0.2519, 0.2534, 0.2526)
  )
}

// MARK: - Applying it

extension Normalization {
  /// What a byte of a channel becomes: `(byte / 255 - mean) / standardDeviation`, in the order of
  /// float operations of torchvision's `ToTensor` and `Normalize`, so that the bits agree.
  ///
  /// - Precondition: `channel` is in `0..<ImageDataset.channels`.
  public func value(of byte: UInt8, channel: Int) -> Float {
    (Float(byte) / 255 - mean[channel]) / standardDeviation[channel]
  }

  /// `value(of:channel:)` of every byte, `[3, 256]`: a batch is normalised by looking up.
  func table() -> [Float] {
    (0..<ImageDataset.channels).flatMap { channel in
      (0...255).map { value(of: UInt8($0), channel: channel) }
    }
  }
}
