import Foundation
import FreezeOut
import Models
import TorchNN

/// What a run will do, known before it begins: which layer leaves training when, and what that saves
/// by several measures.
public struct RunPlan: Sendable {
  /// One layer of the network.
  public struct Layer: Hashable, Sendable, Encodable {
    /// Its name.
    public var name: String
    /// The number of its trained numbers.
    public var parameters: Int
    /// Its share of the work of a step in which nothing is frozen: of the measured time where there
    /// is one, else of the multiply-adds.
    public var share: Double
    /// The first iteration in which it is frozen, from 0; nil if it trains to the end.
    public var freezeIteration: Int?
    /// The epoch of that iteration, from 1.
    public var freezeEpoch: Int?
    /// Its learning rate in iteration 0.
    public var initialLearningRate: Double
  }

  /// The ratio of a backward pass's cost to a forward pass's that the estimate by multiply-adds takes:
  /// one product of the layer's size for its weights' gradient and one for its input's.
  public static let backwardForwardRatio = 2.0

  /// The layers in forward order.
  public let layers: [Layer]
  /// The length of the run in iterations.
  public let iterations: Int
  /// The number of iterations of an epoch.
  public let iterationsPerEpoch: Int
  /// The saving as the published code estimates it; nil for what is no DenseNet-BC, which it takes
  /// every network for.
  public let paperSaving: Double?
  /// The saving by multiply-adds, with `backwardForwardRatio`.
  public let multiplyAddsSaving: Double
  /// What was measured; nil where nothing was.
  public let costs: MeasuredCosts?
  /// What is kept of the frozen layers' output; nil for nothing.
  public let cache: CachePlan?
  /// The predicted duration, from what was measured.
  public let prediction: RunPrediction?

  /// The schedule that is planned.
  public let schedule: Schedule

  private let layerCosts: [LayerCost]
  private let lastBatchShare: Double

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - configuration: What determines the run.
  ///   - classCount: The number of classes of its data set.
  ///   - trainImageCount: The number of images of an epoch.
  ///   - costs: What was measured of the network, if anything.
  ///   - scratch: Where a file can be made for a moment, to measure what keeping features takes; nil
  ///     for a plan without.
  /// - Throws: What makes the settings impossible: `ArchitectureError`, `ScheduleError`,
  ///   `TrainingError.setting`, `WeightInitializerError`, `TorchError`
  public init(
    _ configuration: RunConfiguration,
    classCount: Int,
    trainImageCount: Int,
    costs: MeasuredCosts? = nil,
    scratch: URL? = nil
  ) throws {
    let network = try configuration.architecture
      .makeNetwork(classCount: classCount, from: WeightInitializer(seed: 0))
    let layerCosts = network.costs
    let perEpoch = configuration.iterationsPerEpoch(trainImageCount: trainImageCount)
    let schedule = try configuration.schedule(
      layerCount: layerCosts.count,
      iterationsPerEpoch: perEpoch
    )
    let work = layerCosts.reduce(0) { $0 + Double($1.multiplyAdds) }
    layers = layerCosts.enumerated().map { index, cost in
      let freezeIteration = schedule.freezeIteration(ofLayer: index)
      return Layer(
        name: cost.name,
        parameters: cost.parameters,
        share: costs?.share(ofLayer: index) ?? Double(cost.multiplyAdds) / work,
        freezeIteration: freezeIteration,
        freezeEpoch: freezeIteration.map { $0 / perEpoch + 1 },
        initialLearningRate: schedule.initialLearningRate(ofLayer: index)
      )
    }
    iterations = schedule.iterations
    iterationsPerEpoch = perEpoch
    paperSaving = configuration.paperSaving
    multiplyAddsSaving = try Self.multiplyAddsSaving(of: schedule, layerCosts)
    self.costs = costs
    var cachePlan: CachePlan?
    if let costs, let scratch {
      cachePlan = try configuration.cacheCosts(
        of: network,
        trainImageCount: trainImageCount,
        costs: costs,
        measuringAt: scratch,
        device: .cpu
      ).map { CachePlan(schedule: schedule, costs: $0) }
    }
    cache = cachePlan
    let lastBatchShare = configuration.lastBatchShare(trainImageCount: trainImageCount)
    prediction = costs.map {
      schedule.prediction(
        costs: $0,
        iterationsPerEpoch: perEpoch,
        cache: cachePlan,
        lastBatchShare: lastBatchShare
      )
    }
    self.lastBatchShare = lastBatchShare
    self.schedule = schedule
    self.layerCosts = layerCosts
  }

