import Foundation
import Torch

extension CIFARLayout {
  /// Opens the data set from a folder, unpacking or downloading it there first where it is missing.
  ///
  /// Looked for in this order: the layout's folder within `folder`; its files in `folder` itself;
  /// its archive in `folder`, which is unpacked; its home page, from which the archive is
  /// downloaded into `folder`, which is made if need be. What is not complete and verified never
  /// gets its final name, so an interrupted call leaves nothing that a later one takes for data.
  ///
  /// - Parameters:
  ///   - folder: the data folder.
  ///   - progress: told of the steps, on an unspecified thread.
  /// - Returns: 50,000 training and 10,000 test images, for the published layouts.
  /// - Throws: `DatasetError`, with the path and the remedy.
  public func open(
    in folder: URL,
    progress: @escaping @Sendable (DatasetProgress) -> Void = { _ in }
  ) throws -> DatasetPair {
    if let place = existingFolder(in: folder) {
      progress(.reading(path: place.path))
      return try read(from: place)
    }
    let file = folder.appendingPathComponent(archive.name)
    if !FileManager.default.fileExists(atPath: file.path) {
      try makeFolder(folder)
      try ArchiveDownload(archive: archive, destination: file).run(progress: progress)
    } else {
      try checkChecksum(ofArchiveAt: file)
    }
    progress(.unpacking(path: file.path))
    let place = folder.appendingPathComponent(folderName, isDirectory: true)
    try ArchiveExtraction(archive: file, folderName: folderName, files: files.map(\.name))
      .run(to: place)
    progress(.reading(path: place.path))
    return try read(from: place)
  }

  /// Where the files lie already, if they do: in the layout's folder, or in `folder` itself.
  private func existingFolder(in folder: URL) -> URL? {
    let inner = folder.appendingPathComponent(folderName, isDirectory: true)
    if FileManager.default.fileExists(atPath: inner.path) { return inner }
    let isLayoutFolder = files.contains { file in
      FileManager.default.fileExists(atPath: folder.appendingPathComponent(file.name).path)
    }
    return isLayoutFolder ? folder : nil
  }

  private func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw DatasetError.unwritable(path: folder.path, reason: error.systemReason)
    }
  }

  private func checkChecksum(ofArchiveAt file: URL) throws {
    let found = try md5(ofFileAt: file)
    if found != archive.md5 {
      throw DatasetError.checksumMismatch(path: file.path, found: found, expected: archive.md5)
    }
  }
}

/// A step on the way to a data set.
public enum DatasetProgress: Sendable, Equatable {
  /// So many bytes of the archive have come; `totalBytes` is nil where the server does not tell.
  case downloading(bytes: Int, totalBytes: Int?)
  /// The archive is verified and being unpacked.
  case unpacking(path: String)
  /// The files of a folder are being read.
  case reading(path: String)
}
