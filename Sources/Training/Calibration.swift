import FreezeOut
import Models
import Torch
import TorchNN

/// A few seconds of work that tell what every stage of a network costs here: on this device, with
/// this batch, precision, number of threads and kernels.
///
/// The network is one of its own with random images: nothing of a run moves.
public struct Calibration {
  private let network: Network
  private let rule: GradientDescent
  private let images: Tensor
  private let labels: Tensor
  private let device: Device

  /// At least so often is everything measured, after a first time that does not count.
  private static let fewestRounds = 2
  /// More measurements tell no more.
  private static let mostRounds = 20

  /// Makes the network and a batch for it.
  ///
  /// - Throws: `ArchitectureError`, `KernelsError`, `WeightInitializerError`, `TrainingError.setting`
  ///   for a batch that is too small for the network, `TorchError`
  public init(
    architecture: Architecture,
    classCount: Int,
    batchSize: Int,
    rule: GradientDescent,
    device: Device = .cpu,
    kernels: Kernels = .libtorch
  ) throws {
    network = try architecture.makeNetwork(
      classCount: classCount,
      from: WeightInitializer(seed: 0, device: device),
      kernels: kernels
    )
    try TrainingError.require("batch size", batchSize, in: network.minimumBatchSize...1_000_000)
    self.rule = rule
    self.device = device
    images = try StepBenchmark.images(batchSize).moved(to: device)
    labels = try StepBenchmark.labels(batchSize, classCount: classCount).moved(to: device)
  }

  /// Measures for about so many seconds, or longer where the fewest rounds take longer.
  ///
  /// - Parameter progress: Called with the share that is done.
  /// - Throws: `TorchError`, and what `progress` throws.
  public func measuredCosts(
    seconds: Double = 6,
    progress: (Double) throws -> Void = { _ in }
  ) throws -> MeasuredCosts {
    let learners = try frozenCounts.map(learner)
    let optimizer = StochasticGradientDescent(groups: network.stages.map(\.state), rule: rule)
    var layers = network.stages.map { _ in LayerSamples() }
    var steps = learners.map { _ in [Double]() }
    var stopwatch = Stopwatch()
    var spent = 0.0
    var round = -1
    while round < Self.fewestRounds || (spent < seconds && round < Self.mostRounds) {
      for (index, learner) in learners.enumerated() {
        let step = try stepSeconds(learner)
        if round >= 0 { steps[index].append(step) }
      }
      let samples = try layerSamples(optimizer)
      if round >= 0 {
        for (index, sample) in samples.enumerated() { layers[index].append(sample) }
        spent += stopwatch.lap()
      } else {
        // The first round makes libtorch's kernels.
        _ = stopwatch.lap()
      }
      round += 1
      try progress(Self.shareDone(rounds: round, spent: spent, of: seconds))
    }
    return try MeasuredCosts(
      layers: zip(network.stages, layers).map { $1.medians(name: $0.name) },
      steps: zip(learners, steps).map {
        MeasuredStep(frozenCount: $0.frozenCount, seconds: $1.median, bytes: try stepBytes($0))
      }
    )
  }

  /// The share of the work that is done after some rounds: what ends it is the later one of the fewest
  /// rounds and of the time, which the most rounds cut short.
  private static func shareDone(rounds: Int, spent: Double, of seconds: Double) -> Double {
    let ofTime = seconds > 0 ? spent / seconds : 1
    let ofMost = Double(rounds) / Double(mostRounds)
    return min(1, Double(rounds) / Double(fewestRounds), max(ofTime, ofMost))
  }

  /// How long it takes to make a batch of augmented images, in seconds.
  ///
  /// - Throws: `DatasetError`, `TorchError`
  public func batchSeconds() throws -> Double {
    let count = images.shape[0]
    let batches = try StepBenchmark.batches(count, device: device)
    var stopwatch = Stopwatch()
    return try (0..<5).map { epoch in
      _ = try batches.batch(epoch: epoch, index: 0)
      try device.finishWork()
      return stopwatch.lap()
    }.median
  }

  // MARK: - Whole steps

  /// Nothing, a quarter, half, three quarters, and all but the last stage.
  private var frozenCounts: [Int] {
    let last = network.stages.count - 1
    return Set([0, 1, 2, 3, 4].map { last * $0 / 4 }).sorted()
  }

  private func learner(frozenCount: Int) throws -> Learner {
    let schedule = try StepBenchmark.schedule(
      layerCount: network.stages.count,
      // The weights shall stay where a step costs what it costs in a run.
      baseLearningRate: 1e-6
    )
    let learner = try Learner(
      network: network,
      schedule: schedule,
      rule: rule,
      seed: 0,
      startingAt: frozenCount == 0 ? 0 : schedule.freezeIteration(ofLayer: frozenCount - 1) ?? 0,
      device: device
    )
    _ = try learner.freezeDueStages()
    return learner
  }