  /// The saving by the best measure at hand.
  public var saving: Double {
    prediction?.saving ?? multiplyAddsSaving
  }

  /// What speaks against freezing in this run.
  ///
  /// - Parameter batchSeconds: How long it takes to make a batch, in the background; nil where that
  ///   was not measured. What it takes longer than a mean iteration is spent waiting.
  public func advice(batchSeconds: Double? = nil) -> [FreezingAdvice] {
    var dataShare: Double?
    if let batchSeconds, let prediction {
      dataShare = max(0, 1 - prediction.seconds / Double(iterations) / batchSeconds)
    }
    return FreezingAdvice.advice(on: schedule, saving: saving, dataShare: dataShare)
  }

  /// The latest first freeze that saves a share of the time, by the best measure at hand, with what
  /// keeping features saves.
  ///
  /// - Parameter growth: How freeze times grow with depth.
  /// - Throws: `ScheduleError`
  public func firstFreeze(saving: Double, growth: Growth) throws -> FirstFreezeSolution {
    try schedule.with(growth: growth).firstFreeze(saving: saving) { schedule in
      guard let costs else { return try Self.multiplyAddsSaving(of: schedule, layerCosts) }
      return schedule.prediction(
        costs: costs,
        iterationsPerEpoch: iterationsPerEpoch,
        cache: cache.map { CachePlan(schedule: schedule, costs: $0.costs) },
        lastBatchShare: lastBatchShare
      ).saving
    }
  }

  /// The saving by multiply-adds: what every layer costs, and when it freezes.
  static func multiplyAddsSaving(of schedule: Schedule, _ costs: [LayerCost]) throws -> Double {
    try schedule.estimatedSaving(costs: costs, backwardForwardRatio: backwardForwardRatio)
  }
}

extension RunConfiguration {
  /// The number of batches of an epoch, the last one perhaps smaller.
  public func iterationsPerEpoch(trainImageCount: Int) -> Int {
    trainImageCount == 0 ? 0 : (trainImageCount - 1) / batchSize + 1
  }

  /// The images of an epoch's last batch by those of the others: 1 where they come out even, and where
  /// there is no other, for it is measured as it is.
  public func lastBatchShare(trainImageCount: Int) -> Double {
    let left = trainImageCount % batchSize
    guard left > 0, trainImageCount > batchSize else { return 1 }
    return Double(left) / Double(batchSize)
  }

  /// The number of layers of the network, as FreezeOut counts them.
  ///
  /// - Throws: `ArchitectureError`, `WeightInitializerError`, `TorchError`
  public func layerCount(classCount: Int) throws -> Int {
    try architecture.makeNetwork(classCount: classCount, from: WeightInitializer(seed: 0))
      .stages.count
  }

  /// How many of a data set's training images the run trains on.
  public func trainImageCount(of count: Int) -> Int {
    let held = validation == .validation ? Self.validationCount(of: count) : 0
    return min(count - held, maxTrainImages ?? .max)
  }

  /// What the published code would say that the run saves; nil unless its network is a DenseNet-BC.
  var paperSaving: Double? {
    guard let freezing, case .denseNet(let network) = architecture, network.bottleneck else {
      return nil
    }
    return paperSpeedup(
      growthRate: network.growthRate,
      depth: network.depth,
      firstFreeze: freezing.firstFreeze,
      growth: freezing.growth
    )
  }
}
