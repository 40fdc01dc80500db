import Testing

@testable import FreezeOutCommand

struct AmountsTests {
  @Test(
    arguments: [
      ("20%", 0.2), ("0.2", 0.2), ("7.5%", 0.075), ("0%", nil), ("100%", nil), ("1", nil),
      ("-0.1", nil), ("nan", nil), ("", nil), ("%", nil), ("20 %", nil),
    ] as [(String, Double?)]
  )
  func `a share is a percentage or a fraction`(text: String, value: Double?) {
    #expect(Share(argument: text)?.value == value)
  }

  @Test(
    arguments: [
      ("90s", 90), ("15m", 900), ("1h30m", 5400), ("2h", 7200), ("1h1m1.5s", 3661.5), ("15", nil),
      ("m", nil), ("1m1h", nil), ("1m1m", nil), ("0s", nil), ("-5m", nil), ("5 m", nil), ("", nil),
    ] as [(String, Double?)]
  )
  func `a time has units, from the longest down`(text: String, seconds: Double?) {
    #expect(TimeSpan(argument: text)?.seconds == seconds)
  }

  @Test(
    arguments: [
      ("500MB", 500_000_000), ("2GB", 2_000_000_000), ("1GiB", 1 << 30), ("1.5kib", 1536),
      ("123", 123), ("7B", 7), ("0", nil), ("-1GB", nil), ("GB", nil), ("1e30", nil), ("0.1", nil),
      ("many", nil),
    ] as [(String, Int?)]
  )
  func `an amount of memory has a unit or is of bytes`(text: String, bytes: Int?) {
    #expect(ByteCount(argument: text)?.bytes == bytes)
  }

  @Test
  func `columns of a table are as wide as their widest word`() {
    var table = TextTable([("layer", .left), ("n", .right), ("", .left)])
    table.append(["a", "1,000", "x"])
    table.append(["longer", "7", ""])
    #expect(table.lines == ["layer       n", "a       1,000  x", "longer      7"])
  }
}
