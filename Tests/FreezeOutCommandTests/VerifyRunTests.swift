import Foundation
import Testing

@testable import FreezeOutCommand

struct VerifyRunTests {
  private static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let recorded = package.appendingPathComponent(
    "Tests/RecordedCases/densenet-bc-cubic-scaled"
  )

  @Test
  func `a recorded run passes, a line a case and the count at the end`() throws {
    let folder = try TemporaryFolder()
    let options = [
      [], ["--precision", "float64"], ["--precision", "float32"], ["--kernels", "libtorch"],
      ["--kernels", "fused"], ["--kernels", "fused:portable"],
      ["--kernels", "fused", "--precision", "float32"],
      ["--kernels", "auto", "--precision", "float32"],
    ]
    for options in options {
      let outcome = try Program.run(
        ["verify", Self.recorded.path, Self.recorded.path + "/"] + options,
        in: folder
      )
      #expect(outcome.status == 0 && outcome.errors == "")
      #expect(outcome.lines.count == 3)
      for line in outcome.lines.dropLast() {
        #expect(line.hasPrefix("passed densenet-bc-cubic-scaled: loss "))
        for figure in ["(1e-05)  rates ", "(1e-09)  frozen 0 (0)  weights ", "(0.0001)"] {
          #expect(line.contains(figure), "\(line)")
        }
        #expect(!line.contains("!"))
      }
      #expect(outcome.lines.last == "2 passed, 0 failed")
    }
  }

  @Test
  func `a falsified run, a missing and a hostile one fail, and the others are still replayed`()
    throws
  {
    let folder = try TemporaryFolder()
    for name in ["false", "hostile"] {
      try FileManager.default.copyItem(at: Self.recorded, to: folder.file(name))
    }
    let text = try folder.text("false/case.json")
    #expect(text.contains("0.00038060233744"))
    try Data(text.replacingOccurrences(of: "0.00038060233744", with: "0.00048060233744").utf8)
      .write(to: folder.file("false/case.json"))
    try Data(text.replacingOccurrences(of: "\"iterations\": 8", with: "\"iterations\": 0").utf8)
      .write(to: folder.file("hostile/case.json"))

    let outcome = try Program.run(
      ["verify", "none", "false", Self.recorded.path, "hostile"],
      in: folder
    )
    #expect(outcome.status == 1 && outcome.errors == "")
    let lines = outcome.lines
    try #require(lines.count == 5)
    #expect(lines[0] == "FAILED none: \(folder.url.path)/none/case.json cannot be read")
    #expect(lines[1].hasPrefix("FAILED false: loss "))
    #expect(lines[1].contains("rates !0.0001 (1e-09)"))
    #expect(lines[2].hasPrefix("passed densenet-bc-cubic-scaled: "))
    #expect(lines[3] == "FAILED hostile: case.json has 8 steps of a run of 0 iterations")
    #expect(lines[4] == "1 passed, 3 failed")
  }
}
