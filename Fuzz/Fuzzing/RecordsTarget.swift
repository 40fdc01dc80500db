import Foundation

@testable import Training

/// Lines of a run's log: what is accepted is the same once written and read again.
struct RecordsTarget: FuzzTarget {
  static let name = "records"

  static func expects(_ error: any Error) -> Bool { error is DecodingError }

  private static let records: [RunRecord] = [
    .freeze(
      FreezeRecord(
        iteration: 3,
        epoch: 1,
        layers: ["conv1", "dense1.0"],
        frozenCount: 2,
        trainSeconds: 0.25,
        stepBytesBefore: 1000,
        stepBytesAfter: 900
      )
    ),
    .epoch(
      EpochRecord(
        epoch: 1,
        iterations: 4,
        trainLoss: 2.5,
        evaluationLoss: 2.25,
        evaluationError: 87.5,
        frozenCount: 2,
        trainSeconds: 0.5,
        evaluationSeconds: 0.125,
        imagesPerSecond: 100,
        dataSeconds: 0.0625
      )
    ),
  ]

  func seeds() throws -> [String: Data] {
    let lines = try Self.records.map { try encoded($0) }
    return ["freeze": lines[0], "epoch": lines[1], "both": lines[0] + Data("\n".utf8) + lines[1]]
  }

  func run(_ data: Data) throws {
    for line in data.split(separator: UInt8(ascii: "\n")) {
      let record = try JSONDecoder().decode(RunRecord.self, from: Data(line))
      let again = try JSONDecoder().decode(RunRecord.self, from: encoded(record))
      require(again == record, "another record once written and read again")
      require(record.timeless == again.timeless, "another record without the clock")
    }
  }
}
