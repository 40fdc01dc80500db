import Foundation

/// The `python3` of this machine, where it has PyTorch and safetensors.
enum Python {
  /// Why the tests that need it are skipped where it is not there.
  static let remedy =
    "python3 cannot import torch and safetensors: install them, or name their folder in "
    + "FREEZEOUT_TEST_PYTHONPATH"

  /// Whether the modules can be imported.
  static let hasPyTorch: Bool = {
    let result = try? run(["-c", "import torch, safetensors.torch"])
    return result?.status == 0
  }()

  /// Runs `python3` to its end, and returns its exit status and all it printed.
  static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// A file of the repository, by its path from the root.
  static func file(_ path: String) -> String {
    root.appendingPathComponent(path).path
  }

  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The folder named for tests, the one that the package's own libtorch lies in, and the user's.
  private static let path: String = {
    let environment = ProcessInfo.processInfo.environment
    let packages = root.appendingPathComponent(".libtorch").resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    return [environment["FREEZEOUT_TEST_PYTHONPATH"], packages, environment["PYTHONPATH"]]
      .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ":")
  }()
}
