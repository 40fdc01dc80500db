import Foundation

@testable import Datasets

/// A folder of a test's own, removed with this object.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("datasets-tests-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ path: String) -> URL { url.appendingPathComponent(path) }

  func write(_ bytes: [UInt8], to path: String) throws {
    let file = file(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data(bytes).write(to: file)
  }

  /// Paths of all files and folders below, hidden ones too, sorted.
  func listing() -> [String] {
    (FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []).sorted()
  }
}

/// Runs a program and returns whether it succeeded.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.standardError = FileHandle.nullDevice
  process.standardOutput = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus == 0
}

// MARK: - Tiny CIFAR layouts

extension CIFARLayout {
  /// A layout of the given one's kind with two training files of three records and a test file of
  /// two.
  func tiny(address: String = "http://127.0.0.1:9/none.tar.gz", md5: String = "0") -> CIFARLayout {
    CIFARLayout(
      name: name,
      classNames: classNames,
      labelLimits: labelLimits,
      folderName: folderName,
      trainingFiles: [File(name: "a.bin", records: 3), File(name: "b.bin", records: 3)],
      testFile: File(name: "test.bin", records: 2),
      archive: Archive(name: "tiny.tar.gz", address: address, md5: md5),
      normalization: normalization
    )
  }

  /// Records with the given labels; the pixels of a record with label `l` are `l, l + 1, ...`
  /// modulo 251; label bytes before the last are 7.
  func records(labels: [UInt8]) -> [UInt8] {
    labels.flatMap { label in
      [UInt8](repeating: 7, count: labelLimits.count - 1) + [label] + pixels(label: label)
    }
  }

  func pixels(label: UInt8) -> [UInt8] {
    (0..<ImageDataset.bytesPerImage).map { UInt8(($0 + Int(label)) % 251) }
  }

  /// Writes the files of the tiny layout into a folder.
  func writeFiles(to folder: TemporaryFolder, under path: String) throws {
    try folder.write(records(labels: [0, 1, 2]), to: "\(path)/a.bin")
    try folder.write(records(labels: [3, 4, 5]), to: "\(path)/b.bin")
    try folder.write(records(labels: [9, 8]), to: "\(path)/test.bin")
  }

  /// Packs the files of the tiny layout, and whatever lies in `extra`, into an archive and returns
  /// it with its checksum.
  func makeArchive(in folder: TemporaryFolder, named name: String = "tiny.tar.gz") throws -> String
  {
    let source = try TemporaryFolder()
    try writeFiles(to: source, under: folderName)
    try source.write([1, 2, 3], to: "\(folderName)/unwanted.html")
    try source.write([1], to: "elsewhere/unwanted")
    let archive = folder.file(name)
    guard try run("tar", ["-czf", archive.path, "-C", source.url.path, folderName, "elsewhere"])
    else { throw FixtureError() }
    return try md5(ofFileAt: archive)
  }
}

struct FixtureError: Error {}

// MARK: - Images

/// `count` images whose bytes all differ from one image to the next, labelled `index % classes`.
func numberedImages(count: Int, classes: Int = 10) throws -> ImageDataset {
  var generator = SeededGenerator(seed: 99)
  var bytes = [UInt8](repeating: 0, count: count * ImageDataset.bytesPerImage)
  for place in bytes.indices { bytes[place] = UInt8(truncatingIfNeeded: generator.next()) }
  return try ImageDataset(
    name: "numbered",
    classNames: (0..<classes).map { "class \($0)" },
    images: bytes,
    labels: (0..<count).map { $0 % classes }
  )
}
