/// What can be wrong with data, where it lies, and what to do about it.
public enum DatasetError: Error, Equatable, Sendable {
  // MARK: Values

  /// The bytes are not those of as many images as there are labels.
  case wrongByteCount(bytes: Int, images: Int)
  /// A label that names no class, with its place in the data set.
  case labelOutOfRange(label: Int, index: Int, classes: Int)
  /// Images `lower..<upper` were asked of a data set that has `count`.
  case sliceOutOfRange(lower: Int, upper: Int, count: Int)
  /// More images (or fewer than one) are to validate than there are to train.
  case validationCount(Int, trainingImages: Int)
  /// A generated data set of fewer than no images.
  case imageCount(Int)
  /// A batch of fewer than one image.
  case batchSize(Int)
  /// A queue that could hold no batch.
  case queueDepth(Int)
  /// An epoch before the first one.
  case epoch(Int)
  /// A batch that an epoch does not have.
  case batchIndex(Int, iterationsPerEpoch: Int)
  /// More fixed views than the augmentation has to give, or fewer than one.
  case viewCount(Int, distinct: Int)
  /// Fixed views of images that are not augmented.
  case viewsWithoutAugmentation
  /// More padding than there is image, or less than none.
  case padding(Int)

  // MARK: Files

  /// A file of the data set is not there.
  case missingFile(path: String, reason: String)
  /// A file of the data set is there and cannot be read.
  case unreadableFile(path: String, reason: String)
  /// A file ends before its last record does; `offset` is where the missing bytes begin.
  case truncatedFile(path: String, offset: Int, expectedBytes: Int)
  /// A file goes on after its last record; `offset` is where the surplus begins.
  case oversizedFile(path: String, offset: Int, bytes: Int)
  /// A label byte in a file that names no class.
  case labelByteOutOfRange(path: String, offset: Int, label: Int, classes: Int)

  // MARK: Archives

  /// The data set is neither there nor to be had from its home page.
  case downloadFailed(url: String, reason: String, archive: String)
  /// The archive is not the published one.
  case checksumMismatch(path: String, found: String, expected: String)
  /// The download is not the published archive, and was thrown away.
  case downloadChecksumMismatch(url: String, found: String, expected: String, archive: String)
  /// The archive could not be unpacked.
  case extractionFailed(archive: String, reason: String)
  /// A folder or file could not be written.
  case unwritable(path: String, reason: String)
}

extension DatasetError: CustomStringConvertible {
  /// One sentence for a person: what is wrong, and what to do.
  public var description: String { "\(fault): \(remedy)" }

  private var fault: String {
    switch self {
    case .wrongByteCount(let bytes, let images):
      "\(bytes) bytes are not \(images) images of \(ImageDataset.bytesPerImage) bytes each"
    case .labelOutOfRange(let label, let index, let classes):
      "the label of image \(index) is \(label), and \(Self.range(of: classes))"
    case .sliceOutOfRange(let lower, let upper, let count):
      "images \(lower)..<\(upper) were asked of a data set that has \(count)"
    case .validationCount(let count, let trainingImages):
      "\(count) of \(trainingImages) training images cannot validate"
    case .imageCount(let count): "a data set of \(count) images cannot be generated"
    case .batchSize(let size): "a batch of \(size) images is impossible"
    case .queueDepth(let depth): "a queue of \(depth) batches is impossible"
    case .epoch(let epoch): "there is no epoch \(epoch)"
    case .batchIndex(let index, let iterations):
      "there is no batch \(index) in an epoch of \(iterations)"
    case .viewCount(let count, _): "\(count) fixed views of an image are impossible"
    case .viewsWithoutAugmentation: "without augmentation there is one view of an image"
    case .padding(let padding): "padding by \(padding) pixels is impossible"
    case .missingFile(let path, let reason): "\(path) is missing (\(reason))"
    case .unreadableFile(let path, let reason): "\(path) cannot be read (\(reason))"
    case .truncatedFile(let path, let offset, let expected):
      "\(path) ends at byte offset \(offset), and its records take \(expected) bytes"
    case .oversizedFile(let path, let offset, let bytes):
      "\(path) has \(bytes) bytes, and its last record ends at byte offset \(offset)"
    case .labelByteOutOfRange(let path, let offset, let label, let classes):
      "\(path) has label \(label) at byte offset \(offset), and \(Self.range(of: classes))"
    case .downloadFailed(let url, let reason, _): "\(url) could not be downloaded (\(reason))"
    case .checksumMismatch(let path, let found, let expected):
      "\(path) is not the published archive (MD5 \(found), published \(expected))"
    case .downloadChecksumMismatch(let url, let found, let expected, _):
      "\(url) gave something else than the published archive (MD5 \(found), published"
        + " \(expected)), which was thrown away"
    case .extractionFailed(let archive, let reason):
      "\(archive) could not be unpacked (\(reason))"
    case .unwritable(let path, let reason): "\(path) cannot be written (\(reason))"
    }
  }

  /// Nothing here tells to delete a folder: the files may lie in one of the user's own.
  private var remedy: String {
    switch self {
    case .wrongByteCount: "give 3 planes of 32 x 32 bytes for every label"
    case .labelOutOfRange: "correct the label or name its class"
    case .sliceOutOfRange(_, _, let count): "ask within 0..<\(count)"
    case .validationCount(_, let trainingImages):
      "give a number from 1 to \(max(trainingImages - 1, 0)), so that some are left to train on"
    case .imageCount: "give a number from 0"
    case .batchSize: "give a batch size from 1"
    case .queueDepth: "give a depth from 1"
    case .epoch: "give one from 0"
    case .batchIndex(_, let iterations): "give one in 0..<\(iterations)"
    case .viewCount(_, let distinct): "give a number from 1 to \(distinct)"
    case .viewsWithoutAugmentation: "augment, or ask for no views"
    case .padding: "give a number from 0 to \(ImageDataset.side)"
    case .missingFile: "put the file there, or give another data folder"
    case .unreadableFile: "make it a readable file, or give another data folder"
    case .truncatedFile(let path, _, _), .oversizedFile(let path, _, _),
      .labelByteOutOfRange(let path, _, _, _):
      "delete the file \(path) and put the published one there, or give another data folder"
    case .downloadFailed(_, _, let archive): "fetch it by hand and save it as \(archive)"
    case .checksumMismatch(let path, _, _):
      "delete the file \(path) to have it downloaded again"
    case .downloadChecksumMismatch(_, _, _, let archive):
      "try again, or fetch it by hand and save it as \(archive)"
    case .extractionFailed:
      "see that there is room and that tar is installed, or unpack it by hand in its folder"
    case .unwritable: "give a data folder that can be written to"
    }
  }

  private static func range(of classes: Int) -> String {
    classes > 0 ? "labels run from 0 to \(classes - 1)" : "there is no class"
  }
}
