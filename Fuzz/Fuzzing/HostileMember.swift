import Foundation

/// A member of an archive in six bytes: name, type, link, length, mode, and how its header is broken.
enum HostileMember {
  static let folderName = "set"
  static let fileNames = ["one.bin", "two.bin"]
  static var wanted: [String] { fileNames.map { "\(folderName)/\($0)" } }

  private static let types = Array("0125346xgLKSDMV7".utf8) + [0]

  private static func names(_ outside: String) -> [String] {
    wanted + [
      "set", "../evil", "\(outside)/evil", "set/one.bin/evil", "set/../evil",
      "set/one.bin/../../evil",
      "./set/one.bin", "set//one.bin", "/set/one.bin", "set/", "set/one.bin/", "set/two.bin/canary",
      "set/one.bin/canary", "..", "../outside/canary", "\(outside)/canary", "../../outside/evil",
      "../../../outside/evil", "set/one.bin/one.bin", "set/one.bin\u{1}", "set/one.bin\n", "",
      "set/three.bin", "*", "set/*", "-C", "--to-command=touch evil", "set/one.bin --checkpoint=1",
      "../data/set", "../data/set.tar.gz", "../set.tar.gz", "../../data/set/one.bin",
    ]
  }

  private static func links(_ outside: String) -> [String] {
    [
      "\(outside)/canary", outside, "..", "../..", "../../..", "../../../outside", "../../outside",
      "../../../outside/canary", "../../outside/canary", "set/two.bin", "set/one.bin", "one.bin",
      "two.bin", ".", "", "/", "/dev/null", "/proc/self/cwd", "set", "../set", "../set/two.bin",
      "../../set.tar.gz", "\(outside)/evil",
    ]
  }

  /// The tar file of members; what is left over is the last one's content.
  static func tar(of bytes: [UInt8], outside: String) -> Data {
    let (names, links) = (names(outside), links(outside))
    func pick<Element>(_ list: [Element], _ byte: UInt8) -> Element { list[Int(byte) % list.count] }
    var tar = Data()
    for start in stride(from: 0, to: bytes.count - 5, by: 6) {
      let type = pick(types, bytes[start + 1])
      var content = Data(repeating: UInt8(ascii: "x"), count: Int(bytes[start + 3]))
      switch type {
      case UInt8(ascii: "x"), UInt8(ascii: "g"):
        content = extendedHeader(
          of: bytes[start + 3],
          pick(names, bytes[start + 4]),
          pick(links, bytes[start + 2])
        )
      case UInt8(ascii: "L"): content = Data(pick(names, bytes[start + 4]).utf8) + [0]
      case UInt8(ascii: "K"): content = Data(pick(links, bytes[start + 2]).utf8) + [0]
      case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "5"): content = Data()
      default: break
      }
      var entry = TarEntry(name: pick(names, bytes[start]), content: content)
      entry.type = type
      entry.link = pick(links, bytes[start + 2])
      entry.mode = pick(
        ["0000644", "0000000", "0007777", "0000755", "777777\u{80}"],
        bytes[start + 4]
      )
      let broken = bytes[start + 5]
      if broken > 128 {
        entry.sizeText = pick(["77777777777", "00000000000", "-0000000001", ""], broken)
      }
      tar += entry.bytes
    }
    return tar + Data(count: 1024)
  }

  /// POSIX's extended header: `LENGTH KEY=VALUE`, a line each.
  private static func extendedHeader(of byte: UInt8, _ name: String, _ link: String) -> Data {
    let all = [
      "path=\(name)", "linkpath=\(link)", "size=99999999999", "GNU.sparse.name=\(name)",
      "GNU.sparse.realsize=1125899906842624", "GNU.sparse.map=0,1,1000000000000,1", "mtime=-1",
    ]
    let chosen = all.indices.filter { byte >> UInt8($0) & 1 == 1 }.map { all[$0] }
    return Data(
      chosen.map { line in
        var length = line.utf8.count + 2
        while "\(length) \(line)\n".utf8.count != length { length += 1 }
        return "\(length) \(line)\n"
      }
      .joined().utf8
    )
  }
}

/// A header of POSIX's ustar format and what is behind it.
struct TarEntry {
  var name: String
  var content: Data
  var type = UInt8(ascii: "0")
  var link = ""
  var mode = "0000644"
  var sizeText: String?

  init(name: String, content: Data) {
    self.name = name
    self.content = content
  }

  var bytes: Data {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int, _ limit: Int) {
      for (index, byte) in text.utf8.prefix(limit).enumerated() { header[offset + index] = byte }
    }
    let octal = String(content.count, radix: 8)
    put(name, at: 0, 100)
    put(mode, at: 100, 8)
    put("0000000", at: 108, 8)
    put("0000000", at: 116, 8)
    put(sizeText ?? String(repeating: "0", count: 11 - octal.count) + octal, at: 124, 12)
    put("00000000000", at: 136, 12)
    put("        ", at: 148, 8)
    header[156] = type
    put(link, at: 157, 100)
    put("ustar", at: 257, 6)
    put("00", at: 263, 2)
    put("0000001", at: 329, 8)
    put("0000003", at: 337, 8)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", at: 148, 8)
    return Data(header) + content + Data(count: -content.count & 511)
  }
}

/// RFC 1952 around RFC 1951's stored blocks.
enum Gzip {
  static func stored(_ data: Data) -> Data {
    var file = Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    var rest = data[...]
    repeat {
      let block = rest.prefix(65_535)
      rest = rest.dropFirst(block.count)
      let size = UInt16(block.count)
      file.append(rest.isEmpty ? 1 : 0)
      for value in [size, ~size] { file += [UInt8(value & 255), UInt8(value >> 8)] }
      file += block
    } while !rest.isEmpty
    for value in [checksum(data), UInt32(truncatingIfNeeded: data.count)] {
      file += (0..<4).map { UInt8(value >> ($0 * 8) & 255) }
    }
    return file
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1
    }
  }

  /// CRC-32 as RFC 1952 has it.
  private static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }
}
