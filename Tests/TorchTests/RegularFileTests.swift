import Foundation
import Testing
import Torch

struct RegularFileTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("freezeout-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func expectReason(
    _ expected: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    of body: () throws -> Void
  ) {
    let error = #expect(
      throws: (any Error).self,
      sourceLocation: sourceLocation,
      performing: body
    )
    #expect(error?.systemReason == expected, sourceLocation: sourceLocation)
  }

  private func listing(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test
  func `what the system refused is said in its own words`() throws {
    #expect(POSIXError(.ENOSPC).systemReason == "no space left on device")
    #expect(POSIXError(.EIO).systemReason == "input/output error")
    try withFolder { folder in
      expectReason("is a directory") { _ = try Data(contentsOf: folder) }
      let missing = folder.appendingPathComponent("no/file")
      expectReason("no such file or directory") { _ = try Data(contentsOf: missing) }
      expectReason("no such file or directory") { try Data().write(to: missing, options: .atomic) }
      expectReason("no such file or directory") { _ = try FileHandle(forReadingFrom: missing) }
      expectReason("file exists") {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      }
    }
  }

  @Test
  func `an error without a cause beneath keeps its own words`() {
    let error = NSError(
      domain: "test",
      code: 7,
      userInfo: [NSLocalizedDescriptionKey: "The operation could not be completed. Late again."]
    )
    #expect(error.systemReason == "late again")
    let name = NSError(domain: "test", code: 7, userInfo: [NSLocalizedDescriptionKey: "DNS fails"])
    #expect(name.systemReason == "DNS fails")
  }

  @Test
  func `a file is made, replaced and read, and nothing else is left`() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("a \u{e4}")
      for bytes in [Data([1, 2]), Data(), Data([3])] {
        try RegularFile.write(bytes, to: file)
        #expect(try RegularFile.read(file) == bytes)
        #expect(try listing(folder).count == 1)
      }
    }
  }

  @Test
  func `a replaced file keeps its permissions`() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("file")
      try RegularFile.write(Data([1]), to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
      try RegularFile.write(Data([2]), to: file)
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o640)
    }
  }

  @Test
  func `a pipe is neither read nor replaced`() throws {
    try withFolder { folder in
      let pipe = folder.appendingPathComponent("pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: pipe)
      for file in [pipe, link] {
        expectReason("it is no regular file") { _ = try RegularFile.read(file) }
        expectReason("it is no regular file") { try RegularFile.write(Data([1]), to: file) }
      }
      var status = stat()
      #expect(stat(pipe.path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
      #expect(try listing(folder) == ["link", "pipe"])
    }
  }

  @Test
  func `a folder and a missing folder are refused`() throws {
    try withFolder { folder in
      expectReason("it is a folder") { _ = try RegularFile.read(folder) }
      expectReason("it is a folder") { try RegularFile.write(Data(), to: folder) }
      let file = folder.appendingPathComponent("no/file")
      expectReason("there is no such file") { _ = try RegularFile.read(file) }
      expectReason("no such file or directory") { try RegularFile.write(Data(), to: file) }
      let left = try listing(folder)
      #expect(left.isEmpty)
    }
  }

  @Test(arguments: [true, false])
  func `through links the file is written, and the links stay`(isThere: Bool) throws {
    try withFolder { folder in
      let inner = folder.appendingPathComponent("inner")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
      let target = inner.appendingPathComponent("target")
      if isThere { try Data([1]).write(to: target) }
      let manager = FileManager.default
      let (first, second) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("2"))
      try manager.createSymbolicLink(atPath: second.path, withDestinationPath: "inner/target")
      try manager.createSymbolicLink(atPath: first.path, withDestinationPath: second.path)
      try RegularFile.write(Data([5]), to: first)
      #expect(try Data(contentsOf: target) == Data([5]))
      #expect(try RegularFile.read(first) == Data([5]))
      #expect(try manager.destinationOfSymbolicLink(atPath: second.path) == "inner/target")
      #expect(try listing(folder) == ["1", "2", "inner"])
      #expect(try listing(inner) == ["target"])
    }
  }

  @Test
  func `links that lead back to themselves are refused`() throws {
    try withFolder { folder in
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "link")
      expectReason("too many levels of symbolic links") { _ = try RegularFile.read(link) }
      expectReason("too many levels of symbolic links") { try RegularFile.write(Data(), to: link) }
      #expect(try listing(folder) == ["link"])
    }
  }
}
