import ArgumentParser
import Foundation
import Testing

@testable import FreezeOutCommand

struct HelpTests {
  @Test
  func `every command's help screen is this one`() {
    func screen(_ command: any ParsableCommand.Type) -> String {
      FreezeOutCommand.helpMessage(for: command, columns: 80)
        .trimmingCharacters(in: .newlines)
    }
    #expect(screen(FreezeOutCommand.self) == HelpScreens.program)
    #expect(screen(TrainCommand.self) == HelpScreens.train)
    #expect(screen(EvaluateCommand.self) == HelpScreens.evaluate)
    #expect(screen(VerifyCommand.self) == HelpScreens.verify)
    #expect(screen(PlanCommand.self) == HelpScreens.plan)
    #expect(screen(CompareCommand.self) == HelpScreens.compare)
    #expect(screen(SweepCommand.self) == HelpScreens.sweep)
    #expect(screen(BenchCommand.self) == HelpScreens.bench)
    #expect(screen(ReportCommand.self) == HelpScreens.report)
  }

  @Test
  func `the program shows help, its commands' help and its version, and writes nothing`() throws {
    let folder = try TemporaryFolder()
    let bare = try Program.run([], in: folder)
    #expect(bare.status == 0)
    #expect(bare.output.hasPrefix("OVERVIEW: Train image classifiers"))
    let help = try Program.run(["evaluate", "--help"], in: folder)
    #expect(help.status == 0)
    #expect(help.output.contains("USAGE: freezeout evaluate [<options>] <weights>"))
    let version = try Program.run(["--version"], in: folder)
    #expect(version.status == 0 && version.output == "0.1.0\n" && version.errors == "")
    #expect(folder.listing == [])
  }
}
