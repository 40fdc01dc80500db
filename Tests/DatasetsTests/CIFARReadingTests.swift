import Foundation
import Testing

@testable import Datasets

@Suite struct CIFARReadingTests {
  @Test("The published layouts are those of the data sets' home page")
  func published() {
    let ten = CIFARLayout.cifar10
    #expect(ten.classNames.count == 10 && ten.classNames[9] == "truck")
    #expect(ten.recordBytes == 3_073 && ten.labelLimits == [10])
    #expect(
      ten.trainingFiles.map(\.name) == [
        "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
        "data_batch_5.bin",
      ]
    )
    #expect(ten.files.map(\.records) == [10_000, 10_000, 10_000, 10_000, 10_000, 10_000])
    #expect(ten.testFile.name == "test_batch.bin" && ten.folderName == "cifar-10-batches-bin")
    #expect(ten.archive.address == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz")
    #expect(ten.archive.md5 == "c32a1d4ab5d03f1284b67883e8d87530")
    let hundred = CIFARLayout.cifar100
    #expect(hundred.classNames.count == 100 && Set(hundred.classNames).count == 100)
    #expect(hundred.classNames == hundred.classNames.sorted())
    #expect(hundred.recordBytes == 3_074 && hundred.labelLimits == [20, 100])
    #expect(hundred.files.map(\.name) == ["train.bin", "test.bin"])
    #expect(hundred.files.map(\.records) == [50_000, 10_000])
    #expect(hundred.folderName == "cifar-100-binary")
    #expect(hundred.archive.address == "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz")
    #expect(hundred.archive.md5 == "03b5dce01913d631647c71ecec9e9cb8")
  }

  @Test(
    "Records become images and (fine) labels",
    arguments: [CIFARLayout.cifar10, .cifar100]
  )
  func reading(published: CIFARLayout) throws {
    let layout = published.tiny()
    let folder = try TemporaryFolder()
    try layout.writeFiles(to: folder, under: layout.folderName)
    let pair = try layout.open(in: folder.url)
    #expect(pair.training.labels == [0, 1, 2, 3, 4, 5] && pair.test.labels == [9, 8])
    for (index, label) in [0, 1, 2, 3, 4, 5].enumerated() {
      #expect(Array(pair.training.image(at: index)) == layout.pixels(label: UInt8(label)))
    }
    #expect(Array(pair.test.image(at: 1)) == layout.pixels(label: 8))
    #expect(pair.training.classNames == published.classNames)
    #expect(pair.normalization == published.normalization)
    #expect(pair.training.name == published.name)
  }

  @Test("The folder of the files may be given itself")
  func folderItself() throws {
    let layout = CIFARLayout.cifar10.tiny()
    let folder = try TemporaryFolder()
    try layout.writeFiles(to: folder, under: "anything")
    #expect(try layout.open(in: folder.file("anything")).test.labels == [9, 8])
  }

  @Test("A file may be a link to where it is kept")
  func linked() throws {
    let layout = CIFARLayout.cifar10.tiny()
    let folder = try TemporaryFolder()
    try layout.writeFiles(to: folder, under: "x")
    try FileManager.default.moveItem(at: folder.file("x/a.bin"), to: folder.file("kept"))
    try FileManager.default.createSymbolicLink(
      at: folder.file("x/a.bin"),
      withDestinationURL: folder.file("kept")
    )
    #expect(try layout.open(in: folder.file("x")).training.count == 6)
  }

  enum Damage: CaseIterable {
    case empty, oneByteShort, oneByteLong, firstLabel, lastLabel, coarseLabel, missing, folder, pipe

    func apply(to url: URL, layout: CIFARLayout) throws {
      var bytes = [UInt8](try Data(contentsOf: url))
      switch self {
      case .empty: bytes = []
      case .oneByteShort: bytes.removeLast()
      case .oneByteLong: bytes.append(0)
      case .firstLabel: bytes[layout.labelLimits.count - 1] = 100
      case .lastLabel: bytes[2 * layout.recordBytes + layout.labelLimits.count - 1] = 255
      case .coarseLabel: bytes[layout.recordBytes] = 20
      case .missing, .folder, .pipe: try FileManager.default.removeItem(at: url)
      }
      switch self {
      case .missing: break
      case .pipe: guard mkfifo(url.path, 0o600) == 0 else { throw FixtureError() }
      case .folder:
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      default: try Data(bytes).write(to: url)
      }
    }

    func error(path: String) -> DatasetError {
      switch self {
      case .empty: .truncatedFile(path: path, offset: 0, expectedBytes: 9_222)
      case .oneByteShort: .truncatedFile(path: path, offset: 9_221, expectedBytes: 9_222)
      case .oneByteLong: .oversizedFile(path: path, offset: 9_222, bytes: 9_223)
      case .firstLabel: .labelByteOutOfRange(path: path, offset: 1, label: 100, classes: 100)
      case .lastLabel: .labelByteOutOfRange(path: path, offset: 6_149, label: 255, classes: 100)
      case .coarseLabel: .labelByteOutOfRange(path: path, offset: 3_074, label: 20, classes: 20)
      case .missing: .missingFile(path: path, reason: "no such file")
      case .folder: .unreadableFile(path: path, reason: "it is a folder")
      case .pipe: .unreadableFile(path: path, reason: "it is no regular file")
      }
    }
  }

  @Test("A damaged file is refused with its name and the byte offset", arguments: Damage.allCases)
  func damaged(damage: Damage) throws {
    let layout = CIFARLayout.cifar100.tiny()
    let folder = try TemporaryFolder()
    try layout.writeFiles(to: folder, under: layout.folderName)
    #expect(try layout.open(in: folder.url).training.count == 6)
    let file = folder.file("\(layout.folderName)/b.bin")
    try damage.apply(to: file, layout: layout)
    #expect(throws: damage.error(path: file.path)) { try layout.open(in: folder.url) }
  }

  @Test("The largest labels are accepted, the next ones refused")
  func largestLabels() throws {
    let folder = try TemporaryFolder()
    for (published, largest) in [(CIFARLayout.cifar10, UInt8(9)), (.cifar100, 99)] {
      let layout = published.tiny()
      try layout.writeFiles(to: folder, under: layout.folderName)
      let path = "\(layout.folderName)/a.bin"
      try folder.write(layout.records(labels: [largest, 0, 0]), to: path)
      #expect(try layout.open(in: folder.url).training.labels[0] == Int(largest))
      try folder.write(layout.records(labels: [largest + 1, 0, 0]), to: path)
      #expect(throws: DatasetError.self) { try layout.open(in: folder.url) }
    }
  }

  @Test(
    "An error is one sentence with the file, what is wrong and the remedy",
    arguments: [
      (
        DatasetError.truncatedFile(path: "data/x.bin", offset: 17, expectedBytes: 30),
        "data/x.bin ends at byte offset 17, and its records take 30 bytes: delete the file"
          + " data/x.bin and put the published one there, or give another data folder"
      ),
      (
        .oversizedFile(path: "x.bin", offset: 30, bytes: 31),
        "x.bin has 31 bytes, and its last record ends at byte offset 30: delete the file x.bin"
          + " and put the published one there, or give another data folder"
      ),
      (
        .missingFile(path: "x.bin", reason: "no such file"),
        "x.bin is missing (no such file): put the file there, or give another data folder"
      ),
      (
        .unreadableFile(path: "a.tar.gz", reason: "it is no regular file"),
        "a.tar.gz cannot be read (it is no regular file): make it a readable file, or give"
          + " another data folder"
      ),
      (
        .checksumMismatch(path: "a.tar.gz", found: "1", expected: "2"),
        "a.tar.gz is not the published archive (MD5 1, published 2): delete the file a.tar.gz to"
          + " have it downloaded again"
      ),
      (.batchSize(0), "a batch of 0 images is impossible: give a batch size from 1"),
      (
        .batchIndex(4, iterationsPerEpoch: 4),
        "there is no batch 4 in an epoch of 4: give one in 0..<4"
      ),
    ]
  )
  func sentence(error: DatasetError, expected: String) {
    #expect("\(error)" == expected)
  }
}
