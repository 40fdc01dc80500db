import ArgumentParser
import Foundation
import Models
import Training

extension Replay.Precision: ExpressibleByArgument {}

/// `freezeout verify`
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Replay recorded runs of the published code and compare every figure.",
    discussion: """
      A recorded run is a folder with case.json and tensors.safetensors. Printed for each is the \
      largest disagreement in loss, learning rates, frozen layers, final weights and final \
      log-probabilities, and in brackets the largest that passes.
      """
  )

  @Argument(help: ArgumentHelp("Folders of recorded runs.", valueName: "dir"))
  var folders: [String]

  @Option(
    help: """
      float64, which shows the recording's own rounding and nothing else, or float32, which \
      rounds as well.
      """
  )
  var precision: Replay.Precision = .float64

  @Option(
    help: ArgumentHelp(
      "What layers are computed with: \(KernelChoice.words). auto is libtorch in float64. (default: "
        + "libtorch)",
      valueName: "kernels"
    ),
    transform: KernelChoice.init(parsing:)
  )
  var kernels = KernelChoice.given(.libtorch)

  @OptionGroup(title: "Machine") var runtime: RuntimeOptions

  func run() throws {
    try reportingErrors {
      let device = try runtime.apply()
      try requireAvailable(kernels, on: device)
      let output = Terminal.standardOutput
      var failures = 0
      for folder in folders {
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        let name = url.lastPathComponent
        do {
          let recorded = try Self.read(url)
          let replay = try Replay(
            of: recorded,
            precision: precision,
            device: device,
            kernels: kernels(for: recorded, on: device)
          )
          failures += replay.passes ? 0 : 1
          try output.result(Self.sentence(name, replay))
        } catch let error where !(error is TerminalError) {
          failures += 1
          try output.result("FAILED \(name): \(error)")
        }
      }
      try output.result("\(folders.count - failures) passed, \(failures) failed")
      if failures > 0 { throw ExitCode(ExitStatus.failure.rawValue) }
    }
  }

  /// Refuses before any work what no case can be replayed with.
  private func requireAvailable(_ choice: KernelChoice, on device: Device) throws {
    if case .given(let kernels) = choice { try kernels.requireAvailable(on: device) }
  }

  private func kernels(for recorded: RecordedCase, on device: Device) throws -> Kernels {
    if kernels == .automatic, precision == .float64 { return .libtorch }
    return try kernels.kernels(for: recorded.architecture, on: device)
  }

  private static func read(_ folder: URL) throws -> RecordedCase {
    try RecordedCase(
      description: folder.appendingPathComponent("case.json"),
      tensors: folder.appendingPathComponent("tensors.safetensors")
    )
  }

  private static func sentence(_ name: String, _ replay: Replay) -> String {
    let figures = replay.disagreements.map { disagreement in
      let mark = disagreement.passes ? "" : "!"
      return "\(disagreement.name) \(mark)\(disagreement.value.significant(2)) "
        + "(\(disagreement.tolerance.significant(2)))"
    }
    return "\(replay.passes ? "passed" : "FAILED") \(name): \(figures.joined(separator: "  "))"
  }
}
