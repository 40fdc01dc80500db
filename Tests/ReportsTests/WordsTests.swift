import Testing

@testable import Reports

struct WordsTests {
  @Test(arguments: [
    ("", 5, []), ("one", 5, ["one"]), ("one two three", 7, ["one two", "three"]),
    ("one two", 6, ["one", "two"]), ("a longer-than-all b", 4, ["a", "longer-than-all", "b"]),
  ])
  func `text is broken between words`(text: String, width: Int, lines: [String]) {
    #expect(text.wrapped(to: width) == lines)
  }

  @Test(
    arguments: [
      (0, "0.0 s"), (8.24, "8.2 s"), (59.94, "59.9 s"), (59.95, "1 min 00 s"), (60, "1 min 00 s"),
      (200, "3 min 20 s"), (3_599.4, "59 min 59 s"), (3_599.6, "1 h 00 min"), (3_600, "1 h 00 min"),
      (7_499, "2 h 05 min"), (7_170, "2 h 00 min"), (90_000, "25 h 00 min"), (1e300, "ages"),
      (.infinity, "ages"), (-3, "-3.0 s"),
    ] as [(Double, String)]
  )
  func `a duration is said like this`(seconds: Double, text: String) {
    #expect(seconds.asDuration == text)
  }

  @Test
  func `a duration that is no number is said without a crash`() {
    #expect(Double.nan.asDuration.hasSuffix(" s"))
  }

  @Test(
    arguments: [
      (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (45_000, "45,000"),
      (1_234_567, "1,234,567"), (-1_000, "-1,000"), (-999, "-999"),
      (Int.max, "9,223,372,036,854,775,807"), (Int.min, "-9,223,372,036,854,775,808"),
    ]
  )
  func `a count is grouped like this`(count: Int, text: String) {
    #expect(count.grouped == text)
  }

  @Test
  func `digits are these`() {
    #expect(2.34567.fixed(2) == "2.35" && 0.0.fixed(0) == "0" && (-0.5).fixed(1) == "-0.5")
    #expect(1.25.signed(1) == "+1.2" && (-0.5).signed(0) == "-0" && 0.2009.percent == "20.1 %")
  }
}
