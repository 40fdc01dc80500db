import Foundation
import Models
import Training

@testable import FreezeOutCommand

extension RunDescription {
  /// A run of three layers that began 1,000 seconds after 1970: two epochs of five iterations.
  static let example: RunDescription = {
    let configuration = RunConfiguration(
      architecture: .denseNet(DenseNet(growthRate: 4, depth: 10)),
      dataset: "cifar10"
    )
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      let settings = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
      return try decoder.decode(
        RunDescription.self,
        from: Data(
          """
          {"status": "running", "startedAt": "1970-01-01T00:16:40Z",
           "network": "\(configuration.architecture)", "layers": ["conv1", "dense1", "fc"],
           "parameterCount": 1, "trainImages": 200, "evaluationImages": 100,
           "iterationsPerEpoch": 5, "iterations": 10, "configuration": \(settings),
           "dataFolder": "data", "plannedFreezes": [], "freezes": [],
           "machine": {"freezeout": "0.1.0", "libtorch": "2.13.0", "device": "cpu", "threads": 2,
                       "processorCount": 2, "memoryBytes": 1, "operatingSystem": "Linux",
                       "host": "here"}}
          """.utf8
        )
      )
    } catch {
      fatalError("the example is no description: \(error)")
    }
  }()
}
