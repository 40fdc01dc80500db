import Foundation
import Torch

extension CIFARLayout {
  /// Reads the files of the layout from the folder that holds them.
  ///
  /// - Throws: `DatasetError.missingFile`, `unreadableFile`, `truncatedFile`, `oversizedFile` and
  ///   `labelByteOutOfRange`, with the file, and the byte offset of what is wrong.
  func read(from folder: URL) throws -> DatasetPair {
    // Every size is looked at first: a bad last file is told before minutes of reading the others.
    for file in files { try checkSize(of: file, in: folder) }
    return DatasetPair(
      training: try read(trainingFiles, from: folder),
      test: try read([testFile], from: folder),
      normalization: normalization
    )
  }

  private func read(_ files: [File], from folder: URL) throws -> ImageDataset {
    let count = files.reduce(0) { $0 + $1.records }
    var images: [UInt8] = []
    var labels: [Int] = []
    images.reserveCapacity(count * ImageDataset.bytesPerImage)
    labels.reserveCapacity(count)
    for file in files {
      let path = folder.appendingPathComponent(file.name).path
      let data = try contents(of: file, at: path)
      try data.withUnsafeBytes { bytes in
        for record in 0..<file.records {
          let start = record * recordBytes
          labels.append(try label(ofRecordAt: start, in: bytes, path: path))
          images.append(contentsOf: bytes[start + labelLimits.count..<start + recordBytes])
        }
      }
    }
    return try ImageDataset(name: name, classNames: classNames, images: images, labels: labels)
  }

  private func contents(of file: File, at path: String) throws -> Data {
    let data: Data
    do {
      data = try RegularFile.read(URL(fileURLWithPath: path))
    } catch {
      throw DatasetError.unreadableFile(path: path, reason: error.systemReason)
    }
    try checkSize(data.count, of: file, path: path)
    return data
  }

  private func label(
    ofRecordAt start: Int,
    in bytes: UnsafeRawBufferPointer,
    path: String
  ) throws -> Int {
    var label = 0
    for (place, limit) in labelLimits.enumerated() {
      label = Int(bytes[start + place])
      guard label < limit else {
        throw DatasetError.labelByteOutOfRange(
          path: path,
          offset: start + place,
          label: label,
          classes: limit
        )
      }
    }
    return label
  }
}

// MARK: - Sizes

extension CIFARLayout {
  private func checkSize(of file: File, in folder: URL) throws {
    let url = folder.appendingPathComponent(file.name)
    // The user may keep a file elsewhere and link to it.
    let target = url.resolvingSymlinksInPath().path
    guard FileManager.default.fileExists(atPath: target) else {
      throw DatasetError.missingFile(path: url.path, reason: "no such file")
    }
    let size: Int
    do {
      try RegularFile.check(url)
      let attributes = try FileManager.default.attributesOfItem(atPath: target)
      size = (attributes[.size] as? NSNumber)?.intValue ?? 0
    } catch {
      throw DatasetError.unreadableFile(path: url.path, reason: error.systemReason)
    }
    try checkSize(size, of: file, path: url.path)
  }

  private func checkSize(_ size: Int, of file: File, path: String) throws {
    let expected = file.records * recordBytes
    if size < expected {
      throw DatasetError.truncatedFile(path: path, offset: size, expectedBytes: expected)
    }
    if size > expected {
      throw DatasetError.oversizedFile(path: path, offset: expected, bytes: size)
    }
  }
}
