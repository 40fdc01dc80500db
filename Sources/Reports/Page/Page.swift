import Foundation
import Training

/// A report as one HTML page that needs nothing besides itself.
public struct Page: Sendable {
  /// What the page is made with, beside the report.
  public struct Parts: Sendable {
    /// Vega, Vega-Lite and Vega-Embed as one script.
    public var library: String
    /// SVG by figure, for a reader without scripts.
    public var pictures: [String: String]

    /// Collects the parts.
    public init(library: String, pictures: [String: String]) {
      self.library = library
      self.pictures = pictures
    }
  }

  private let report: Report
  private let title: String
  private let command: String
  private let parts: Parts

  /// A page of a report.
  ///
  /// - Parameters:
  ///   - title: Of what it is, in short.
  ///   - command: What to type to make it again.
  public init(_ report: Report, title: String, command: String, parts: Parts) {
    self.report = report
    self.title = title
    self.command = command
    self.parts = parts
  }

  /// The page.
  ///
  /// - Throws: `EncodingError`
  public func html() throws -> String {
    let charts = try chartData()
    let page: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
      style-src 'unsafe-inline'; img-src data: blob:">
      <meta name="generator" content="freezeout \(report.program)">
      <title>\(title)</title>
      <style>\(trusted: Self.style)</style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      \(Markup(report.notes.map { "<p class=\"note\">\($0)</p>" }))
      \(Markup(report.sections.map(section)))
      <footer><p>Made again by <code>\(command)</code></p></footer>
      </main>
      <script type="application/json" id="charts">\(trusted: charts.asScriptJSON)</script>
      <script>\(trusted: parts.library.asScript)</script>
      <script>\(trusted: Self.script)</script>
      </body>
      </html>

      """
    return page.html
  }

  /// Everything that the page's script draws: for each figure its tables, once, and a chart for each theme.
  private func chartData() throws -> String {
    struct Chart: Encodable {
      var datasets: [String: [Table.Object]]
      var light: Specification
      var dark: Specification
    }
    let charts = report.figures.map { figure in
      (
        figure.name,
        Chart(
          datasets: figure.datasets,
          light: figure.bareSpecification(.light),
          dark: figure.bareSpecification(.dark)
        )
      )
    }
    return try Dictionary(charts) { first, _ in first }.sortedJSON()
  }

  // MARK: - A section

  private func section(_ section: Report.Section) -> Markup {
    let experiment = section.experiment
    return """
      <section>
      <h2>\(experiment.title)</h2>
      <p class="finding">\(section.finding)</p>
      \(Markup([section.caution].compactMap { $0 }.map { "<p class=\"note\">\($0)</p>" }))
      \(SettingsTable(experiment).markup)
      \(Markup(section.figures.map { figure($0, hasPicture: true) }))
      \(Markup(section.details.enumerated().map { details($1, section, at: $0) }))
      \(Circumstances(experiment).markup)
      </section>
      """
  }

  private func details(
    _ details: (setting: Setting, figures: [Figure]),
    _ section: Report.Section,
    at index: Int
  ) -> Markup {
    let isAlone = section.details.count == 1
    let isOpen = index == section.openDetails
    let contents = Markup(
      details.figures.map { figure($0, hasPicture: isOpen) }
        + [LayersTable(details.setting.example).markup] + [repetition(of: details.setting)]
    )
    return isAlone
      ? contents
      : """
      <details class="setting"\(isOpen ? " open" : "")>
      <summary>\(details.setting.label)</summary>
      \(contents)
      </details>
      """
  }

  private func figure(_ figure: Figure, hasPicture: Bool) -> Markup {
    let picture = hasPicture ? parts.pictures[figure.name] : nil
    let fallback: Markup =
      picture.map { "\(trusted: $0)" }
      ?? "<p>This chart is drawn by a script, which did not run here.</p>"
    return """
      <figure>
      <h3>\(figure.title)</h3>
      <div class="chart" data-chart="\(figure.name)" role="img" aria-label="\(figure.title)"></div>
      <noscript>\(fallback)</noscript>
      <figcaption>\(figure.caption)</figcaption>
      </figure>
      """
  }

  private func repetition(of setting: Setting) -> Markup {
    guard let command = setting.example.command else {
      return "<p class=\"command\">No options make just this run: it is one of a comparison's.</p>"
    }
    return "<p class=\"command\">To repeat it: <code>\(command)</code></p>"
  }
}

extension Report {
  /// The figures that a reader sees without opening anything: those that want a picture for who has no
  /// scripts.
  public var shownFigures: [Figure] {
    sections.flatMap { section in
      section.figures
        + section.details.enumerated().filter { $0.offset == section.openDetails }.flatMap(
          \.element.figures
        )
    }
  }

  /// The versions of the program that made the runs.
  fileprivate var program: String {
    Set(sections.flatMap { $0.experiment.runs.map(\.machine.program) }).sorted()
      .joined(separator: ", ")
  }
}

extension Report.Section {
  /// Which setting's figures are open at first: the first that freezes.
  fileprivate var openDetails: Int {
    details.firstIndex { $0.setting.kind == .freezing } ?? 0
  }
}

extension String {
  /// A script that can stand within a `script` element: the only words that end it cannot occur outside
  /// of its own strings and patterns, where they can be written otherwise.
  fileprivate var asScript: String {
    replacing("</script", with: "<\\/script").replacing("<!--", with: "<\\!--")
  }
}
