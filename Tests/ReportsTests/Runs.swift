import Foundation
import FreezeOut
import Models
import Training

@testable import Reports

/// Runs of three layers, two iterations an epoch, four epochs, with figures as literals.
enum Runs {
  static let machine = ReportedRun.Machine(
    program: "0.1.0",
    commit: "abc",
    libtorch: "2.13.0",
    device: "cpu",
    threads: 2,
    processor: "a processor",
    processorCount: 2,
    operatingSystem: "a system"
  )

  static let costs = try? MeasuredCosts(
    layers: [("first", 1.0), ("second", 2), ("last", 1)].map { name, seconds in
      LayerSeconds(
        name: name,
        forward: seconds,
        backward: 2 * seconds,
        frontierBackward: seconds,
        optimizer: 0,
        frozen: seconds
      )
    },
    steps: [MeasuredStep(frozenCount: 0, seconds: 12)]
  )

  static func configuration(
    _ freezing: RunConfiguration.Freezing?,
    seed: UInt64 = 0,
    epochs: Int = 4,
    extraIterations: Int = 0
  ) -> RunConfiguration {
    var configuration = RunConfiguration(
      architecture: .denseNet(DenseNet(growthRate: 4, depth: 10)),
      dataset: "cifar10"
    )
    configuration.freezing = freezing
    configuration.seed = seed
    (configuration.epochs, configuration.extraIterations) = (epochs, extraIterations)
    return configuration
  }

  static func freezing(
    _ firstFreeze: Double = 0.5,
    _ growth: Growth = .linear,
    scaled: Bool = false
  ) -> RunConfiguration.Freezing {
    .init(firstFreeze: firstFreeze, growth: growth, scalesLearningRates: scaled)
  }

  /// A run whose epochs take so many seconds each and end with such errors; those that a finished one has
  /// beyond them are like the last.
  static func run(
    _ configuration: RunConfiguration,
    epochSeconds: [Double] = [10, 10, 10, 10],
    errors: [Double] = [80, 60, 50, 40],
    isFinished: Bool = true,
    layers: [String] = ["first", "second", "last"],
    place: String = "run",
    paceSaving: Double? = nil,
    prediction: RunPrediction? = nil,
    costs: MeasuredCosts? = nil,
    machine: ReportedRun.Machine = Runs.machine,
    network: String = "DenseNet-BC k=4 L=10"
  ) throws -> ReportedRun {
    let iterations = 2 * configuration.epochs + configuration.extraIterations
    let count = (iterations + 1) / 2
    let given = Array(zip(epochSeconds, errors).prefix(count))
    let missing = isFinished ? count - given.count : 0
    let epochs = given + given.suffix(1).flatMap { Array(repeating: $0, count: missing) }
    let records = try epochs.enumerated().map { index, epoch in
      try JSONDecoder().decode(
        RunRecord.self,
        from: Data(
          """
          {"event": "epoch", "epoch": \(index + 1), "iterations": \(min(2 * (index + 1), iterations)),
          "trainLoss": \(2 - 0.25 * Double(index)), "evaluationLoss": \(2.5 - 0.25 * Double(index)),
          "evaluationError": \(epoch.1), "frozenCount": 0, "trainSeconds": \(epoch.0),
          "evaluationSeconds": 1, "imagesPerSecond": 5, "dataSeconds": 0}
          """.utf8
        )
      )
    }
    return try ReportedRun(
      place: place,
      configuration: configuration,
      network: network,
      layers: layers,
      parameterCount: 1_234,
      trainImages: 100,
      evaluationImages: 1_000,
      iterationsPerEpoch: 2,
      startedAt: Date(timeIntervalSince1970: 1_700_000_000),
      isFinished: isFinished,
      machine: machine,
      costs: costs,
      prediction: prediction,
      paceSaving: paceSaving,
      records: records
    )
  }

  /// A sweep of two strategies and two first freezes, of two seeds, with the baseline.
  static func sweep() throws -> [ReportedRun] {
    try (0..<2).flatMap { seed in
      let seconds = 10 + Double(seed)
      let baseline = try run(
        configuration(nil, seed: UInt64(seed)),
        epochSeconds: Array(repeating: seconds, count: 4),
        errors: [80, 60, 50, 40 + 2 * Double(seed)],
        place: "seed-\(seed)/baseline"
      )
      let frozen = try [(0.5, Growth.cubic), (0.8, .cubic), (0.5, .linear), (0.8, .linear)].map {
        firstFreeze,
        growth in
        try run(
          configuration(
            freezing(firstFreeze, growth, scaled: growth == .cubic),
            seed: UInt64(seed)
          ),
          epochSeconds: [seconds, seconds, seconds, seconds * firstFreeze],
          errors: [80, 60, 50, 42 - firstFreeze + Double(seed)],
          place: "seed-\(seed)/\(growth)-\(firstFreeze)",
          prediction: RunPrediction(
            epochSeconds: [10, 10, 10, 5],
            baselineEpochSeconds: [10, 10, 10, 10]
          ),
          costs: costs
        )
      }
      return [baseline] + frozen
    }
  }
}
