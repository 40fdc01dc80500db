import ArgumentParser
import Foundation
import Reports

/// `freezeout report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make a page with charts of what runs came to.",
    discussion: """
      Takes the folder of a run, of a comparison, or any folder above runs, and writes one HTML page \
      that needs no network: what came out in a sentence and a table, error against the time that was \
      saved, loss and error over the run, every layer's learning rate and cost, and what an epoch took \
      as layers froze. Runs that are not finished are in it as far as they are. Charts are drawn by \
      vl-convert, which is installed when it is first needed; --data alone needs none.
      """
  )

  @Argument(help: ArgumentHelp("The folders of runs, or folders above them.", valueName: "folder"))
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "Where the page goes. (default: report.html in the first folder)",
      valueName: "file"
    )
  )
  var output: String?

  @Option(help: ArgumentHelp("Write the figures as SVG to this folder.", valueName: "dir"))
  var svg: String?

  @Option(help: ArgumentHelp("Write the figures as PNG to this folder.", valueName: "dir"))
  var png: String?

  @Option(
    help: ArgumentHelp("Write the data behind each figure as CSV to this folder.", valueName: "dir")
  )
  var data: String?

  @Option(help: "The look of SVG and PNG: light or dark. The page has both.")
  var theme: Theme = .light

  func validate() throws {
    let places = [("--output", output), ("--svg", svg), ("--png", png), ("--data", data)]
    for (name, place) in places where place?.isEmpty == true {
      throw ValidationError("\(name) '' names nothing: give a place, or drop it.")
    }
    guard folders.allSatisfy({ !$0.isEmpty }) else {
      throw ValidationError("'' names no folder: give that of a run.")
    }
  }

  /// With `--svg`, `--png` or `--data` the page is written only where it is asked for.
  private var wantsPage: Bool { output != nil || [svg, png, data].allSatisfy { $0 == nil } }

  func run() throws {
    try reportingErrors {
      let writer = try ReportWriter(folders: folders.map(Self.folder))
      for note in writer.report.notes { Terminal.standardError.write("note: \(note)\n") }
      var written: [String] = []
      if let data {
        try writer.writeData(to: Self.folder(data))
        written.append(data)
      }
      for (format, place) in [(ChartRenderer.Format.svg, svg), (.png, png)] {
        guard let place else { continue }
        try writer.writePictures(format, theme, to: Self.folder(place))
        written.append(place)
      }
      if wantsPage {
        let file = output.map { URL(fileURLWithPath: $0) } ?? writer.defaultPage
        try writer.writePage(to: file)
        written.append(file.relativePath)
      }
      try Terminal.standardOutput.result(
        ([writer.report.finding] + writer.report.cautions
          + ["written: \(written.joined(separator: ", "))"]).joined(separator: "\n")
      )
    }
  }

  private static func folder(_ path: String) -> URL {
    URL(fileURLWithPath: path, isDirectory: true)
  }
}

extension Theme: ExpressibleByArgument {}
