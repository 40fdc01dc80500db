import Datasets
import Foundation
import FreezeOut
import Models
import Torch

@testable import Training

/// A run's settings as JSON: what is accepted is valid, the same once written and read again, and has a
/// schedule that holds what schedules promise.
struct ConfigurationTarget: FuzzTarget {
  static let name = "configuration"

  static func expects(_ error: any Error) -> Bool { isReadingError(error) }

  func seeds() throws -> [String: Data] {
    var seeds: [String: Data] = [:]
    let architectures: [(String, Architecture)] = [
      ("densenet", .denseNet(DenseNet(growthRate: 12, depth: 76))),
      ("wrn", .wideResNet(WideResNet(depth: 40, widenFactor: 4))),
      ("vgg", .vgg(VGG(.d))),
    ]
    for (name, architecture) in architectures {
      var configuration = RunConfiguration(architecture: architecture, dataset: "cifar100")
      seeds[name] = try encoded(configuration)
      configuration.views = 4
      configuration.redrawsViews = true
      configuration.caching = FeatureCaching(budgetBytes: 1 << 30)
      configuration.maxTrainImages = 100
      configuration.extraIterations = 7
      configuration.constantTimeEpochs = 90
      seeds["\(name)-all"] = try encoded(configuration)
    }
    seeds["tiny"] = try encoded(TinyRun.configuration())
    return seeds
  }

  func run(_ data: Data) throws {
    let configuration = try JSONDecoder().decode(RunConfiguration.self, from: data)
    do {
      try configuration.validate()
    } catch {
      require(false, "what was read is not valid: \(error)")
    }
    let again = try JSONDecoder().decode(RunConfiguration.self, from: encoded(configuration))
    require(again == configuration, "other settings once written and read again")
    require(configuration.differences(from: again).isEmpty, "differences from itself")
    require(!configuration.architecture.description.isEmpty, "an architecture without a name")
    for imageCount in [1, 45_000] {
      try check(configuration, imageCount: imageCount)
    }
  }

  private func check(_ configuration: RunConfiguration, imageCount: Int) throws {
    let perEpoch = configuration.iterationsPerEpoch(trainImageCount: imageCount)
    require(
      (0...1).contains(configuration.lastBatchShare(trainImageCount: imageCount)),
      "a batch's share"
    )
    let schedule = try configuration.schedule(layerCount: 5, iterationsPerEpoch: perEpoch)
    let last = schedule.iterations - 1
    require(schedule.frozenCount(atIteration: 0) == 0, "layers frozen in the first iteration")
    require(schedule.frozenCount(atIteration: last) < 5, "the last layer frozen")
    let events = schedule.freezeEvents
    require(events.count < 5, "\(events.count) freeze events of 5 layers")
    for event in events {
      require(
        schedule.frozenCount(atIteration: event.iteration) == event.frozenCount
          && schedule.frozenCount(atIteration: event.iteration - 1) == event.layers.lowerBound,
        "another frozen count at iteration \(event.iteration)"
      )
    }
    for layer in 0..<5 {
      let rate = schedule.learningRate(ofLayer: layer, atIteration: last) ?? 0
      require(rate.isFinite && rate >= 0, "a rate of \(rate)")
    }
    _ = try configuration.fixedViews(schedule)
  }
}

/// Whether an error is one of those that reading a description announces.
func isReadingError(_ error: any Error) -> Bool {
  switch error {
  case is DecodingError, is ArchitectureError, is ScheduleError, is MeasuredCostsError: true
  case TrainingError.setting: true
  case is FileVersionError: true
  case is DatasetError: true
  default: false
  }
}

/// JSON with sorted keys.
func encoded(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(value)
}
