import Foundation
import Reports
import Training

/// Writes down what the runs below some folders came to.
///
///     try ReportWriter(folders: [folder]).writePage()
struct ReportWriter {
  /// What they came to.
  let report: Report

  private let folders: [URL]

  /// Reads the runs.
  ///
  /// - Throws: `ReportError` where there is none that can be read.
  init(folders: [URL]) throws {
    let found = try RunFinder(below: folders)
    self.folders = folders
    report = Report(found.runs, notes: found.notes)
  }

  /// Where the page goes unless it is said.
  var defaultPage: URL { folders[0].appendingPathComponent("report.html") }

  /// Writes the page; an older one is replaced at once.
  ///
  /// - Parameter file: Where to; nil for the first folder's `report.html`.
  /// - Throws: `ReportError.noRenderer` where charts cannot be drawn, `ReportError.rendering`, and
  ///   `RunFolderError.cannotWrite`.
  func writePage(to file: URL? = nil) throws {
    let shown = report.shownFigures
    let parts = try ChartRenderer().parts(
      shown.map { figure in
        .init(
          name: figure.name,
          format: .svg,
          specification: figure.specification(.light, isTitled: false)
        )
      }
    )
    let names = folders.map { $0.standardizedFileURL.lastPathComponent }
    let page = Page(
      report,
      title: "FreezeOut: \(names.joined(separator: ", "))",
      command: (["freezeout", "report"] + folders.map(\.relativePath)).shellCommand,
      parts: parts
    )
    try write(Data(page.html().utf8), to: file ?? defaultPage)
  }

  /// Writes every figure into a folder, as `NAME.svg`, or `NAME-dark.svg` in the dark theme.
  ///
  /// - Throws: As `writePage`.
  func writePictures(_ format: ChartRenderer.Format, _ theme: Theme, to folder: URL) throws {
    let suffix = theme == .light ? "" : "-\(theme)"
    let pictures = try ChartRenderer().pictures(
      report.figures.map { figure in
        .init(name: figure.name, format: format, specification: figure.specification(theme))
      }
    )
    try make(folder)
    for (name, picture) in pictures.sorted(by: { $0.key < $1.key }) {
      try write(picture, to: folder.appendingPathComponent("\(name)\(suffix).\(format)"))
    }
  }

  /// Writes the tables behind the figures, and one of all runs, into a folder.
  ///
  /// - Throws: `RunFolderError.cannotWrite`
  func writeData(to folder: URL) throws {
    try make(folder)
    let files = [("runs.csv", report.runsTable.csv)] + report.figures.flatMap(\.csvFiles)
    for (name, text) in files {
      try write(Data(text.utf8), to: folder.appendingPathComponent(name))
    }
  }

  private func make(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunFolderError.cannotCreate(folder.path, reason: error.systemReason)
    }
  }

  private func write(_ data: Data, to file: URL) throws {
    do {
      try RegularFile.write(data, to: file)
    } catch {
      throw RunFolderError.cannotWrite(file.path, reason: error.systemReason)
    }
  }
}
