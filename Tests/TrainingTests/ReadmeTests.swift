import Datasets
import Models
import Testing
import Training

struct ReadmeTests {
  /// The example of README.md, on fewer images.
  @Test
  func `the example of the library trains`() throws {
    let images = try GeneratedDataset(classes: .shapes, seed: 0).pair(
      trainingCount: 60,
      testCount: 10
    )
    var configuration = RunConfiguration(
      architecture: .denseNet(DenseNet(growthRate: 4, depth: 10)),
      dataset: "shapes"
    )
    configuration.epochs = 6
    let trainer = try Trainer(configuration: configuration, split: configuration.split(images))
    var lines: [String] = []
    try trainer.run { event in
      if case .freeze(let freeze) = event {
        lines.append("\(freeze.layers) froze at \(freeze.iteration)")
      }
      if case .epoch(let epoch) = event { lines.append("\(epoch.epoch)") }
    }
    #expect(lines.filter { !$0.contains("froze") } == ["1", "2", "3", "4", "5", "6"])
    #expect(lines.contains { $0.contains("froze") })
  }
}
