import Foundation
import Testing

@testable import Reports

/// The `python3` of this machine with vl-convert, where it has it.
private enum VegaConvert {
  static let remedy = "python3 cannot import vl_convert: scripts/setup --report installs it"

  static let isThere: Bool = (try? run("import vl_convert", Data()))?.status == 0

  static func run(_ program: String, _ input: Data) throws -> (status: Int32, words: String) {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("freezeout-tests-\(UUID().uuidString).json")
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    let own = root.appendingPathComponent(".freezeout/python-report").path
    let theirs = ProcessInfo.processInfo.environment["PYTHONPATH"]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": [own, theirs].compactMap { $0 }.joined(separator: ":")]
    ) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: file)
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let words = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: words, as: UTF8.self))
  }
}

struct RenderingTests {
  /// Compiles every chart, which finds unknown keys' effects and wrong channels, and draws it.
  private static let program = """
    import json, sys, vl_convert
    for specification in json.load(sys.stdin):
      vl_convert.vegalite_to_vega(specification)
      picture = vl_convert.vegalite_to_svg(specification)
      assert picture.startswith("<svg") and "NaN" not in picture, specification["title"]
    """

  @Test(.enabled(if: VegaConvert.isThere, "\(VegaConvert.remedy)"))
  func `Vega-Lite takes every chart in both themes without a word`() throws {
    let unfinished = try Runs.run(
      Runs.configuration(Runs.freezing()),
      epochSeconds: [10],
      errors: [80],
      isFinished: false
    )
    let reports = [Report(try Runs.sweep()), Report([unfinished])]
    let charts = reports.flatMap(\.figures).flatMap { figure in
      Theme.allCases.map { figure.specification($0) }
    }
    let outcome = try VegaConvert.run(Self.program, Data(charts.sortedJSON().utf8))
    #expect(outcome.status == 0 && outcome.words == "", "\(outcome.words)")
  }
}
