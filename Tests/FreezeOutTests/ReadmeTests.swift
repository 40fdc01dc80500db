import FreezeOut
import Foundation
import Testing

struct ReadmeTests {
  @Test
  func `the example of the README trains and freezes`() throws {
    // README example begins
    // Three layers of one weight each; the network computes the product of its weights.
    var weights = [0.5, 0.8, 1.1]
    let schedule = try Schedule(
      layerCount: weights.count,
      iterations: 200,
      firstFreeze: 0.5,
      growth: .cubic,
      scalesLearningRates: true,
      baseLearningRate: 0.1
    )
    for iteration in 0..<schedule.iterations {
      let output = weights.reduce(1, *)
      for (layer, rate) in schedule.learningRates(atIteration: iteration).enumerated() {
        guard let rate else { continue }  // frozen: no gradient, no update
        weights[layer] -= rate * (output - 2) * output / weights[layer]
      }
    }
    // README example ends
    #expect(abs(weights.reduce(1, *) - 2) < 1e-3)
    #expect(schedule.freezeEvents.map(\.layers) == [0..<1, 1..<2])
  }

  @Test
  func `the README shows the example that these tests compile`() throws {
    let tests = URL(filePath: #filePath)
    let source = try String(contentsOf: tests, encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let begin = try #require(lines.firstIndex { $0 == "    // README example begins" })
    let end = try #require(lines.firstIndex { $0 == "    // README example ends" })
    let example = lines[(begin + 1)..<end].map { $0.dropFirst(4) }.joined(separator: "\n")

    let package = tests.deletingLastPathComponent().appending(path: "../..").standardized
    let readme = try String(
      contentsOf: package.appending(path: "Sources/FreezeOut/README.md"),
      encoding: .utf8
    )
    #expect(readme.contains("```swift\nimport FreezeOut\n\n\(example)\n```\n"))
  }
}
