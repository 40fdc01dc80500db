import ArgumentParser
import Testing
import Training

@testable import FreezeOutCommand

struct EvaluateParsingTests {
  @Test
  func `weights alone are measured on the test images`() throws {
    let command = try EvaluateCommand.parse(["w.safetensors"])
    #expect(command.weights == "w.safetensors" && command.split == .test)
    #expect(command.model.model == nil && command.data.dataset == nil)
    #expect(try EvaluateCommand.parse(["w", "--split", "validation"]).split == .validation)
    #expect(try EvaluateCommand.parse(["w", "--split", "train"]).split == .train)
  }

  @Test
  func `folders of cases are replayed in float64 unless asked otherwise`() throws {
    let command = try VerifyCommand.parse(["a", "b"])
    #expect(command.folders == ["a", "b"] && command.precision == .float64)
    #expect(try VerifyCommand.parse(["a", "--precision", "float32"]).precision == .float32)
  }

  @Test
  func `without weights or folders, or with an unknown word, usage is wrong`() {
    let commands: [(any ParsableCommand.Type, [String])] = [
      (EvaluateCommand.self, []), (EvaluateCommand.self, ["w", "--split", "all"]),
      (EvaluateCommand.self, ["w", "v"]), (VerifyCommand.self, []),
      (VerifyCommand.self, ["a", "--precision", "float16"]),
      (BenchCommand.self, ["--frozen", "all"]), (CompareCommand.self, ["--seeds", "some"]),
      (PlanCommand.self, ["--save"]),
    ]
    for (command, arguments) in commands {
      let error = #expect(throws: (any Error).self) { try command.parse(arguments) }
      #expect(error.map { command.exitCode(for: $0).rawValue } == 64)
    }
  }

  static let statuses: [(any Error, Int32)] = [
    (UsageError(description: "a"), 64),
    (RunFolderError.holdsRun("a"), 73),
    (RunFolderError.cannotCreate("a", reason: "b"), 73),
    (RunFolderError.nothingToResume("a"), 66),
    (RunFolderError.cannotWrite("a", reason: "b"), 74),
    (RunFolderError.damaged("a"), 65),
    (BenchError.noPeers("a"), 69),
    (BenchError.cannotStart("a", reason: "b"), 69),
    (BenchError.ended("a", status: 1, remedy: ""), 69),
    (BenchError.answer("a", "b"), 65),
    (TrainingError.setting("a", "b", remedy: "c"), 64),
    (TrainingError.otherSettings([]), 64),
    (TrainingError.checkpoint(reason: "a"), 65),
    (RecordedCaseError.malformed("a"), 65),
    (TrainingError.diverged(iteration: 1, loss: .nan), 1),
    (CancellationError(), 1),
  ]

  @Test(arguments: statuses.indices)
  func `an error ends the program with this status`(index: Int) {
    let (error, status) = Self.statuses[index]
    #expect(ExitStatus(error).rawValue == status)
  }
}
