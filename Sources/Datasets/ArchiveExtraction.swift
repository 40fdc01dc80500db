import Foundation
import Torch

/// Takes the wanted files, and nothing else, out of an archive.
struct ArchiveExtraction {
  let archive: URL
  /// The folder within the archive.
  let folderName: String
  /// The names of the files in it.
  let files: [String]

  /// Unpacks the folder to `destination`, which appears whole or not at all.
  ///
  /// The system's `tar` works in a temporary folder and is told the members by name, so that
  /// nothing that an archive may hold besides is written anywhere.
  ///
  /// - Throws: `DatasetError.extractionFailed` and `unwritable`.
  func run(to destination: URL) throws {
    let place = TemporaryPlace(for: destination)
    defer { place.remove() }
    do {
      try FileManager.default.createDirectory(
        at: place.url,
        withIntermediateDirectories: false
      )
    } catch {
      throw DatasetError.unwritable(path: place.url.path, reason: error.systemReason)
    }
    try runTar(into: place.url)
    let folder = place.url.appendingPathComponent(folderName, isDirectory: true)
    try checkKinds(in: folder)
    try place.publish(folder)
  }

  private func runTar(into folder: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // The archive comes through standard input: in a path, GNU tar takes a colon for a host's name.
    process.arguments =
      ["tar", "-x", "-z", "-f", "-", "-C", folder.path]
      + ["--no-same-owner", "--no-same-permissions", "--"]
      + files.map { "\(folderName)/\($0)" }
    let complaints = Pipe()
    process.standardInput = try input()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = complaints
    do {
      try process.run()
    } catch {
      throw failure("tar cannot be run: \(error.systemReason)")
    }
    // Read to the end before waiting: a full pipe would stop tar.
    let text: String
    do {
      text = String(decoding: try complaints.fileHandleForReading.bytesToEnd(), as: UTF8.self)
    } catch {
      throw failure("what tar says cannot be read: \(error.systemReason)")
    }
    process.waitUntilExit()
    if process.terminationStatus != 0 {
      let line = text.split(separator: "\n").first.map(String.init)
      throw failure(line ?? "tar ended with status \(process.terminationStatus)")
    }
  }

  private func input() throws -> FileHandle {
    do {
      return try FileHandle(forReadingFrom: archive)
    } catch {
      throw DatasetError.unreadableFile(path: archive.path, reason: error.systemReason)
    }
  }

  /// An archive could hold links under the wanted names; only regular files are data.
  private func checkKinds(in folder: URL) throws {
    try check(folder, is: .typeDirectory)
    for file in files { try check(folder.appendingPathComponent(file), is: .typeRegular) }
  }

  private func check(_ url: URL, is kind: FileAttributeType) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    guard attributes?[.type] as? FileAttributeType == kind else {
      throw failure("its member \(url.lastPathComponent) is no ordinary file or folder")
    }
  }

  private func failure(_ reason: String) -> DatasetError {
    .extractionFailed(archive: archive.path, reason: reason)
  }
}
