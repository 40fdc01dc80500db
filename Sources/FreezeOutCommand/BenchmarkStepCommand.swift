import ArgumentParser
import Foundation
import FreezeOut
import Models
import Training

/// `freezeout benchmark-step`
struct BenchmarkStepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-step",
    abstract: "Time single training steps on random images.",
    discussion: """
      With --stdin a step is made for every line read, so that another program can alternate the \
      steps of two processes. Printed for each step is a line of JSON: its seconds, the process's \
      peak of resident memory in bytes, and that before there was a network.
      """
  )

  @OptionGroup(title: "Network") var model: ModelOptions
  @OptionGroup(title: "Machine") var runtime: RuntimeOptions

  @Option(parsing: .unconditional, help: "The number of images of a step.")
  var batchSize = 50

  @Option(parsing: .unconditional, help: "The number of classes.")
  var classes = 100

  @Option(parsing: .unconditional, help: "How many layers are frozen, from the first.")
  var frozen = 0

  @Option(parsing: .unconditional, help: "The number of steps, where no lines are read.")
  var steps = 10

  @Flag(help: "Make a step for every line of standard input.")
  var stdin = false

  private struct Line: Encodable {
    var seconds: Double
    var peak_bytes: Int
    var start_bytes: Int
  }

  func run() throws {
    try reportingErrors {
      let device = try runtime.apply()
      let startBytes = ProcessMemory.peakResidentBytes
      let benchmark = try StepBenchmark(
        architecture: model.architecture(basedOn: Preset.published.architecture),
        classCount: classes,
        batchSize: batchSize,
        frozenCount: frozen,
        device: device
      )
      var remaining = steps
      while stdin ? readLine() != nil : remaining > 0 {
        remaining -= 1
        let seconds = try benchmark.step()
        let line = Line(
          seconds: seconds,
          peak_bytes: ProcessMemory.peakResidentBytes,
          start_bytes: startBytes
        )
        try Terminal.standardOutput.result(
          String(decoding: try JSONEncoder().encode(line), as: UTF8.self)
        )
      }
    }
  }
}
