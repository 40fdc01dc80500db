import Testing

@testable import TensorBoard

struct EventFileNameTests {
  @Test(
    arguments: zip(
      ["node-1.cluster", "Anna's Mac", "größe/x"],
      ["node-1.cluster", "Anna-s-Mac", "gr--e-x"]
    )
  )
  func `a name is as TensorFlow's, whatever the machine is called`(host: String, plain: String) {
    let name = EventFileName(seconds: 1_700_000_000, host: host, process: 12, writer: "freezeout")
    #expect(name.description == "events.out.tfevents.1700000000.\(plain).12.freezeout")
  }

  @Test
  func `names sort by their times`() {
    let names = [5, 999_999_999, 1_000_000_000].map {
      EventFileName(seconds: $0, host: "a", process: 1, writer: "w").description
    }
    #expect(names == names.sorted() && names[0].contains(".0000000005."))
  }

  @Test(
    arguments: zip(
      [
        "events.out.tfevents.1700000000.a.1.freezeout", "events.out.tfevents.1700000000.a.1.0",
        "events.out.tfevents.1.freezeout.v2", "run.json", "my.tfevents.freezeout",
      ],
      [true, false, false, false, false]
    )
  )
  func `a program's own files are told from others'`(name: String, isOwn: Bool) {
    #expect(EventFileName.isEventFile(name, of: "freezeout") == isOwn)
  }
}
