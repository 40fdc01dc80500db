import Foundation
import Torch

@testable import Datasets

/// Folders of CIFAR's binary files, of one or two records: they are read if and only if every size and
/// label is right, and then byte for byte.
///
/// The first byte chooses CIFAR-10 or CIFAR-100, the second one how many records the second file takes
/// of the rest.
struct CIFARTarget: FuzzTarget {
  static let name = "cifar"
  static let mutation = Mutation.text

  static func expects(_ error: any Error) -> Bool {
    switch error as? DatasetError {
    case .truncatedFile, .oversizedFile, .labelByteOutOfRange: true
    default: false
    }
  }

  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private static func layout(_ byte: UInt8) -> CIFARLayout {
    let published = byte % 2 == 0 ? CIFARLayout.cifar10 : .cifar100
    return CIFARLayout(
      name: published.name,
      classNames: published.classNames,
      labelLimits: published.labelLimits,
      folderName: published.folderName,
      trainingFiles: [CIFARLayout.File(name: "train.bin", records: 1)],
      testFile: CIFARLayout.File(name: "test.bin", records: 1),
      archive: published.archive,
      normalization: published.normalization
    )
  }

  func seeds() throws -> [String: Data] {
    func records(_ labels: [UInt8]) -> Data {
      Data(labels) + Data((0..<3072).map { UInt8($0 * 7 % 256) })
    }
    return [
      "10": Data([0, 0]) + records([3]) + records([9]),
      "100": Data([1, 0]) + records([4, 99]) + records([19, 0]),
      "label": Data([0, 0]) + records([10]) + records([9]),
      "short": Data([0, 1]) + records([3]) + records([9]),
    ]
  }

  func run(_ input: Data) throws {
    let bytes = [UInt8](input)
    let layout = Self.layout(bytes.first ?? 0)
    let shift = bytes.count > 1 ? Int(Int8(bitPattern: bytes[1])) : 0
    let rest = bytes.dropFirst(2)
    let cut = min(max(0, layout.recordBytes + shift), rest.count)
    let files = [Array(rest.prefix(cut)), Array(rest.dropFirst(cut))]
    for (name, file) in zip(["train.bin", "test.bin"], files) {
      try folder.write(file, to: name)
    }
    let isRight = files.allSatisfy { file in
      file.count == layout.recordBytes && zip(file, layout.labelLimits).allSatisfy { $0 < $1 }
    }
    let pair: DatasetPair
    do {
      pair = try layout.read(from: folder.url)
    } catch {
      require(!isRight, "right files were refused: \(error)")
      throw error
    }
    require(isRight, "wrong files were accepted")
    for (dataset, file) in zip([pair.training, pair.test], files) {
      require(dataset.labels == [Int(file[layout.labelLimits.count - 1])], "another label")
      let isSame = dataset.withImageBytes {
        $0.elementsEqual(file.dropFirst(layout.labelLimits.count))
      }
      require(isSame, "other pixels")
    }
  }
}
