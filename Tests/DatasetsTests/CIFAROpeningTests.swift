import Foundation
import Testing

@testable import Datasets

/// Steps as they are told, from any thread.
final class ProgressLog: @unchecked Sendable {
  private let lock = NSLock()
  private var steps: [DatasetProgress] = []

  func add(_ step: DatasetProgress) { lock.withLock { steps.append(step) } }
  var all: [DatasetProgress] { lock.withLock { steps } }
}

@Suite struct CIFAROpeningTests {
  @Test("An archive in the folder is unpacked, once, and only what is wanted of it")
  func archive() throws {
    let folder = try TemporaryFolder()
    let plain = CIFARLayout.cifar10.tiny()
    let layout = plain.tiny(md5: try plain.makeArchive(in: folder))
    let log = ProgressLog()
    #expect(
      try layout.open(in: folder.url, progress: log.add).training.labels == [0, 1, 2, 3, 4, 5]
    )
    let name = layout.folderName
    #expect(
      folder.listing() == [
        name, "\(name)/a.bin", "\(name)/b.bin", "\(name)/test.bin", "tiny.tar.gz",
      ]
    )
    #expect(
      log.all == [
        .unpacking(path: folder.file("tiny.tar.gz").path), .reading(path: folder.file(name).path),
      ]
    )
    try FileManager.default.removeItem(at: folder.file("tiny.tar.gz"))
    #expect(try layout.open(in: folder.url).test.labels == [9, 8])
  }

  @Test("A path may hold what tar and shells read otherwise")
  func oddPath() throws {
    let folder = try TemporaryFolder()
    let odd = folder.file("host:dir/-x $HOME 'q'")
    try FileManager.default.createDirectory(at: odd, withIntermediateDirectories: true)
    let plain = CIFARLayout.cifar10.tiny()
    let md5 = try plain.makeArchive(in: folder)
    try FileManager.default.moveItem(
      at: folder.file("tiny.tar.gz"),
      to: odd.appendingPathComponent("tiny.tar.gz")
    )
    #expect(try plain.tiny(md5: md5).open(in: odd).training.count == 6)
  }

  @Test("An archive with another checksum is refused and left alone")
  func wrongChecksum() throws {
    let folder = try TemporaryFolder()
    let plain = CIFARLayout.cifar10.tiny()
    let found = try plain.makeArchive(in: folder)
    let layout = plain.tiny(md5: "c32a1d4ab5d03f1284b67883e8d87530")
    #expect(
      throws: DatasetError.checksumMismatch(
        path: folder.file("tiny.tar.gz").path,
        found: found,
        expected: "c32a1d4ab5d03f1284b67883e8d87530"
      )
    ) { try layout.open(in: folder.url) }
    #expect(folder.listing() == ["tiny.tar.gz"])
  }

  @Test(
    "The checksum is MD5",
    arguments: [
      ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
    ]
  )
  func checksum(text: String, expected: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(text.utf8), to: "file")
    #expect(try md5(ofFileAt: folder.file("file")) == expected)
  }

  enum Trick: CaseIterable {
    case noArchive, missingMember, linkedMember, linkedFolder, folderMember, cutOff

    /// Makes the archive from a folder that has the right files.
    func makeArchive(_ archive: URL, from source: TemporaryFolder, name: String) throws {
      let manager = FileManager.default
      let member = source.file("\(name)/a.bin")
      switch self {
      case .noArchive:
        try Data("<html>".utf8).write(to: archive)
        return
      case .missingMember: try manager.removeItem(at: member)
      case .linkedMember:
        try manager.moveItem(at: member, to: source.file("a.bin"))
        try manager.createSymbolicLink(
          atPath: member.path,
          withDestinationPath: source.file("a.bin").path
        )
      case .linkedFolder:
        try manager.moveItem(at: source.file(name), to: source.file("real"))
        try manager.createSymbolicLink(
          atPath: source.file(name).path,
          withDestinationPath: source.file("real").path
        )
      case .folderMember:
        try manager.removeItem(at: member)
        try manager.createDirectory(at: member, withIntermediateDirectories: false)
      case .cutOff: break
      }
      try run("tar", ["-czf", archive.path, "-C", source.url.path, name])
      if self == .cutOff {
        let whole = try Data(contentsOf: archive)
        try whole.prefix(whole.count / 2).write(to: archive)
      }
    }
  }

  @Test("An archive that is not what it says leaves nothing behind", arguments: Trick.allCases)
  func tricks(trick: Trick) throws {
    let plain = CIFARLayout.cifar10.tiny()
    let source = try TemporaryFolder()
    try plain.writeFiles(to: source, under: plain.folderName)
    let folder = try TemporaryFolder()
    let archive = folder.file("tiny.tar.gz")
    try trick.makeArchive(archive, from: source, name: plain.folderName)
    let layout = plain.tiny(md5: try md5(ofFileAt: archive))
    let error = #expect(throws: DatasetError.self) { try layout.open(in: folder.url) }
    guard case .extractionFailed(archive.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(folder.listing() == ["tiny.tar.gz"])
  }

  @Test("What an interrupted run left is not taken for data")
  func leftovers() throws {
    let folder = try TemporaryFolder()
    let plain = CIFARLayout.cifar10.tiny()
    let layout = plain.tiny(md5: try plain.makeArchive(in: folder))
    let name = layout.folderName
    try folder.write([1], to: ".\(name).young.partial/\(name)/a.bin")
    try folder.write([1], to: ".\(name).old.partial/\(name)/a.bin")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -100_000)],
      ofItemAtPath: folder.file(".\(name).old.partial").path
    )
    #expect(try layout.open(in: folder.url).training.count == 6)
    // The young one may belong to a program that is still at work.
    #expect(folder.listing().contains(".\(name).young.partial"))
    #expect(!folder.listing().contains(".\(name).old.partial"))
  }

  @Test("Two at once both open the data set")
  func twoAtOnce() async throws {
    let folder = try TemporaryFolder()
    let plain = CIFARLayout.cifar10.tiny()
    let layout = plain.tiny(md5: try plain.makeArchive(in: folder))
    try await withThrowingTaskGroup(of: [Int].self) { group in
      for _ in 0..<4 { group.addTask { try layout.open(in: folder.url).training.labels } }
      for try await labels in group { #expect(labels == [0, 1, 2, 3, 4, 5]) }
    }
    #expect(folder.listing().count == 5)
  }

  @Test("A data folder that cannot be made is one clear error")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    let inside = folder.file("file/data")
    let error = #expect(throws: DatasetError.self) {
      try CIFARLayout.cifar10.tiny().open(in: inside)
    }
    #expect(error == .unwritable(path: inside.path, reason: "not a directory"))
  }

  @Test("A pipe in the archive's place is refused, not waited for")
  func pipe() throws {
    let folder = try TemporaryFolder()
    let archive = folder.file("tiny.tar.gz")
    try #require(mkfifo(archive.path, 0o600) == 0)
    #expect(
      throws: DatasetError.unreadableFile(path: archive.path, reason: "it is no regular file")
    ) { try CIFARLayout.cifar10.tiny().open(in: folder.url) }
    #expect(folder.listing() == ["tiny.tar.gz"])
  }
}
