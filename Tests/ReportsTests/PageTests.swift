import Foundation
import Testing
import Training

@testable import Reports

struct PageTests {
  private static let hostile = "</script><script>alert('1')</script><img src=x onerror=\"x\">&"

  private func page(_ runs: [ReportedRun], notes: [String] = []) throws -> String {
    try Page(
      Report(runs, notes: notes),
      title: Self.hostile,
      command: Self.hostile,
      parts: .init(library: "let end = '</script>'; // <!--", pictures: [:])
    ).html()
  }

  @Test
  func `names from files are text on the page, never markup`() throws {
    var machine = Runs.machine
    machine.processor = Self.hostile
    let run = try Runs.run(
      Runs.configuration(nil),
      isFinished: false,
      layers: [Self.hostile, "second", "last"],
      place: Self.hostile,
      machine: machine,
      network: Self.hostile
    )
    let html = try page([run], notes: [Self.hostile])
    #expect(!html.contains("<script>alert") && !html.contains("<img"))
    #expect(html.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"))
    // The data, the library and our own script, each ended once.
    #expect(html.components(separatedBy: "</script").count == 4)
    #expect(html.components(separatedBy: "<script").count == 4)
  }

  @Test
  func `the data within the page is the charts' JSON`() throws {
    struct Chart: Decodable {
      struct Row: Decodable { var name: String? }
      struct Specification: Decodable { var background: String }
      var datasets: [String: [Row]]
      var light: Specification
      var dark: Specification
    }
    let run = try Runs.run(Runs.configuration(nil), layers: [Self.hostile, "second", "last"])
    let html = try page([run])
    let start = try #require(html.range(of: "id=\"charts\">"))
    let end = try #require(html.range(of: "</script>", range: start.upperBound..<html.endIndex))
    let json = html[start.upperBound..<end.lowerBound]
    let charts = try JSONDecoder().decode([String: Chart].self, from: Data(json.utf8))
    #expect(Set(charts.keys) == ["error", "loss", "rates", "layers", "seconds"])
    #expect(charts["layers"]?.datasets["layers"]?[0].name == Self.hostile)
    #expect(charts["layers"]?.light.background == "#ffffff")
    #expect(charts["layers"]?.dark.background == "#0d1117")
    for name in charts.keys { #expect(html.contains("data-chart=\"\(name)\"")) }
  }

  @Test
  func `the page needs nothing besides itself`() throws {
    let html = try page(Runs.sweep())
    #expect(html.contains("default-src 'none'"))
    #expect(!html.contains("src=\"http") && !html.contains("href=") && !html.contains("@import"))
  }

  @Test
  func `it says what was asked, where it was made, and which runs are not finished`() throws {
    let html = try page([
      Runs.run(Runs.configuration(Runs.freezing()), paceSaving: 0.2),
      Runs.run(
        Runs.configuration(Runs.freezing(), seed: 1),
        errors: [70, 65],
        isFinished: false,
        place: "seed-1/run"
      ),
    ])
    #expect(html.contains("freezeout 0.1.0 at abc, libtorch 2.13.0"))
    #expect(html.contains("a processor, 2 cores, 2 threads, device cpu, a system"))
    var machine = Runs.machine
    machine.kernels = "fused:avx2"
    let fused = try page([Runs.run(Runs.configuration(Runs.freezing()), machine: machine)])
    #expect(
      fused.contains("a processor, 2 cores, 2 threads, kernels fused:avx2, device cpu, a system")
    )
    #expect(html.contains("<dd>2023-11-14 22:13 UTC</dd>"))
    #expect(html.contains("Not finished, and in no mean: seed-1/run (2 of 4 epochs)."))
    #expect(html.contains("<td>2 (1 finished)</td>"))
    #expect(html.contains("<td>20.0*</td>") && html.contains("* By the run&#39;s own pace"))
  }
}
