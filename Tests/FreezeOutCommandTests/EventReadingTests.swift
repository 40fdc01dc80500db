import Foundation
import FreezeOut
import TensorBoard
import Testing

@testable import FreezeOutCommand

/// What TensorBoard's own classes read in a run's file.
@Suite(.enabled(if: TensorBoardReader.isThere, Comment(rawValue: TensorBoardReader.remedy)))
struct EventReadingTests {
  @Test
  func `TensorBoard reads what was written: every point, the row and the columns`() throws {
    let folder = try TemporaryFolder()
    let run = try tinyRun(validate: "validation") + ["--output", "run"]
    #expect(try Program.run(run, in: folder).status == 0)
    let reading = try TensorBoardReader.read(folder.file("run"))
    let description = try #require(RunFolder(url: folder.file("run")).readDescription())

    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: folder.file("run").path)
        .first { $0.contains("tfevents") }
    )
    var written: [String: [[Double]]] = [:]
    for event in try Event.events(in: folder.contents("run/\(name)")) {
      guard case .scalars(let scalars) = event.content else { continue }
      for scalar in scalars {
        written[scalar.tag, default: []].append(
          [Double(event.step), scalar.value, event.wallSeconds]
        )
      }
    }
    #expect(reading.scalars == written && written.count == 10 + description.layers.count)

    #expect(
      reading.hyperparameters.mapValues(\.hyperparameter) == description.hyperparameters
    )
    #expect(reading.start == description.startedAt.timeIntervalSince1970)
    #expect(reading.status == "STATUS_SUCCESS" && reading.end > reading.start)
    #expect(reading.columns.map { $0[0] } == Experiment.ofRuns.columns.map(\.name))
    #expect(reading.columns.contains(["t0", "DATA_TYPE_FLOAT64"]))
    #expect(reading.columns.contains(["freezing", "DATA_TYPE_STRING"]))
    #expect(reading.columns.contains(["augmentation", "DATA_TYPE_BOOL"]))
    #expect(reading.metrics == Experiment.ofRuns.metrics)
    #expect(Set(reading.metrics).isSubset(of: reading.scalars.keys))
  }
}

/// TensorBoard's Python package, where `python3` has it.
enum TensorBoardReader {
  struct Reading: Decodable {
    enum Value: Decodable {
      case flag(Bool)
      case number(Double)
      case text(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
          self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
          self = .number(number)
        } else {
          self = .text(try container.decode(String.self))
        }
      }

      var hyperparameter: Hyperparameter {
        switch self {
        case .flag(let value): .flag(value)
        case .number(let value): .number(value)
        case .text(let value): .text(value)
        }
      }
    }

    var scalars: [String: [[Double]]]
    var hyperparameters: [String: Value]
    var start: Double
    var status: String
    var end: Double
    var columns: [[String]]
    var metrics: [String]
  }

  static let remedy =
    "python3 cannot import tensorboard: install it, or name its folder in FREEZEOUT_TEST_PYTHONPATH"

  /// Whether it can be imported.
  static let isThere =
    (try? output(["-c", "import tensorboard.backend.event_processing.event_accumulator"])) != nil

  static func read(_ folder: URL) throws -> Reading {
    let script = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Python/tensorboard_events.py")
    return try JSONDecoder().decode(Reading.self, from: output([script.path, folder.path]))
  }

  private struct Failure: Error {}

  /// What `python3` prints.
  private static func output(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let environment = ProcessInfo.processInfo.environment
    let path = [environment["FREEZEOUT_TEST_PYTHONPATH"], environment["PYTHONPATH"]]
      .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ":")
    process.environment = environment.merging(
      ["PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return output
  }
}
