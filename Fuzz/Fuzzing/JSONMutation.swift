import Datasets

/// Changes to what JSON is made of: numbers at the ends of their types, members left out or doubled.
///
/// It looks for digits and brackets alone, so that it also works on JSON within a string of JSON and with
/// bytes around it.
enum JSONMutation {
  static let numbers = [
    "0", "-0", "1", "-1", "2", "3", "7", "64", "255", "256", "65535", "65536", "65537", "1000000",
    "1000001", "2147483647", "2147483648", "4294967295", "9007199254740992", "9007199254740993",
    "4611686018427387904", "9223372036854775806", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "18446744073709551615", "18446744073709551616", "0.5", "0.1",
    "0.999999",
    "1e-5", "1e-308", "5e-324", "1e308", "1.7976931348623157e308", "-1e308", "1e400", "1e18",
    "1e19",
    "null", "true", "\"\"", "[]", "{}",
  ]

  static func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var changed = bytes
    for _ in 0...generator.next() % 3 {
      switch generator.next() % 6 {
      case 0, 1, 2: replaceNumber(in: &changed, &generator)
      case 3: swapNumbers(in: &changed, &generator)
      case 4: dropMember(of: &changed, &generator)
      default: doubleElement(of: &changed, &generator)
      }
    }
    return changed
  }

  private static func numberRanges(_ bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start: Int?
    for (index, byte) in bytes.enumerated() {
      let isDigit = (48...57).contains(byte)
      let goesOn =
        isDigit
        || [
          UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
          UInt8(ascii: "-"), UInt8(ascii: "+"),
        ].contains(byte)
      if start == nil, isDigit || byte == UInt8(ascii: "-") { start = index }
      if let begin = start, !goesOn {
        ranges.append(begin..<index)
        start = nil
      }
    }
    if let start { ranges.append(start..<bytes.count) }
    return ranges
  }

  private static func replaceNumber(in bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let ranges = numberRanges(bytes)
    guard let range = ranges.randomElement(using: &generator) else { return }
    bytes.replaceSubrange(range, with: generator.element(of: numbers).utf8)
  }

  private static func swapNumbers(in bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let ranges = numberRanges(bytes)
    guard let one = ranges.randomElement(using: &generator),
      let other = ranges.randomElement(using: &generator)
    else { return }
    bytes.replaceSubrange(one, with: Array(bytes[other]))
  }

  /// Removes what is between two commas.
  private static func dropMember(of bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let commas = bytes.indices.filter { bytes[$0] == UInt8(ascii: ",") }
    guard commas.count >= 2 else { return }
    let index = Int(generator.next() % UInt64(commas.count - 1))
    bytes.removeSubrange(commas[index]..<commas[index + 1])
  }

  /// Writes an object or list that a comma may follow once more.
  private static func doubleElement(of bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let opening = bytes.indices.filter {
      bytes[$0] == UInt8(ascii: "{") || bytes[$0] == UInt8(ascii: "[")
    }
    guard let begin = opening.randomElement(using: &generator) else { return }
    var depth = 0
    for index in begin..<bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      guard depth == 0 else { continue }
      bytes.insert(contentsOf: Array(bytes[begin...index]) + [UInt8(ascii: ",")], at: begin)
      return
    }
  }
}

extension SeededGenerator {
  /// An element of a list that has some.
  mutating func element<Element>(of list: [Element]) -> Element {
    list[Int(next() % UInt64(list.count))]
  }
}
