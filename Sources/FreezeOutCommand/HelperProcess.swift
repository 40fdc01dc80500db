import Datasets
import Foundation

/// A program that is run to its end, found by the user's `PATH`.
enum HelperProcess {
  /// What it left.
  struct Outcome {
    var status: Int32
    var output: Data
    var errors: String
  }

  /// Runs a program.
  ///
  /// - Parameters:
  ///   - input: What it reads.
  ///   - path: A folder where Python finds modules, before all others; nil for none besides the user's.
  /// - Throws: What keeps it from starting, and from being read.
  static func run(
    _ program: String,
    _ arguments: [String],
    input: Data = Data(),
    path: String?
  ) throws -> Outcome {
    let process = Process()
    let (standardInput, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardInput = standardInput
    process.standardOutput = output
    // A file holds as many words as come while the output is read; a pipe would stop them.
    let errors = FileManager.default.temporaryDirectory
      .appendingPathComponent("freezeout-\(UUID().uuidString).txt")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardError = try FileHandle(forWritingTo: errors)
    if let path {
      var environment = ProcessInfo.processInfo.environment
      environment["PYTHONPATH"] = [path, environment["PYTHONPATH"]].compactMap { $0 }
        .joined(separator: ":")
      process.environment = environment
    }
    try process.run()
    // A program that ends without reading it all says why by its status.
    try? standardInput.fileHandleForWriting.write(contentsOf: input)
    try? standardInput.fileHandleForWriting.close()
    let data = try output.fileHandleForReading.bytesToEnd()
    process.waitUntilExit()
    let words = (try? Data(contentsOf: errors)) ?? Data()
    return Outcome(
      status: process.terminationStatus,
      output: data,
      errors: String(decoding: words, as: UTF8.self)
    )
  }
}
