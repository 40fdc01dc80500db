import Foundation
import Testing

/// The built program, run as a process of its own.
struct Program {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// Beside the tests' own program, wherever the build put them.
  static let url: URL? = {
    var folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    while let place = folder, place.path != "/" {
      let program = place.appendingPathComponent("freezeout")
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: program.path, isDirectory: &isFolder),
        !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: program.path)
      {
        return program
      }
      folder = place.deletingLastPathComponent()
    }
    return nil
  }()

  /// Starts the program in a folder, its output in files there.
  ///
  /// - Parameter environment: What is otherwise in it than in the tests' own.
  static func start(
    _ arguments: [String],
    in folder: TemporaryFolder,
    environment: [String: String] = [:]
  ) throws -> Running {
    let process = Process()
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let program: URL = try #require(url, "the program is not beside the tests")
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.standardInput = FileHandle.nullDevice
    let names = ["output", "errors"].map { ".\($0)-\(UUID().uuidString)" }
    let files = names.map { folder.file($0) }
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    return Running(process: process, output: files[0], errors: files[1])
  }

  static func run(
    _ arguments: [String],
    in folder: TemporaryFolder,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try start(arguments, in: folder, environment: environment).wait()
  }

  struct Running {
    let process: Process
    let output: URL
    let errors: URL

    func wait() throws -> Outcome {
      process.waitUntilExit()
      defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
      return Outcome(
        status: process.terminationStatus,
        output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8)
      )
    }
  }
}

/// A folder of a test's own, removed with this object.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("freezeout-tests-\(UUID().uuidString)", isDirectory: true)
      .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ path: String) -> URL { url.appendingPathComponent(path) }

  func contents(_ path: String) throws -> Data { try Data(contentsOf: file(path)) }

  func text(_ path: String) throws -> String {
    String(decoding: try contents(path), as: UTF8.self)
  }

  /// The lines of a run's log.
  func lines(_ path: String) throws -> [String] {
    try text(path).split(separator: "\n").map(String.init)
  }

  /// The files and folders below that are not hidden, sorted.
  var listing: [String] {
    let paths = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
    return paths.filter { !$0.hasPrefix(".") }.sorted()
  }
}

// MARK: - A data set that loads fast

/// CIFAR-10's layout with noise where a short run looks: in the first training images and in some
/// that validate. The rest of the files are holes, which read as black images of class 0.
enum NoiseData {
  private static let recordBytes = 3_073

  /// The folder for `--data`, made at the first use and removed when the process ends.
  static let folder = Result {
    let folder = try TemporaryFolder()
    let inner = folder.file("cifar-10-batches-bin")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
    for name in names {
      let file = inner.appendingPathComponent(name)
      try Data().write(to: file)
      let handle = try FileHandle(forWritingTo: file)
      if name == names[0] { try handle.write(contentsOf: noise(count: 64)) }
      if name == names[4] {
        try handle.seek(toOffset: UInt64(9_000 * recordBytes))
        try handle.write(contentsOf: noise(count: 64))
      }
      try handle.truncate(atOffset: UInt64(10_000 * recordBytes))
      try handle.close()
    }
    kept = folder
    atexit { NoiseData.kept = nil }
    return folder.url.path
  }

  nonisolated(unsafe) private static var kept: TemporaryFolder?

  private static func noise(count: Int) -> Data {
    var state: UInt64 = 1
    var bytes: [UInt8] = []
    for record in 0..<count {
      bytes.append(UInt8(record % 10))
      for _ in 1..<recordBytes {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(UInt8(truncatingIfNeeded: state >> 56))
      }
    }
    return Data(bytes)
  }
}

/// A run of a tiny network on 64 images: 8 iterations an epoch.
func tinyRun(epochs: Int = 2, validate: String = "none", measures: Bool = false) throws -> [String]
{
  [
    "train", measures ? "--measure" : "--no-measure",
  ] + (try tinyOptions(epochs: epochs, validate: validate))
}

/// What that run is, for any command.
func tinyOptions(epochs: Int = 2, validate: String = "none") throws -> [String] {
  [
    "--dataset", "cifar10", "--data", try NoiseData.folder.get(),
    "--max-train-images", "64", "--depth", "10", "--growth-rate", "4", "--batch-size", "8",
    "--epochs", "\(epochs)", "--learning-rate", "0.01", "--t0", "0.5", "--dropout", "0.1",
    "--validate", validate, "--threads", "1",
  ]
}
