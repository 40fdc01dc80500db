/// Labelled colour images of 32 x 32 pixels, as bytes.
///
/// A value: copies and slices share one storage. Images are planar, `[N, 3, 32, 32]`: for each
/// image its red, green and blue planes, each row by row from the top.
public struct ImageDataset: Sendable {
  /// Red, green and blue.
  public static let channels = 3
  /// Rows, and columns, of an image, in pixels.
  public static let side = 32
  /// Bytes of one plane of an image.
  public static let bytesPerPlane = side * side
  /// Bytes of one image.
  public static let bytesPerImage = channels * bytesPerPlane

  /// What the data set is called in logs and messages.
  public let name: String
  /// The names of the classes, by label.
  public let classNames: [String]
  /// The class of every image, `[N]`, each in `0..<classNames.count`.
  public let labels: [Int]
  /// All images, `[N, 3, 32, 32]`.
  private let bytes: ArraySlice<UInt8>

  /// A data set of the given images.
  ///
  /// - Parameters:
  ///   - name: what to call it.
  ///   - classNames: the names of the classes, by label.
  ///   - images: bytes `[N, 3, 32, 32]`, planar.
  ///   - labels: classes `[N]`.
  /// - Throws: `DatasetError.wrongByteCount` and `DatasetError.labelOutOfRange`.
  public init(name: String, classNames: [String], images: [UInt8], labels: [Int]) throws {
    guard images.count == labels.count * Self.bytesPerImage else {
      throw DatasetError.wrongByteCount(bytes: images.count, images: labels.count)
    }
    for (index, label) in labels.enumerated() where !classNames.indices.contains(label) {
      throw DatasetError.labelOutOfRange(label: label, index: index, classes: classNames.count)
    }
    self.init(name: name, classNames: classNames, labels: labels, bytes: images[...])
  }

  private init(name: String, classNames: [String], labels: [Int], bytes: ArraySlice<UInt8>) {
    self.name = name
    self.classNames = classNames
    self.labels = labels
    self.bytes = bytes
  }

  /// The number of images.
  public var count: Int { labels.count }

  /// The number of classes.
  public var classCount: Int { classNames.count }

  /// The bytes `[3, 32, 32]` of one image.
  ///
  /// - Precondition: `index` is in `0..<count`.
  public func image(at index: Int) -> ArraySlice<UInt8> {
    precondition(
      index >= 0 && index < count,
      "there is no image \(index): give one in 0..<\(count)"
    )
    let start = bytes.startIndex + index * Self.bytesPerImage
    return bytes[start..<start + Self.bytesPerImage]
  }

  /// Calls `body` with the bytes `[N, 3, 32, 32]` of all images, without a copy.
  ///
  /// - Throws: What `body` throws.
  public func withImageBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBufferPointer(body)
  }
}

// MARK: - Parts

extension ImageDataset {
  /// The images at `range`, sharing storage with this data set.
  ///
  /// - Throws: `DatasetError.sliceOutOfRange`.
  public func slice(_ range: Range<Int>) throws -> ImageDataset {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw DatasetError.sliceOutOfRange(
        lower: range.lowerBound,
        upper: range.upperBound,
        count: count
      )
    }
    return part(range)
  }

  /// The first `length` images; all of them where there are fewer, none where `length` is negative.
  public func prefix(_ length: Int) -> ImageDataset {
    part(0..<min(max(length, 0), count))
  }

  /// The last `length` images; all of them where there are fewer, none where `length` is negative.
  public func suffix(_ length: Int) -> ImageDataset {
    part(count - min(max(length, 0), count)..<count)
  }

  private func part(_ range: Range<Int>) -> ImageDataset {
    let start = bytes.startIndex + range.lowerBound * Self.bytesPerImage
    return ImageDataset(
      name: name,
      classNames: classNames,
      labels: Array(labels[range]),
      bytes: bytes[start..<start + range.count * Self.bytesPerImage]
    )
  }
}

// MARK: - Equality

extension ImageDataset: Equatable {
  /// Whether names, classes, labels and every byte are equal.
  public static func == (left: ImageDataset, right: ImageDataset) -> Bool {
    left.name == right.name && left.classNames == right.classNames && left.labels == right.labels
      && left.bytes == right.bytes
  }
}
