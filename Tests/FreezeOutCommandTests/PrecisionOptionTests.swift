import Foundation
import Models
import Testing
import Training

@testable import FreezeOutCommand

/// `--precision`: from the terminal to the kernels, and in what a run keeps.
struct PrecisionOptionTests {
  private static let network = Architecture.denseNet(DenseNet(growthRate: 4, depth: 10))

  @Test(
    arguments: [
      ([], nil), (["--precision", "float32"], nil), (["--precision", "bfloat16"], .bfloat16),
      (["--precision", "tf32"], .tf32),
    ] as [([String], ReducedPrecision?)]
  )
  func `the option is a setting of the run`(arguments: [String], expected: ReducedPrecision?) throws
  {
    let configuration = try TrainCommand.parse(arguments).options.configuration(basedOn: nil)
    #expect(configuration.precision == expected)
    let again = try JSONDecoder().decode(
      RunConfiguration.self,
      from: JSONEncoder().encode(configuration)
    )
    #expect(again == configuration)
    #expect(configuration.options.contains("--precision") == (expected != nil))
    var other = configuration
    other.precision = expected == .bfloat16 ? nil : .bfloat16
    #expect(
      configuration.differences(from: other) == [
        "precision \(other.precision?.rawValue ?? "float32") there, "
          + "\(expected?.rawValue ?? "float32") here"
      ]
    )
  }

  @Test
  func `float32 is a choice against a run or a preset that has another`() throws {
    var other = try TrainCommand.parse([]).options.configuration(basedOn: nil)
    other.precision = .bfloat16
    let options = try TrainCommand.parse(["--precision", "float32"]).options
    #expect(try options.configuration(basedOn: other).precision == nil)
    #expect(try TrainCommand.parse([]).options.configuration(basedOn: other).precision == .bfloat16)
  }

  private func kernels(_ arguments: [String], on device: Device = .cpu) throws -> String {
    let options = try TrainCommand.parse(arguments).options
    let precision = try options.configuration(basedOn: nil).precision
    return "\(try options.kernels.choice(for: Self.network, on: device, precision: precision))"
  }

  @Test
  func `it decides what layers are computed with`() throws {
    let reduced = ["--precision", "bfloat16"]
    #expect(try kernels(reduced) == "libtorch:bfloat16")
    #expect(try kernels(reduced + ["--kernels", "libtorch"]) == "libtorch:bfloat16")
    #expect(try kernels(reduced + ["--kernels", "libtorch:bfloat16"]) == "libtorch:bfloat16")
    #expect(try kernels(["--precision", "tf32"], on: .cuda(0)) == "libtorch:tf32")
    #expect(try kernels(["--precision", "float32", "--kernels", "libtorch"]) == "libtorch")
  }

  @Test(arguments: [
    (
      ["--precision", "bfloat16", "--kernels", "fused:portable"],
      "the kernels fused:portable compute in float32: use libtorch for bfloat16, or the precision float32"
    ),
    (
      ["--precision", "tf32"],
      "the precision tf32 is that of CUDA GPUs, not of cpu: use float32 or bfloat16"
    ),
    (
      ["--kernels", "libtorch:bfloat16"],
      "the kernels libtorch:bfloat16 do not compute in float32: use libtorch"
    ),
    (
      ["--precision", "bfloat16", "--kernels", "libtorch:tf32"],
      "the kernels libtorch:tf32 do not compute in bfloat16: use libtorch"
    ),
  ])
  func `what cannot be is refused before anything is done`(arguments: [String], sentence: String)
    throws
  {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(tinyRun() + arguments + ["--output", "run"], in: folder)
    #expect(outcome.status == 64 && outcome.output == "")
    #expect(outcome.errors == "freezeout: \(sentence)\n")
    #expect(!FileManager.default.fileExists(atPath: folder.file("run").path))
  }

  @Test
  func `a run in bfloat16 goes on with it, and its weights are float32`() throws {
    let folder = try TemporaryFolder()
    let run = try tinyRun() + ["--precision", "bfloat16", "--output", "run"]
    #expect(try Program.run(run, in: folder).status == 0)
    let description = try #require(RunFolder(url: folder.file("run")).readDescription())
    #expect(description.configuration.precision == .bfloat16)
    #expect(description.machine.kernels == "libtorch:bfloat16")
    let command = try #require(description.configuration.command(on: description.machine))
    #expect(command.contains("--precision bfloat16") && command.contains("libtorch:bfloat16"))
    // Beside a run in float32 it has a name and a title of its own.
    #expect(description.configuration.name(freezing: "x").contains("-bfloat16-seed-"))
    let refused = try Program.run(
      tinyRun() + ["--precision", "float32", "--output", "run", "--resume"],
      in: folder
    )
    #expect(refused.status != 0)
    #expect(refused.errors.contains("precision bfloat16 there, float32 here"), "\(refused.errors)")
    let measured = try Program.run(
      ["evaluate", "run/weights.safetensors", "--data", "data"],
      in: folder
    )
    #expect(!measured.errors.contains("bfloat16"))
  }

  @Test
  func `steps in the place of a graph are for GPUs`() throws {
    let folder = try TemporaryFolder()
    for command in [try tinyRun(), ["bench"]] {
      let outcome = try Program.run(command + ["--eager-steps"], in: folder)
      #expect(outcome.status == 64 && outcome.output == "")
      #expect(
        outcome.errors == "freezeout: --eager-steps is for GPUs: drop it, or use --device cuda\n"
      )
    }
  }
}
