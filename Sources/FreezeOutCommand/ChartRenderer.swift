import Foundation
import Reports

/// Turns charts into pictures: vl-convert, a Python package, in a process of its own.
struct ChartRenderer {
  /// The kinds of pictures.
  enum Format: String, Encodable {
    case svg, png
  }

  /// One picture to draw.
  struct Order: Encodable {
    var name: String
    var format: Format
    var specification: Specification
  }

  /// What is installed where `python3` has none.
  static let requirement = "vl-convert-python==1.9.0.post1"

  private let pythonPath: String?

  /// Finds vl-convert: what `python3` imports, else what the set-up has installed, which it does now where
  /// it has not yet.
  ///
  /// - Parameter installs: Whether the set-up may install it.
  /// - Throws: `ReportError.noRenderer`
  init(installing installs: Bool = true) throws {
    let checkout = Checkout.folder
    let own = checkout?.appendingPathComponent(".freezeout/python-report").path
    if Self.canRender(nil) {
      pythonPath = nil
    } else if let own, Self.canRender(own) {
      pythonPath = own
    } else if installs, let checkout, let own {
      try Self.install(from: checkout)
      pythonPath = own
    } else {
      throw ReportError.noRenderer(reason: "python3 imports no vl_convert")
    }
  }

  /// Lets the set-up install it.
  private static func install(from checkout: URL) throws {
    let setup = checkout.appendingPathComponent("scripts/setup").path
    Terminal.standardError.write("note: getting what draws charts, once (about 34 MB) ...\n")
    let outcome: HelperProcess.Outcome
    do {
      outcome = try HelperProcess.run("bash", [setup, "--report"], path: nil)
    } catch {
      throw ReportError.noRenderer(reason: "the set-up cannot be run: \(error.systemReason)")
    }
    guard outcome.status == 0 else {
      let words = outcome.errors.split(separator: "\n").last { $0.hasPrefix("setup: ") }
      let reason = words?.dropFirst("setup: ".count).prefix { $0 != ":" }
      throw ReportError.noRenderer(reason: reason.map(String.init) ?? "the set-up failed")
    }
  }

  private static func canRender(_ path: String?) -> Bool {
    if let path, !FileManager.default.fileExists(atPath: path) { return false }
    let outcome = try? HelperProcess.run("python3", ["-c", RenderingProgram.check], path: path)
    return outcome?.status == 0
  }

  /// Draws pictures, by name.
  ///
  /// - Throws: `ReportError.rendering`
  func pictures(_ orders: [Order]) throws -> [String: Data] {
    try answer(Request(pictures: orders, library: false)).pictures
  }

  /// Draws pictures as SVG, by name, and gives Vega with all that belongs to it as one script.
  ///
  /// - Throws: `ReportError.rendering`
  func parts(_ orders: [Order]) throws -> Page.Parts {
    let answer = try answer(Request(pictures: orders, library: true))
    return Page.Parts(
      library: answer.library ?? "",
      pictures: answer.pictures.mapValues { String(decoding: $0, as: UTF8.self) }
    )
  }

  private struct Request: Encodable {
    var pictures: [Order]
    var library: Bool
  }

  private struct Answer: Decodable {
    var pictures: [String: Data]
    var library: String?
  }

  private func answer(_ request: Request) throws -> Answer {
    let outcome: HelperProcess.Outcome
    do {
      outcome = try HelperProcess.run(
        "python3",
        ["-c", RenderingProgram.text],
        input: JSONEncoder().encode(request),
        path: pythonPath
      )
    } catch {
      throw ReportError.rendering(reason: error.systemReason)
    }
    guard outcome.status == 0 else {
      let words = outcome.errors.split(separator: "\n").last.map(String.init)
      throw ReportError.rendering(reason: words ?? "it ended with status \(outcome.status)")
    }
    do {
      return try JSONDecoder().decode(Answer.self, from: outcome.output)
    } catch {
      throw ReportError.rendering(reason: "its answer is no JSON of ours")
    }
  }
}
