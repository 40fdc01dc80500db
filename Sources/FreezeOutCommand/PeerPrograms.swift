import Datasets
import Foundation
import Models

/// The PyTorch programs that a benchmark compares with.
struct PeerPrograms {
  /// How a peer freezes layers, and how it keeps images in memory.
  struct Way: Hashable {
    var freezing: String
    var layout: String

    var name: String { "PyTorch \(freezing), \(layout)" }
  }

  private let script: URL
  private let pythonPath: String?

  /// Finds the programs.
  ///
  /// - Parameter folder: Their folder; nil for that of the checkout that this program lies in.
  /// - Throws: `BenchError.noPeers`
  init(folder: String?) throws {
    let checkout = Checkout.folder
    let place =
      folder.map { URL(fileURLWithPath: $0, isDirectory: true) }
      ?? checkout?.appendingPathComponent("Benchmarks/peers", isDirectory: true)
      ?? URL(fileURLWithPath: "Benchmarks/peers", isDirectory: true)
    script = place.appendingPathComponent("step.py")
    guard FileManager.default.fileExists(atPath: script.path) else {
      throw BenchError.noPeers(script.path)
    }
    // The torch that this program runs on is the one that Python imports.
    pythonPath =
      checkout?.appendingPathComponent(".libtorch").resolvingSymlinksInPath()
      .deletingLastPathComponent().path
  }

  /// The ways that are compared with so many layers frozen.
  static func ways(frozenCount: Int) -> [Way] {
    let freezing = frozenCount == 0 ? ["baseline"] : ["published", "composer"]
    return freezing.flatMap { way in
      ["nchw", "channels_last"].map { Way(freezing: way, layout: $0) }
    }
  }

  /// The ways in which the frozen layers alone are compared.
  static let prefixWays = ["nchw", "channels_last"].map { Way(freezing: "published", layout: $0) }

  /// Starts a peer.
  ///
  /// - Throws: `BenchError.cannotStart`
  func start(_ way: Way, arguments: [String]) throws -> BenchSide {
    try BenchSide(
      name: way.name,
      program: URL(fileURLWithPath: "/usr/bin/env"),
      arguments: ["python3", script.path, "--way", way.freezing, "--layout", way.layout]
        + arguments,
      environment: environment,
      remedy: "mend it, or drop --peer"
    )
  }

  /// Finds out before anything is timed whether Python has what the programs need.
  ///
  /// - Throws: `BenchError.noTorch`
  func requireTorch() throws {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import torch"]
    process.environment = environment
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw BenchError.noTorch(reason: error.systemReason)
    }
    let text = String(
      decoding: (try? errors.fileHandleForReading.bytesToEnd()) ?? Data(),
      as: UTF8.self
    )
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let last = text.split(separator: "\n").last.map(String.init)
      throw BenchError.noTorch(reason: last ?? "it ended with status \(process.terminationStatus)")
    }
  }

  private var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["PYTHONPATH"] = [pythonPath, environment["PYTHONPATH"]].compactMap { $0 }
      .joined(separator: ":")
    return environment
  }
}
