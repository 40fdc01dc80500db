import Foundation
import Testing
import Torch
import TorchNN

/// A header with so many bytes behind it, and what its error must say.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let what: String
  let header: String
  let bodyByteCount: Int
  let reason: String

  init(_ what: String, _ header: String, _ bodyByteCount: Int, _ reason: String) {
    self.what = what
    self.header = header
    self.bodyByteCount = bodyByteCount
    self.reason = reason
  }

  var testDescription: String { what }

  var data: Data {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
      + Data(count: bodyByteCount)
  }
}

private func entry(_ shape: String, _ offsets: String, _ type: String = "F32") -> String {
  #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

private let notJSON = "its header is not the JSON of one"
private let said = "its header has a name twice, or more than dtype, shape and data_offsets"

private let hostileFiles: [HostileFile] = [
  .init("text", "hello", 0, notJSON),
  .init("an empty header", "", 0, notJSON),
  .init("a list", "[]", 0, notJSON),
  .init("a number", "7", 0, notJSON),
  .init("null", "null", 0, notJSON),
  .init("half a header", #"{"a":"#, 0, notJSON),
  .init("two headers", "{}{}", 0, notJSON),
  .init("NUL bytes", "{}\0\0", 0, notJSON),
  .init("an entry that is none", #"{"a":7}"#, 0, notJSON),
  .init("an entry without offsets", #"{"a":{"dtype":"F32","shape":[1]}}"#, 4, notJSON),
  .init(
    "a type that is no text",
    #"{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}"#,
    4,
    notJSON
  ),
  .init("a size that is text", #"{"a":\#(entry(#"["1"]"#, "[0,4]"))}"#, 4, notJSON),
  .init("a size that is a fraction", #"{"a":\#(entry("[1.5]", "[0,4]"))}"#, 4, notJSON),
  .init(
    "a size beyond 64 bits",
    #"{"a":\#(entry("[99999999999999999999]", "[0,4]"))}"#,
    4,
    notJSON
  ),
  .init("a size beyond a double", #"{"a":\#(entry("[1e999]", "[0,4]"))}"#, 4, notJSON),
  .init("metadata that is no text", #"{"__metadata__":{"a":7}}"#, 0, notJSON),
  .init("metadata that is null", #"{"__metadata__":null}"#, 0, notJSON),
  .init(
    "nesting",
    #"{"a":"# + String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
      + "}",
    0,
    notJSON
  ),
  .init("nesting without end", String(repeating: #"{"a":"#, count: 200_000), 0, notJSON),
  .init("a name twice", #"{"a":\#(entry("[1]", "[0,4]")),"a":\#(entry("[1]", "[0,4]"))}"#, 4, said),
  .init(
    "a name twice, once escaped",
    #"{"a":\#(entry("[1]", "[0,4]")),"\u0061":\#(entry("[1]", "[0,4]", "I64"))}"#,
    4,
    said
  ),
  .init("metadata twice", #"{"__metadata__":{},"__metadata__":{"a":"b"}}"#, 0, said),
  .init(
    "a shape twice",
    #"{"a":{"shape":[2],"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    4,
    said
  ),
  .init(
    "a member that nobody knows",
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":{"x":1}}}"#,
    4,
    said
  ),
  .init("no offsets", #"{"a":\#(entry("[1]", "[]"))}"#, 4, "a has no two offsets"),
  .init("one offset", #"{"a":\#(entry("[1]", "[0]"))}"#, 4, "a has no two offsets"),
  .init("three offsets", #"{"a":\#(entry("[1]", "[0,4,8]"))}"#, 8, "a has no two offsets"),
  .init(
    "a negative begin",
    #"{"a":\#(entry("[1]", "[-4,0]"))}"#,
    4,
    "a lies at -4..<0 where 0 was due"
  ),
  .init(
    "a negative end",
    #"{"a":\#(entry("[1]", "[0,-4]"))}"#,
    4,
    "a lies at 0..<-4 where 0 was due"
  ),
  .init(
    "the least integers",
    #"{"a":\#(entry("[1]", "[-9223372036854775808,9223372036854775807]"))}"#,
    4,
    "a lies at -9223372036854775808..<9223372036854775807 where 0 was due"
  ),
  .init(
    "offsets in reverse",
    #"{"a":\#(entry("[1]", "[4,0]"))}"#,
    4,
    "a lies at 4..<0 where 0 was due"
  ),
  .init("an end behind the file", #"{"a":\#(entry("[2]", "[0,8]"))}"#, 7, "a ends at byte 8 of 7"),
  .init(
    "an end far behind the file",
    #"{"a":\#(entry("[1]", "[0,9223372036854775807]"))}"#,
    4,
    "a ends at byte 9223372036854775807 of 4"
  ),
  .init(
    "an overlap",
    #"{"a":\#(entry("[2]", "[0,8]")),"b":\#(entry("[2]", "[4,12]"))}"#,
    12,
    "b lies at 4..<12 where 8 was due"
  ),
  .init(
    "the same place for two",
    #"{"a":\#(entry("[1]", "[0,4]")),"b":\#(entry("[1]", "[0,4]"))}"#,
    4,
    "lies at 0..<4 where 4 was due"
  ),
  .init(
    "a hole",
    #"{"a":\#(entry("[1]", "[0,4]")),"b":\#(entry("[1]", "[8,12]"))}"#,
    12,
    "b lies at 8..<12 where 4 was due"
  ),
  .init(
    "a hole at the start",
    #"{"a":\#(entry("[1]", "[4,8]"))}"#,
    8,
    "a lies at 4..<8 where 0 was due"
  ),
  .init(
    "bytes behind the last",
    #"{"a":\#(entry("[1]", "[0,4]"))}"#,
    5,
    "the tensors end at byte 4 of 5"
  ),
  .init("bytes of nothing", "{}", 1, "the tensors end at byte 0 of 1"),
  .init("a negative size", #"{"a":\#(entry("[-1]", "[0,4]"))}"#, 4, "a has the shape [-1]"),
  .init(
    "two negative sizes",
    #"{"a":\#(entry("[-1,-1]", "[0,4]"))}"#,
    4,
    "a has the shape [-1, -1]"
  ),
  .init("too few bytes for the shape", #"{"a":\#(entry("[2]", "[0,4]"))}"#, 4, "has 4 bytes"),
  .init("too many bytes for the shape", #"{"a":\#(entry("[1]", "[0,8]"))}"#, 8, "has 8 bytes"),
  .init("no bytes for one element", #"{"a":\#(entry("[]", "[0,0]"))}"#, 0, "has 0 bytes"),
  .init(
    "a product of sizes that wraps to 4",
    #"{"a":\#(entry("[9223372036854775807,9223372036854775807]", "[0,4]"))}"#,
    4,
    "has 4 bytes"
  ),
  .init(
    "a product of sizes that wraps to 0",
    #"{"a":\#(entry("[4294967296,4294967296]", "[0,0]"))}"#,
    0,
    "has 0 bytes"
  ),
  .init(
    "sizes of an empty tensor whose product is beyond an integer",
    #"{"a":\#(entry("[0,2147483647,2147483647,2147483647]", "[0,0]"))}"#,
    0,
    "a cannot be a tensor: Stride calculation overflowed"
  ),
  .init(
    "huge sizes of an empty tensor",
    #"{"a":\#(entry("[9223372036854775807,0,9223372036854775807]", "[0,0]"))}"#,
    0,
    "has 0 bytes"
  ),
]

struct HostileSafetensorsTests {
  @Test(arguments: hostileFiles)
  func `a hostile header is refused with its fault`(file: HostileFile) {
    let error = #expect(throws: SafetensorsError.self) { _ = try Safetensors(file.data, path: "x") }
    guard case .malformed("x", let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hasSuffix(file.reason), "\(reason)")
  }

  @Test(arguments: ["F16", "I32", "BOOL", "F8_E4M3", "f32", "", "F32 "])
  func `a type that is not read is named with its tensor`(type: String) {
    let file = HostileFile("", #"{"a.weight":\#(entry("[2]", "[0,8]", type))}"#, 8, "")
    #expect(throws: SafetensorsError.unsupportedType(path: "x", name: "a.weight", type: type)) {
      _ = try Safetensors(file.data, path: "x")
    }
  }

  @Test(arguments: [
    (0, "it has 0 bytes"), (7, "it has 7 bytes"),
    (8, "its header claims 72340172838076673 bytes of 8"),
    (1000, "its header claims 72340172838076673 bytes of 1000"),
  ])
  func `a length that the file does not have is refused before it is allocated`(
    byteCount: Int,
    reason: String
  ) {
    let data = Data(repeating: 1, count: byteCount)
    #expect(throws: SafetensorsError.malformed(path: "x", reason: reason)) {
      _ = try Safetensors(data, path: "x")
    }
  }

  @Test
  func `the greatest length is refused`() {
    let data = Data(repeating: 0xFF, count: 8) + Data("{}".utf8)
    #expect(
      throws: SafetensorsError.malformed(
        path: "x",
        reason: "its header claims 18446744073709551615 bytes of 10"
      )
    ) { _ = try Safetensors(data, path: "x") }
  }

  private func goodFile() throws -> Data {
    try Safetensors(
      tensors: [
        "conv1.weight": try Tensor((0..<12).map(Float.init), shape: [2, 3, 1, 2]),
        "labels": try Tensor([Int64(1), 2], shape: [2]),
        "mask": try Tensor([Int64(1), 0, 1], shape: [3]).converted(to: .uint8),
        "none": try Tensor([Float](), shape: [0, 2]),
      ],
      metadata: ["a": "b"]
    ).encoded()
  }

  @Test
  func `every prefix of a good file is refused`() throws {
    let file = try goodFile()
    _ = try Safetensors(file)
    for length in 0..<file.count {
      #expect(throws: SafetensorsError.self, "\(length)") {
        _ = try Safetensors(file.prefix(length))
      }
    }
  }

  @Test
  func `a good file with bytes changed is read or refused, but never ends the program`() throws {
    let file = try goodFile()
    var state: UInt64 = 1
    func next(below bound: Int) -> Int {
      // Knuth's linear congruential generator (MMIX).
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var refused = 0
    for _ in 0..<2_000 {
      var changed = file
      for _ in 0...next(below: 4) {
        // Digits and brackets often, so that the JSON often stays one.
        let byte = next(below: 2) == 0 ? Array("0123456789-[]{},\":".utf8)[next(below: 18)] : nil
        changed[next(below: changed.count)] = byte ?? UInt8(next(below: 256))
      }
      do {
        let read = try Safetensors(changed)
        for tensor in read.tensors.values {
          #expect(try tensor.doubles().count == tensor.elementCount)
        }
      } catch is SafetensorsError {
        refused += 1
      }
    }
    #expect(refused > 500 && refused < 2_000)
  }

  @Test
  func `an empty tensor of large sizes and one of many dimensions are read as they are`() throws {
    let large = HostileFile("", #"{"a":\#(entry("[2147483647,2147483647,0]", "[0,0]"))}"#, 0, "")
    let empty = try #require(try Safetensors(large.data).tensors["a"])
    #expect(empty.elementCount == 0)
    #expect(try empty.floats() == [])
    let ones = "[" + Array(repeating: "1", count: 60).joined(separator: ",") + "]"
    let deep = HostileFile("", #"{"a":\#(entry(ones, "[0,4]"))}"#, 4, "")
    #expect(try Safetensors(deep.data).tensors["a"]?.floats() == [0])
  }

  @Test
  func `sizes beyond what libtorch can hold are read or refused`() throws {
    let sizes = Array(repeating: "2147483647", count: 40).joined(separator: ",")
    let file = HostileFile("", #"{"a":\#(entry("[" + sizes + ",0]", "[0,0]"))}"#, 0, "")
    do {
      let tensor = try #require(try Safetensors(file.data).tensors["a"])
      #expect(try tensor.floats() == [])
    } catch is SafetensorsError {
    }
    let many = Array(repeating: "1", count: 100_000).joined(separator: ",")
    let deep = HostileFile("", #"{"a":\#(entry("[" + many + "]", "[0,4]"))}"#, 4, "")
    do {
      let tensor = try #require(try Safetensors(deep.data).tensors["a"])
      #expect(try tensor.floats() == [0])
    } catch is SafetensorsError {
    }
  }

  @Test
  func `an error reads as one sentence`() {
    let errors: [(SafetensorsError, String)] = [
      (
        .unreadable(path: "w", reason: "there is no such file"),
        "w cannot be read (there is no such file): give a file that can be read"
      ),
      (
        .unwritable(path: "w", reason: "it is no regular file"),
        "w cannot be written (it is no regular file): give a file that can be written"
      ),
      (
        .malformed(path: "w", reason: "it has 3 bytes"),
        "w is not a safetensors file (it has 3 bytes): give one that is whole"
      ),
      (
        .unsupportedType(path: "w", name: "a", type: "F16"),
        "w has a tensor a of type F16: convert it to F32, F64, I64 or U8"
      ),
      (
        .reservedName("__metadata__"),
        "a safetensors file cannot hold a tensor named __metadata__: rename it"
      ),
    ]
    for (error, text) in errors { #expect(error.description == text) }
  }
}
