import Testing

@testable import FreezeOutCommand

struct NumberFormatTests {
  @Test
  func `digits are these`() {
    #expect(0.000123456.significant(2) == "0.00012" && 1.5e-9.significant(2) == "1.5e-09")
    #expect(Double.infinity.significant(2) == "inf" && Double.nan.significant(2) == "nan")
    #expect("7".padded(to: 3) == "  7" && "1234".padded(to: 3) == "1234")
    #expect("7".filled(to: 3) == "7  " && "1234".filled(to: 3) == "1234")
  }
}
