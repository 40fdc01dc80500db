import Datasets
import Foundation
import Models
import Training

/// The PyTorch programs that a benchmark compares with.
struct PeerPrograms {
  private let script: URL
  private let pythonPath: String?
  private let options: [String]

  /// Finds the programs.
  ///
  /// - Parameters:
  ///   - folder: Their folder; nil for that of the checkout that this program lies in.
  ///   - options: What all of them are told, as `options(device:precision:)` makes it.
  /// - Throws: `BenchError.noPeers`
  init(folder: String?, options: [String]) throws {
    self.options = options
    let checkout = Checkout.folder
    let place =
      folder.map { URL(fileURLWithPath: $0, isDirectory: true) }
      ?? checkout?.appendingPathComponent("Benchmarks/peers", isDirectory: true)
      ?? URL(fileURLWithPath: "Benchmarks/peers", isDirectory: true)
    script = place.appendingPathComponent("step.py")
    guard FileManager.default.fileExists(atPath: script.path) else {
      throw BenchError.noPeers(script.path)
    }
    // The torch that this program runs on is the one that Python imports. A GPU's is python3's own: the
    // program is built for it, or run with it.
    pythonPath =
      options.contains("--device")
      ? nil
      : checkout?.appendingPathComponent(".libtorch").resolvingSymlinksInPath()
        .deletingLastPathComponent().path
  }

  /// Where the programs run and in what they multiply. What they do by themselves is not said, so that other
  /// programs need not know of it.
  static func options(device: Device, precision: ProductPrecision) -> [String] {
    (device == .cpu ? [] : ["--device", "\(device)"])
      + (precision == .float32 ? [] : ["--precision", precision.rawValue])
  }

  /// Starts a peer.
  ///
  /// - Throws: `BenchError.cannotStart`
  func start(_ way: Way, arguments: [String]) throws -> BenchSide {
    try BenchSide(
      name: way.name,
      program: URL(fileURLWithPath: "/usr/bin/env"),
      arguments: ["python3", script.path, "--way", way.freezing, "--layout", way.layout]
        + (way.isCompiled ? ["--compile"] : []) + options + arguments,
      environment: environment,
      remedy: "mend it, or drop --peer"
    )
  }

  /// Finds out before anything is timed whether Python has what the programs need.
  ///
  /// - Throws: `BenchError.noTorch`
  func requireTorch() throws {
    if let reason = try fault(of: ["-c", "import torch"]) {
      throw BenchError.noTorch(reason: reason)
    }
  }

  /// Why `torch.compile` does not work here, as without a C++ compiler; nil where it does.
  ///
  /// - Throws: `BenchError.noTorch`
  func compilingFault() throws -> String? {
    try fault(of: [script.path, "--can-compile"] + options)
  }

  /// The last words of a Python program that fails; nil where it does not.
  private func fault(of arguments: [String]) throws -> String? {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
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
    guard process.terminationStatus != 0 else { return nil }
    return text.split(separator: "\n").last.map(String.init)
      ?? "it ended with status \(process.terminationStatus)"
  }

  private var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["PYTHONPATH"] = [pythonPath, environment["PYTHONPATH"]].compactMap { $0 }
      .joined(separator: ":")
    return environment
  }
}
