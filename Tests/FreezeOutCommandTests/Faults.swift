import Foundation
import Testing

@testable import FreezeOutCommand
@testable import Training

/// Calls of the system that fail at a chosen moment of a program (`Tests/Faults/faults.c`).
enum Faults {
  /// The library to preload; nil where the system has no such thing or there is no C compiler.
  static let library: URL? = {
    #if os(Linux)
      guard let folder = try? TemporaryFolder() else { return nil }
      let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Faults/faults.c")
      let library = folder.file("faults.so")
      for compiler in ["clang", "cc"] where compiled(source, to: library, by: compiler) {
        kept = folder
        atexit { Faults.kept = nil }
        return library
      }
    #endif
    return nil
  }()

  nonisolated(unsafe) private static var kept: TemporaryFolder?

  private static func compiled(_ source: URL, to library: URL, by compiler: String) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      compiler, "-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl",
    ]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// What a program's environment needs.
  static func environment(_ settings: [String: String]) throws -> [String: String] {
    let library: URL = try #require(library)
    var environment = ["LD_PRELOAD": library.path]
    for (name, value) in settings { environment["FAULT_\(name)"] = value }
    return environment
  }
}

/// Whether file systems can be mounted in a namespace of a test's own.
let canMount: Bool = {
  guard let folder = try? TemporaryFolder() else { return false }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [
    "unshare", "-rm", "sh", "-c", "mount -t tmpfs none \"$0\" && mount -o remount,ro,bind \"$0\"",
    folder.url.path,
  ]
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}()

/// A run in the folder `cut` that something happens to, against one that nothing happens to.
struct DisturbedRun {
  let folder: TemporaryFolder
  /// Layers freeze, images are augmented, dropout drops, and the state is kept within epochs: after 5, 8, 13
  /// and 16 iterations.
  let arguments: [String]

  init(_ arguments: [String]? = nil) throws {
    folder = try TemporaryFolder()
    self.arguments = try arguments ?? tinyRun() + ["--checkpoint-every", "5"]
  }

  /// The run, until what happens to it.
  func run(
    _ options: [String] = [],
    shell: String? = nil,
    faults: [String: String]? = nil
  ) throws -> Program.Outcome {
    try Program.run(
      arguments + ["--output", "cut"] + options,
      in: folder,
      shell: shell,
      environment: faults.map(Faults.environment) ?? [:]
    )
  }

  /// The iteration of the newest state that is kept.
  var keptIteration: Int {
    get throws { try RunFolder(url: folder.file("cut")).readCheckpoint().iteration }
  }

  /// Checks that the run goes on, and ends as if nothing had happened.
  func expectGoesOn(_ options: [String] = ["--resume"], _ label: String = "") throws {
    let rest = try run(options)
    #expect(rest.status == 0, "\(label): \(rest.errors)")
    try expectSameEnd(label)
  }

  func expectSameEnd(_ label: String = "") throws {
    let whole = try WholeRun.of(arguments)
    #expect(try folder.contents("cut/weights.safetensors") == whole.weights, "\(label)")
    #expect(try folder.timelessLog("cut") == whole.log, "\(label)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("cut").path)
    #expect(!names.contains { $0.hasPrefix(".") }, "\(label)")
    #expect(
      RunFolder(url: folder.file("cut")).readDescription()?.status == .finished,
      "\(label)"
    )
  }
}

/// What a run leaves to which nothing happens, made once for all tests.
struct WholeRun {
  var weights: Data
  var log: [String]

  private static let lock = NSLock()
  nonisolated(unsafe) private static var known: [[String]: WholeRun] = [:]

  static func of(_ arguments: [String]) throws -> WholeRun {
    try lock.withLock {
      if let whole = known[arguments] { return whole }
      let folder = try TemporaryFolder()
      let outcome = try Program.run(arguments + ["--output", "whole"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let whole = WholeRun(
        weights: try folder.contents("whole/weights.safetensors"),
        log: try folder.timelessLog("whole")
      )
      known[arguments] = whole
      return whole
    }
  }
}

extension TemporaryFolder {
  /// A run's log without what the clock decides.
  func timelessLog(_ run: String) throws -> [String] {
    try lines("\(run)/metrics.jsonl").map { line in
      let record = try JSONDecoder().decode(RunRecord.self, from: Data(line.utf8))
      switch record {
      case .epoch(let epoch):
        return "\(epoch.epoch) \(epoch.iterations) \(epoch.trainLoss) \(epoch.frozenCount)"
      case .freeze(let freeze):
        return "\(freeze.iteration) \(freeze.layers) \(freeze.frozenCount)"
      }
    }
  }
}

extension Program.Outcome {
  /// Whether it said one line of an error.
  var isOneLine: Bool {
    errors.hasPrefix("freezeout: ") && errors.filter { $0 == "\n" }.count == 1
  }
}
