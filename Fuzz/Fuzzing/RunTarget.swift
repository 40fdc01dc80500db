import Foundation
import FreezeOut

@testable import FreezeOutCommand
@testable import Training

/// A run's `run.json`, through the folder that holds it: what can be read is the same once written and
/// read again, and can be compared with a prediction.
struct RunTarget: FuzzTarget {
  static let name = "run"

  /// What cannot be read is no run: nothing is thrown.
  static func expects(_ error: any Error) -> Bool { false }

  private let scratch: ScratchFolder
  private let folder: RunFolder

  init() throws {
    scratch = try ScratchFolder()
    folder = RunFolder(url: scratch.url)
  }

  func seeds() throws -> [String: Data] {
    let trainer = try TinyRun.trainer(TinyRun.configuration())
    var description = RunDescription(
      trainer,
      dataFolder: URL(fileURLWithPath: "/data"),
      machine: .sample
    )
    let running = try encodedWithDates(description)
    description.predict(trainer, costs: try .sample, cache: nil)
    try trainer.run()
    description.finish(trainer)
    return ["running": running, "finished": try encodedWithDates(description)]
  }

  func run(_ data: Data) throws {
    try scratch.write(data, to: "run.json")
    guard let description = folder.readDescription() else { return }
    let written = try encodedWithDates(description)
    try folder.write(description, to: folder.description)
    guard let again = folder.readDescription() else {
      return require(false, "what was written cannot be read again")
    }
    let rewritten = try encodedWithDates(again)
    require(rewritten == written, "another description once written and read again")
    if let prediction = description.prediction {
      let records = description.freezes.map { RunRecord.freeze($0) }
      _ = RunDescription.Comparison(prediction, records, iterations: description.iterations)
    }
    _ = description.machine.differences(from: again.machine)
    _ = description.machine.hasCoreToSpare
  }
}

/// A description as its file has it, in one line.
func encodedWithDates(_ value: RunDescription) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.dateEncodingStrategy = .iso8601
  return try encoder.encode(value)
}

extension MachineDescription {
  /// A machine that is always the same, so that seeds are.
  static let sample = MachineDescription(
    freezeout: "0.1.0",
    commit: "0123abc",
    libtorch: "2.13.0",
    device: "cpu",
    threads: 2,
    processor: "some processor",
    processorCount: 2,
    memoryBytes: 1 << 34,
    operatingSystem: "Linux",
    host: "host"
  )
}

extension MeasuredCosts {
  /// What the tiny run's network might take.
  static var sample: MeasuredCosts {
    get throws {
      let names = ["conv1", "dense1.0", "trans1", "dense2.0", "trans2", "dense3.0", "bn1, fc"]
      return try MeasuredCosts(
        layers: names.map {
          LayerSeconds(
            name: $0,
            forward: 0.001,
            backward: 0.002,
            frontierBackward: 0.0015,
            optimizer: 0.0001,
            frozen: 0.0005
          )
        },
        steps: [(0, 0.025), (3, 0.015), (6, 0.005)].map {
          MeasuredStep(frozenCount: $0.0, seconds: $0.1)
        }
      )
    }
  }
}
