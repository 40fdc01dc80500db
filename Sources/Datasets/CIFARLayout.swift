/// How a CIFAR data set lies in files and archive: CIFAR-10 and CIFAR-100 are two values of it.
///
/// Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version". A file is a sequence of
/// records: the label bytes, then 3,072 pixel bytes `[3, 32, 32]`.
public struct CIFARLayout: Sendable, Equatable {
  /// A file of records.
  public struct File: Sendable, Equatable {
    /// Its name in the folder.
    public let name: String
    /// How many records it has, exactly.
    public let records: Int

    /// A file of so many records.
    public init(name: String, records: Int) {
      self.name = name
      self.records = records
    }
  }

  /// The archive that the files come in: a tar file, compressed by gzip.
  public struct Archive: Sendable, Equatable {
    /// Its name in the data folder.
    public let name: String
    /// The URL that it is downloaded from.
    public let address: String
    /// Its MD5 checksum, 32 lowercase hexadecimal digits.
    public let md5: String

    /// An archive at a given address.
    public init(name: String, address: String, md5: String) {
      self.name = name
      self.address = address
      self.md5 = md5
    }
  }

  /// What the data set is called.
  public let name: String
  /// The names of the classes, by label.
  public let classNames: [String]
  /// For each label byte of a record, how many values it may have; the last one is the label that
  /// is used.
  public let labelLimits: [Int]
  /// The folder that the files are in, within the data folder and within the archive.
  public let folderName: String
  /// The files of the training images, in order.
  public let trainingFiles: [File]
  /// The file of the test images.
  public let testFile: File
  /// The archive of the folder.
  public let archive: Archive
  /// Mean and standard deviation of the training images.
  public let normalization: Normalization

  /// A layout in every detail; `cifar10` and `cifar100` are the published ones.
  public init(
    name: String,
    classNames: [String],
    labelLimits: [Int],
    folderName: String,
    trainingFiles: [File],
    testFile: File,
    archive: Archive,
    normalization: Normalization
  ) {
    self.name = name
    self.classNames = classNames
    self.labelLimits = labelLimits
    self.folderName = folderName
    self.trainingFiles = trainingFiles
    self.testFile = testFile
    self.archive = archive
    self.normalization = normalization
  }

  /// All files: those of the training images, then that of the test images.
  var files: [File] { trainingFiles + [testFile] }

  /// Bytes of one record.
  var recordBytes: Int { labelLimits.count + ImageDataset.bytesPerImage }
}

// MARK: - The published data sets

extension CIFARLayout {
  /// CIFAR-10: 50,000 training images in five files and 10,000 test images, 10 classes.
  public static let cifar10 = CIFARLayout(
    name: "CIFAR-10",
    classNames: words("airplane automobile bird cat deer dog frog horse ship truck"),
    labelLimits: [10],
    folderName: "cifar-10-batches-bin",
    trainingFiles: (1...5).map { File(name: "data_batch_\($0).bin", records: 10_000) },
    testFile: File(name: "test_batch.bin", records: 10_000),
    archive: published("cifar-10-binary.tar.gz", md5: "c32a1d4ab5d03f1284b67883e8d87530"),
    normalization: .cifar10
  )

  /// CIFAR-100 by its fine labels: 50,000 training images and 10,000 test images, 100 classes.
  public static let cifar100 = CIFARLayout(
    name: "CIFAR-100",
    classNames: words(
      """
      apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus \
      butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch \
      crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house \
      kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle \
      mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree \
      plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew \
      skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank \
      telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf \
      woman worm
      """
    ),
    labelLimits: [20, 100],
    folderName: "cifar-100-binary",
    trainingFiles: [File(name: "train.bin", records: 50_000)],
    testFile: File(name: "test.bin", records: 10_000),
    archive: published("cifar-100-binary.tar.gz", md5: "03b5dce01913d631647c71ecec9e9cb8"),
    normalization: .cifar100
  )

  private static func published(_ name: String, md5: String) -> Archive {
    Archive(name: name, address: "https://www.cs.toronto.edu/~kriz/\(name)", md5: md5)
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }
}
