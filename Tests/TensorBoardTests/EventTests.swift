import Foundation
import Testing

@testable import TensorBoard

/// Events, and the bytes that TensorBoard's own classes make of them (2.21, `RecordWriter` and
/// `SerializeToString(deterministic=True)` of `event_pb2`, `api_pb2` and `plugin_data_pb2`).
struct EventTests {
  struct Golden: Sendable {
    var event: Event
    var record: String
  }

  static let goldens = [
    Golden(
      event: Event(wallSeconds: 1.5, step: 0, content: .beginning(writer: "freezeout")),
      record: """
        2500000000000000eabc36f309000000000000f83f1a0d627261696e2e4576656e743a32520b0a0966726565
        7a656f75747677dd5a
        """
    ),
    Golden(
      event: Event(
        wallSeconds: 2.25,
        step: 300,
        content: .scalars([Scalar("loss/training", 0.5), Scalar("learning rate/conv1", 0)])
      ),
      record: """
        40000000000000002817f49509000000000000024010ac022a320a140a0d6c6f73732f747261696e696e6715
        0000003f0a1a0a136c6561726e696e6720726174652f636f6e7631150000000098d48f50
        """
    ),
    Golden(
      event: Event(wallSeconds: 1.5, step: 7, content: .restart),
      record: "0f000000000000006d532b0909000000000000f83f10073a020801774771c7"
    ),
    Golden(
      event: Event(wallSeconds: 1.5, step: 0, content: .experiment(experiment)),
      record: """
        94000000000000005d25f10009000000000000f83f2a88010a85010a145f68706172616d735f2f6578706572
        696d656e744a6d0a6b0a0768706172616d731260125e19000000000000f83f22060a027430200322140a0673
        63616c656420022a080a0220010a022000221d0a0667726f77746820012a110a061a046e6f6e650a071a0563
        75626963220b0a076e6574776f726b20012a090a0712056572726f72b4c77134
        """
    ),
    Golden(
      event: Event(wallSeconds: 1.5, step: 0, content: .sessionStart(["t0": .number(0.8)])),
      record: """
        56000000000000004e2de2b209000000000000f83f2a4b0a490a1c5f68706172616d735f2f73657373696f6e
        5f73746172745f696e666f4a290a270a0768706172616d73121c1a1a0a0f0a0274301209119a9999999999e9
        3f29000000000000f83f9767cefb
        """
    ),
    Golden(
      event: Event(wallSeconds: 9, step: 16, content: .sessionEnd(.failure)),
      record: """
        4700000000000000bac3fb9b09000000000000224010102a3a0a380a1a5f68706172616d735f2f7365737369
        6f6e5f656e645f696e666f4a1a0a180a0768706172616d73120d220b0802110000000000002240a495f17c
        """
    ),
  ]

  static let experiment = Experiment(
    columns: [
      .init("t0", .number), .init("scaled", .flag), .init("growth", .text(["none", "cubic"])),
      .init("network", .text([])),
    ],
    metrics: ["error"]
  )

  @Test(arguments: goldens)
  func `an event has the bytes that TensorBoard's own classes give it`(golden: Golden) throws {
    let bytes = try golden.event.encoded().map { String(format: "%02x", $0) }.joined()
    #expect(bytes == golden.record.filter { !$0.isNewline })
  }

  @Test
  func `what was written is read`() throws {
    let events =
      Self.goldens.map(\.event) + [
        Event(
          wallSeconds: 3,
          step: 0,
          content: .sessionStart([
            "a": .flag(true), "b": .flag(false), "c": .text("cubic"), "d": .number(-1),
          ])
        ), Event(wallSeconds: 4, step: 1, content: .sessionEnd(.success)),
      ]
    #expect(try Event.events(in: file(events)) == events)
    #expect(try Event.events(in: Data()) == [])
  }

  @Test
  func `a row has the same bytes in whatever order it was made`() throws {
    let names = (0..<40).map { "name \($0)" }
    func row(_ names: [String]) throws -> Data {
      var row: [String: Hyperparameter] = [:]
      row.reserveCapacity(names.first == "name 0" ? 0 : 1_000)
      for name in names { row[name] = .text(name) }
      return try Event(wallSeconds: 0, step: 0, content: .sessionStart(row)).encoded()
    }
    #expect(try row(names) == row(names.reversed()))
  }

  // MARK: - Damaged files

  @Test
  func `a file that was cut off is read up to there`() throws {
    let events = Self.goldens.map(\.event)
    let whole = try file(events)
    let last = try file(events.suffix(1)).count
    for missing in 1..<last {
      #expect(try Event.events(in: whole.dropLast(missing)) == events.dropLast(), "\(missing)")
    }
    #expect(try Event.events(in: whole.dropLast(last)) == events.dropLast())
  }

  @Test
  func `a changed byte is noticed wherever it is`() throws {
    let events = Array(Self.goldens.map(\.event).prefix(2))
    let whole = try file(events)
    let first = try file(Array(events.prefix(1))).count
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 1
      #expect(throws: EventFileError.checksum(record: place < first ? 0 : 1), "\(place)") {
        try Event.events(in: damaged)
      }
    }
  }

  @Test
  func `a length without end is no trap`() throws {
    let length = Data(repeating: 0xFF, count: 8)
    let checksum = withUnsafeBytes(of: CRC32C.masked(length).littleEndian) { Data($0) }
    #expect(try Event.events(in: length + checksum + Data(repeating: 0, count: 64)) == [])
  }

  @Test
  func `what is no event is refused`() throws {
    #expect(throws: EventFileError.foreign(record: 0)) {
      try Event.events(in: RecordFraming.framed(Data([0xFF])))
    }
    #expect(throws: EventFileError.foreign(record: 0)) {
      try Event.events(in: RecordFraming.framed(Data()))
    }
  }

  private func file(_ events: [Event]) throws -> Data {
    try events.reduce(into: Data()) { try $0.append($1.encoded()) }
  }
}
