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

  /// The epochs that end the run after those of the log.
  private static let end = [(3, 6), (4, 8)].map { epoch, iterations in
    #"{"event": "epoch", "epoch": \#(epoch), "iterations": \#(iterations), "trainLoss": 2, "#
      + #""frozenCount": 1, "trainSeconds": 1, "evaluationSeconds": 0, "imagesPerSecond": 5, "#
      + #""dataSeconds": 0}"#
  }

  private static func run(
    _ lines: [String],
    isFinished: Bool = false,
    extraIterations: Int = 0
  ) throws -> ReportedRun {
    var run = try Runs.run(
      Runs.configuration(Runs.freezing(), extraIterations: extraIterations)
    )
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
      isFinished: isFinished,
      machine: run.machine,
      records: run.records
    )
  }

  static let damages: [Damage] = [
    .init(
      2,
      "\"iterations\": 4",
      "\"iterations\": 9",
      "epoch 2 at iteration 9 stands where epoch 2 ends, at iteration 4"
    ),
    .init(
      2,
      "\"iterations\": 4",
      "\"iterations\": 2",
      "epoch 2 at iteration 2 stands where epoch 2 ends, at iteration 4"
    ),
    .init(
      2,
      "\"iterations\": 4",
      "\"iterations\": -9223372036854775808",
      "epoch 2 at iteration -9223372036854775808 stands where epoch 2 ends, at iteration 4"
    ),
    .init(
      0,
      "\"iterations\": 2",
      "\"iterations\": 0",
      "epoch 1 at iteration 0 stands where epoch 1 ends, at iteration 2"
    ),
    .init(
      0,
      "\"epoch\": 1",
      "\"epoch\": 2",
      "epoch 2 at iteration 2 stands where epoch 1 ends, at iteration 2"
    ),
    .init(
      0,
      "\"trainLoss\": 2",
      "\"trainLoss\": 2, \"imagesPerSecond\": -1",
      "-1.0 images a second"
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

  private func refusal(
    of lines: [String],
    isFinished: Bool,
    extraIterations: Int = 0
  ) -> ReportedRunError? {
    do {
      _ = try Self.run(lines, isFinished: isFinished, extraIterations: extraIterations)
      return nil
    } catch {
      return error as? ReportedRunError
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4])
  func `a finished run has all its epochs, and another those up to any`(count: Int) {
    let lines = Array((Self.log + Self.end).prefix(count))
    #expect(refusal(of: lines, isFinished: false) == nil)
    let iterations = [0, 2, 2, 4, 6][count]
    #expect(
      refusal(of: lines, isFinished: true)
        == ReportedRunError(
          reason: "it is missing: the run is finished, and its log ends after iteration "
            + "\(iterations) of 8",
          record: count + 1
        )
    )
    #expect(refusal(of: Self.log + Self.end, isFinished: true) == nil)
  }

  @Test(arguments: [true, false])
  func `an epoch that is missing between others is noticed by the next`(isFinished: Bool) {
    var lines = Self.log + Self.end
    lines.remove(at: 2)
    #expect(
      refusal(of: lines, isFinished: isFinished)
        == ReportedRunError(
          reason: "epoch 3 at iteration 6 stands where epoch 2 ends, at iteration 4",
          record: 3
        )
    )
  }

  @Test
  func `the last epoch ends where the run does, and no other comes after it`() {
    let last = Self.end[1].replacingOccurrences(of: "\"epoch\": 4", with: "\"epoch\": 5")
    let lines = Self.log + Self.end
    #expect(
      refusal(of: lines + [last], isFinished: true)
        == ReportedRunError(reason: "an epoch after the run's 4", record: 6)
    )
    #expect(refusal(of: lines, isFinished: true, extraIterations: 1)?.record == 6)
    let within = last.replacingOccurrences(of: "\"iterations\": 8", with: "\"iterations\": 9")
    #expect(refusal(of: lines + [within], isFinished: true, extraIterations: 1) == nil)
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