  private func stepSeconds(_ learner: Learner) throws -> Double {
    var stopwatch = Stopwatch()
    _ = try learner.step(images: images, labels: labels)
    return stopwatch.lap()
  }

  /// What a step needs at its most. The other learners' momenta do not count.
  private func stepBytes(_ learner: Learner) throws -> Int? {
    let before = Runtime.allocatedBytes
    _ = try learner.step(images: images, labels: labels)
    guard device == .cpu else { return learner.stepBytes }
    guard let before, let most = learner.stepBytes else { return nil }
    func bytes(_ stages: ArraySlice<PlacedStage>) throws -> Int {
      try stages.reduce(0) { sum, placed in
        try placed.state.tensors.reduce(sum) {
          try $0 + $1.tensor.elementCount * $1.tensor.scalarType.byteCount
        }
      }
    }
    // Weights of all, gradients and momenta of those in training.
    let trained = try bytes(network.stages[learner.frozenCount...])
    return try most - before + bytes(network.stages[...]) + 2 * trained
  }

  // MARK: - Stage by stage

  /// Every stage's parts, once, each with what the one before made of the batch.
  private func layerSamples(_ optimizer: StochasticGradientDescent) throws -> [LayerSeconds] {
    let generator = try Generator(seed: 0, device: device)
    let frozen = try frozenSeconds()
    var input = images
    return try network.stages.enumerated().map { index, placed in
      let pass = try trainingPass(placed, input, isFrontier: index == 0, generator)
      let frontier =
        try index == 0
        ? pass
        : trainingPass(placed, input, isFrontier: true, generator)
      var stopwatch = Stopwatch()
      // At a rate of 0: the gradients are none of a loss.
      try optimizer.step(learningRates: network.stages.indices.map { $0 == index ? 0 : nil })
      try device.finishWork()
      let optimizerSeconds = stopwatch.lap()
      input = pass.output
      return LayerSeconds(
        name: placed.name,
        forward: pass.forward,
        backward: pass.backward,
        frontierBackward: frontier.backward,
        optimizer: optimizerSeconds,
        frozen: frozen[index]
      )
    }
  }

  struct TrainingPass {
    var output: Tensor
    var forward: Double
    var backward: Double
  }

  /// A stage forward and backward, as in a run, where no gradients are left of the step before: to add
  /// to them would take another pass over memory. The last one's output goes on to the loss.
  func trainingPass(
    _ placed: PlacedStage,
    _ features: Tensor,
    isFrontier: Bool,
    _ generator: Generator
  ) throws -> TrainingPass {
    try Tensor.releaseGradients(of: placed.state.parameters.map(\.parameter.value))
    let input = try features.detached()
    try input.setRequiresGradient(!isFrontier)
    var stopwatch = Stopwatch()
    let output = try network.output(of: placed, from: input, mode: .training(generator))
    if output.shape.count == 2 {
      let loss = try output.negativeLogLikelihood(labels: labels)
      _ = try loss.item()
      let forward = stopwatch.lap()
      try loss.backward()
      try device.finishWork()
      return TrainingPass(
        output: try output.detached(),
        forward: forward,
        backward: stopwatch.lap()
      )
    }
    try device.finishWork()
    let forward = stopwatch.lap()
    let gradient = try output.detached()
    _ = stopwatch.lap()
    try output.backward(from: gradient)
    try device.finishWork()
    return TrainingPass(output: gradient, forward: forward, backward: stopwatch.lap())
  }

  /// Every stage's inference form, in a prefix of all of them.
  private func frozenSeconds() throws -> [Double] {
    var prefix = FrozenPrefix()
    try prefix.append(network.stages[...], kernels: network.kernels)
    var seconds: [Double] = []
    var stopwatch = Stopwatch()
    _ = try prefix.features(of: images) {
      try device.finishWork()
      seconds.append(stopwatch.lap())
    }
    return seconds
  }
}

// MARK: - Samples

/// What was measured of one layer, round by round.
private struct LayerSamples {
  private var samples: [LayerSeconds] = []

  mutating func append(_ sample: LayerSeconds) {
    samples.append(sample)
  }

  func medians(name: String) -> LayerSeconds {
    LayerSeconds(
      name: name,
      forward: samples.map(\.forward).median,
      backward: samples.map(\.backward).median,
      frontierBackward: samples.map(\.frontierBackward).median,
      optimizer: samples.map(\.optimizer).median,
      frozen: samples.map(\.frozen).median
    )
  }
}
