import Testing

@testable import Reports

struct TableTests {
  private let table = Table(
    "numbers",
    columns: ["name", "value"],
    rows: [
      [.text("plain"), .number(1)], [.text("a, \"b\"\r\nc"), .number(0.1)],
      [.text("=1+1"), .number(.infinity)], [.empty, .empty],
    ]
  )

  @Test
  func `as CSV words are quoted where they must be, and what is no number is nothing`() {
    #expect(table.csv == "name,value\nplain,1\n\"a, \"\"b\"\"\r\nc\",0.1\n=1+1,\n,\n")
  }

  @Test
  func `as JSON every row is an object`() throws {
    #expect(
      try table.objects.sortedJSON()
        == #"[{"name":"plain","value":1},{"name":"a, \"b\"\r\nc","value":0.1},"#
        + #"{"name":"=1+1","value":null},{"name":null,"value":null}]"#
    )
  }
}
