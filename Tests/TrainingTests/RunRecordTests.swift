import Foundation
import Testing

@testable import Training

struct RunRecordTests {
  static let lines: [(RunRecord, String)] = [
    (
      .epoch(
        EpochRecord(
          epoch: 2,
          iterations: 8,
          trainLoss: 0.5,
          evaluationLoss: 0.75,
          evaluationError: 12.5,
          frozenCount: 3,
          trainSeconds: 1.5,
          evaluationSeconds: 0.25,
          imagesPerSecond: 18,
          dataSeconds: 0.125
        )
      ),
      #"{"dataSeconds":0.125,"epoch":2,"evaluationError":12.5,"evaluationLoss":0.75,"evaluationSeconds":0.25,"#
        + #""event":"epoch","frozenCount":3,"imagesPerSecond":18,"iterations":8,"trainLoss":0.5,"#
        + #""trainSeconds":1.5}"#
    ),
    (
      .epoch(
        EpochRecord(
          epoch: 1,
          iterations: 4,
          trainLoss: 0.1,
          frozenCount: 0,
          trainSeconds: 3,
          evaluationSeconds: 0,
          imagesPerSecond: 9,
          dataSeconds: 0
        )
      ),
      #"{"dataSeconds":0,"epoch":1,"evaluationSeconds":0,"event":"epoch","frozenCount":0,"imagesPerSecond":9,"#
        + #""iterations":4,"trainLoss":0.1,"trainSeconds":3}"#
    ),
    (
      .freeze(
        FreezeRecord(
          iteration: 3,
          epoch: 1,
          layers: ["conv1", "dense1.0"],
          frozenCount: 2,
          trainSeconds: 0.5,
          stepBytesBefore: 200,
          stepBytesAfter: 100
        )
      ),
      #"{"epoch":1,"event":"freeze","frozenCount":2,"iteration":3,"layers":["conv1","dense1.0"],"#
        + #""stepBytesAfter":100,"stepBytesBefore":200,"trainSeconds":0.5}"#
    ),
  ]

  @Test(arguments: lines)
  func `a record is this line of JSON, and back`(record: RunRecord, line: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    #expect(String(decoding: try encoder.encode(record), as: UTF8.self) == line)
    #expect(try JSONDecoder().decode(RunRecord.self, from: Data(line.utf8)) == record)
  }

  @Test(
    arguments: [
      "{}", "[]", #"{"event":"epoch"}"#, #"{"event":"thaw"}"#, #"{"event":1}"#,
      #"{"event":"freeze","epoch":1,"frozenCount":2,"iteration":3,"layers":[1],"trainSeconds":0}"#,
    ]
  )
  func `a line that is no record is refused`(line: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(RunRecord.self, from: Data(line.utf8))
    }
  }
}
