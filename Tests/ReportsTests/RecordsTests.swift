import Foundation
import FreezeOut
import Testing
import Training

@testable import Reports

/// The records of a run of three layers and eight iterations: "first", "second" and "last".
struct RecordsTests {
  struct Damage: Sendable {
    var place: Int
    var found: String
    var other: String
    var reason: String
  }

  private static let log = [
    #"{"event": "epoch", "epoch": 1, "iterations": 2, "trainLoss": 2, "evaluationLoss": 2, "#
      + #""evaluationError": 50, "frozenCount": 0, "trainSeconds": 1, "evaluationSeconds": 1, "#
      + #""imagesPerSecond": 5, "dataSeconds": 0}"#,
    #"{"event": "freeze", "iteration": 3, "epoch": 2, "layers": ["first"], "frozenCount": 1, "#
      + #""trainSeconds": 1}"#,
    #"{"event": "epoch", "epoch": 2, "iterations": 4, "trainLoss": 2, "frozenCount": 1, "#
      + #""trainSeconds": 1, "evaluationSeconds": 0, "imagesPerSecond": 5, "dataSeconds": 0}"#,
  ]

  private static func run(_ lines: [String]) throws -> ReportedRun {
    var run = try Runs.run(Runs.configuration(Runs.freezing()))
    run.records = try lines.map { try JSONDecoder().decode(RunRecord.self, from: Data($0.utf8)) }
    return try ReportedRun(
      place: run.place,
      configuration: run.configuration,
      network: run.network,
      layers: run.layers,
      trainImages: run.trainImages,
      evaluationImages: run.evaluationImages,
      iterationsPerEpoch: run.iterationsPerEpoch,
      startedAt: run.startedAt,
      isFinished: false,
      machine: run.machine,
      records: run.records
    )
  }

  static let damages: [Damage] = [
    .init(
      2,
      "\"iterations\": 4",
      "\"iterations\": 9",
      "an epoch ends at iteration 9 of 8, after 2"
    ),
    .init(
      2,
      "\"iterations\": 4",
      "\"iterations\": 2",
      "an epoch ends at iteration 2 of 8, after 2"
    ),
    .init(
      2,
      "\"iterations\": 4",
      "\"iterations\": -9223372036854775808",
      "an epoch ends at iteration -9223372036854775808 of 8, after 2"
    ),
    .init(
      0,
      "\"iterations\": 2",
      "\"iterations\": 0",
      "an epoch ends at iteration 0 of 8, after 0"
    ),
    .init(0, "\"evaluationError\": 50", "\"evaluationError\": 101", "an error of 101.0 %"),
    .init(0, "\"trainSeconds\": 1", "\"trainSeconds\": 1e308", "something took 1e+308 s"),
    .init(0, "\"dataSeconds\": 0", "\"dataSeconds\": -1", "something took -1.0 s"),
    .init(0, "\"frozenCount\": 0", "\"frozenCount\": 3", "3 of 3 layers are frozen"),
    .init(0, "\"frozenCount\": 0", "\"frozenCount\": -1", "-1 of 3 layers are frozen"),
    .init(1, "\"iteration\": 3", "\"iteration\": 8", "layers freeze at iteration 8 of 8"),
    .init(1, "\"iteration\": 3", "\"iteration\": -1", "layers freeze at iteration -1 of 8"),
    .init(1, "\"frozenCount\": 1", "\"frozenCount\": 4", "4 of 3 layers are frozen"),
    .init(1, "\"first\"", "\"other\"", "its network has no layer 'other'"),
    .init(1, "\"trainSeconds\": 1", "\"trainSeconds\": -1", "something took -1.0 s"),
  ]

  @Test(arguments: damages)
  func `a record that no run of these settings has is refused by its number`(damage: Damage) throws
  {
    _ = try Self.run(Self.log)
    var lines = Self.log
    lines[damage.place] = lines[damage.place].replacingOccurrences(
      of: damage.found,
      with: damage.other
    )
    try #require(lines != Self.log)
    #expect(throws: ReportedRunError(reason: damage.reason, record: damage.place + 1)) {
      try Self.run(lines)
    }
  }

  @Test
  func `a prediction that is no number of seconds is refused`() throws {
    func run(_ seconds: [Double]) throws -> ReportedRun {
      try Runs.run(
        Runs.configuration(Runs.freezing()),
        prediction: RunPrediction(epochSeconds: seconds, baselineEpochSeconds: [1])
      )
    }
    _ = try run([1, 2])
    #expect(throws: ReportedRunError(reason: "its prediction is no number of seconds")) {
      try run([1.7e308, 1.7e308])
    }
  }
}

extension RecordsTests.Damage {
  init(_ place: Int, _ found: String, _ other: String, _ reason: String) {
    (self.place, self.found, self.other, self.reason) = (place, found, other, reason)
  }
}
