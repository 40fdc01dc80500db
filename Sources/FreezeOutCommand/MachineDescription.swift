import Datasets
import Foundation
import Models
import Training

/// The machine, versions and kernels that a run was made with: the birth certificate of its numbers.
struct MachineDescription: Codable, Equatable {
  var freezeout: String
  var commit: String?
  var libtorch: String
  var device: String
  var threads: Int
  /// How many processes made the run together, each with as many threads; nil for one.
  var processes: Int?
  /// The name of what the layers were computed with; nil in descriptions of before there was a choice.
  var kernels: String?
  var processor: String?
  var processorCount: Int
  var memoryBytes: UInt64
  var operatingSystem: String
  var host: String

  /// Describes this machine.
  static func current(
    device: Device,
    kernels: Kernels,
    processCount: Int? = nil
  ) -> MachineDescription {
    let process = ProcessInfo.processInfo
    return MachineDescription(
      freezeout: FreezeOutCommand.version,
      commit: sourceCommit(),
      libtorch: Runtime.version,
      device: "\(device)",
      threads: Runtime.threadCount,
      processes: processCount,
      kernels: "\(kernels)",
      processor: processorName(),
      processorCount: process.activeProcessorCount,
      memoryBytes: process.physicalMemory,
      operatingSystem: process.operatingSystemVersionString,
      host: process.hostName
    )
  }

  /// What the layers were computed with, which at first could only be libtorch.
  var kernelsName: String { kernels ?? "\(Kernels.libtorch)" }

  /// Whether libtorch's threads leave a core of the processor idle.
  var hasCoreToSpare: Bool {
    device == "cpu" && threads * (processes ?? 1) < processorCount
  }

  /// What durations depend on and differs, a phrase each: `threads 2 there, 1 here`.
  func differences(from other: MachineDescription) -> [String] {
    func compare<Value: Equatable>(_ name: String, _ mine: Value, _ theirs: Value) -> String? {
      mine == theirs ? nil : "\(name) \(theirs) there, \(mine) here"
    }
    return [
      compare("device", device, other.device),
      compare("threads", threads, other.threads),
      compare("processes", processes ?? 1, other.processes ?? 1),
      compare("kernels", kernelsName, other.kernelsName),
      compare("processor", processor ?? "unknown", other.processor ?? "unknown"),
      compare("cores", processorCount, other.processorCount),
      compare("libtorch", libtorch, other.libtorch),
      compare("freezeout", freezeout, other.freezeout),
    ].compactMap { $0 }
  }

  /// The commit of the checkout that holds this program, with `-dirty` behind it when files were
  /// changed; nil where it lies in none.
  private static func sourceCommit() -> String? {
    guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
    return output(
      of: "git",
      [
        "-C", program.deletingLastPathComponent().path,
        "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*",
      ]
    )
  }

  private static func processorName() -> String? {
    #if os(Linux)
      let information = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let line = information?.split(separator: "\n").first { $0.hasPrefix("model name") }
      return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    #else
      return output(of: "sysctl", ["-n", "machdep.cpu.brand_string"])
    #endif
  }

  /// What a program prints, without the end of the line; nil when it is not there or fails.
  private static func output(of program: String, _ arguments: [String]) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      return nil
    }
    let data = (try? pipe.fileHandleForReading.bytesToEnd()) ?? Data()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return process.terminationStatus == 0 && !text.isEmpty ? text : nil
  }
}
