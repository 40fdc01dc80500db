import Foundation
import Testing
import Torch
import TorchNN

struct SafetensorsTests {
  private func sample() throws -> Safetensors {
    Safetensors(
      tensors: [
        "bytes": try Tensor([Int64(0), 127, 255], shape: [3]).converted(to: .uint8),
        "labels": try Tensor([Int64.min, -1, .max], shape: [3]),
        "weights": try Tensor(
          [Float(1.5), -0.0, .infinity, .leastNonzeroMagnitude],
          shape: [2, 2]
        ),
        "doubles": try Tensor([0.1, -1e300], shape: [2, 1]),
        "scalar": try Tensor([Float(3)], shape: []),
        "nothing": try Tensor([Float](), shape: [0]),
        "no rows": try Tensor([Int64](), shape: [0, 3]),
        "gewichte/\u{e4}\u{1f600} \"x\" \\ \n:{}": try Tensor([Float(2)], shape: [1]),
      ],
      metadata: ["format": "pt", "\u{e4}:": "{\"a\": 1}", "empty": ""]
    )
  }

  @Test
  func `every type and shape, names and metadata come back as they were`() throws {
    let original = try sample()
    let back = try Safetensors(original.encoded())
    #expect(back.metadata == original.metadata)
    #expect(back.tensors.keys.sorted() == original.tensors.keys.sorted())
    for (name, tensor) in original.tensors {
      let found = try #require(back.tensors[name])
      #expect(found.shape == tensor.shape, "\(name)")
      #expect(try found.scalarType == tensor.scalarType, "\(name)")
      #expect(try bytes(found) == bytes(tensor), "\(name)")
    }
  }

  @Test
  func `a file is little-endian length, JSON and elements without gaps`() throws {
    let file = Safetensors(
      tensors: [
        "b": try Tensor([Float(1)], shape: [1]), "a": try Tensor([Int64(2)], shape: [1, 1]),
      ],
      metadata: ["k": "v"]
    )
    let header =
      #"{"__metadata__":{"k":"v"},"a":{"data_offsets":[0,8],"dtype":"I64","shape":[1,1]},"#
      + #""b":{"data_offsets":[8,12],"dtype":"F32","shape":[1]}}"#
    let padded = header + String(repeating: " ", count: -header.utf8.count & 7)
    let expected: [UInt8] =
      [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8)
      + [2, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0x80, 0x3F]
    #expect(try Array(file.encoded()) == expected)
  }

  @Test
  func `the same tensors always give the same bytes, in either order in memory`() throws {
    let first = try sample().encoded()
    #expect(try sample().encoded() == first)
    let names = ["e", "b", "d", "a", "c", "g", "f"]
    let header = try Safetensors(
      tensors: Dictionary(uniqueKeysWithValues: names.map { ($0, try .full([1], value: 0)) })
    ).encoded()
    for (index, name) in names.sorted().enumerated() {
      let entry = "\"\(name)\":{\"data_offsets\":[\(4 * index),\(4 * index + 4)]"
      #expect(header.range(of: Data(entry.utf8)) != nil, "\(name)")
    }
    let rows = try Tensor((0..<24).map(Float.init), shape: [2, 3, 2, 2])
    #expect(
      try Safetensors(tensors: ["w": rows]).encoded()
        == Safetensors(tensors: ["w": rows.arranged(in: .channelsLast)]).encoded()
    )
  }

  @Test
  func `no tensors at all are a file too`() throws {
    let back = try Safetensors(Safetensors(tensors: [:]).encoded())
    #expect(back.tensors.isEmpty)
    #expect(back.metadata.isEmpty)
  }

  @Test
  func `a part of larger data reads like the whole`() throws {
    let file = try sample().encoded()
    let larger = Data([1, 2, 3]) + file + Data([4])
    #expect(try Safetensors(larger[3..<3 + file.count]).tensors.count == 8)
  }

  @Test
  func `a file is written over an old one and read`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("weights \u{e4}.safetensors")
      try Safetensors(tensors: [:]).write(to: url)
      try sample().write(to: url)
      #expect(try Safetensors(contentsOf: url).tensors.count == 8)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test
  func `where nothing can be written or read the path and the reason are said`() throws {
    try withTemporaryFolder { folder in
      let nowhere = folder.appendingPathComponent("no/such/folder/weights.safetensors")
      let unwritable = #expect(throws: SafetensorsError.self) { try sample().write(to: nowhere) }
      #expect(
        unwritable == .unwritable(path: nowhere.path, reason: "no such file or directory")
      )
      // A folder stands where the file shall be.
      let occupied = #expect(throws: SafetensorsError.self) { try sample().write(to: folder) }
      #expect(occupied == .unwritable(path: folder.path, reason: "it is a folder"))
      let contents = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(contents.isEmpty)

      #expect(
        throws: SafetensorsError.unreadable(path: nowhere.path, reason: "there is no such file")
      ) {
        _ = try Safetensors(contentsOf: nowhere)
      }
      let unreadable = #expect(throws: SafetensorsError.self) {
        _ = try Safetensors(contentsOf: folder)
      }
      #expect(unreadable == .unreadable(path: folder.path, reason: "it is a folder"))
    }
  }

  @Test
  func `a pipe is neither replaced nor waited for`() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appendingPathComponent("pipe")
      try #require(mkfifo(pipe.path, 0o600) == 0)
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: pipe)
      for file in [pipe, link] {
        let reason = "it is no regular file"
        #expect(throws: SafetensorsError.unwritable(path: file.path, reason: reason)) {
          try sample().write(to: file)
        }
        #expect(throws: SafetensorsError.unreadable(path: file.path, reason: reason)) {
          _ = try Safetensors(contentsOf: file)
        }
      }
      var status = stat()
      #expect(stat(pipe.path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
  }

  @Test
  func `a link to a file stays one, and the file is written`() throws {
    try withTemporaryFolder { folder in
      let kept = folder.appendingPathComponent("kept")
      try Safetensors(tensors: [:]).write(to: kept)
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "kept")
      try sample().write(to: link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "kept")
      #expect(try Safetensors(contentsOf: kept).tensors.count == 8)
      #expect(try Safetensors(contentsOf: link).tensors.count == 8)
    }
  }

  @Test
  func `a tensor of the metadata's name cannot be written`() throws {
    let file = Safetensors(tensors: ["__metadata__": try .full([1], value: 0)])
    #expect(throws: SafetensorsError.reservedName("__metadata__")) { _ = try file.encoded() }
  }

  private func bytes(_ tensor: Tensor) throws -> [UInt8] {
    var bytes = [UInt8](
      repeating: 0,
      count: tensor.elementCount * (try tensor.scalarType.byteCount)
    )
    try bytes.withUnsafeMutableBytes { try tensor.copyBytes(to: $0) }
    return bytes
  }
}
