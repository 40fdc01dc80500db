import Foundation
import Models
import Testing
import Torch
import TorchNN

/// An architecture with every number of its stages frozen.
struct FrozenCase: Sendable, CustomTestStringConvertible {
  let small: SmallArchitecture
  let frozenCount: Int
  let stageCount: Int

  var testDescription: String { "\(small.architecture), \(frozenCount) of \(stageCount) frozen" }

  static let all: [FrozenCase] = zip(SmallArchitecture.all, [10, 10, 5, 5]).flatMap {
    small,
    count in
    (0...count).map { FrozenCase(small: small, frozenCount: $0, stageCount: count) }
  }
}

struct FrozenPrefixTests {
  /// The numbers of each stage's tensors, by name.
  private func snapshot(_ network: Network) throws -> [[String: [UInt32]]] {
    try network.stages.map { stage in
      Dictionary(
        uniqueKeysWithValues: try stage.state.tensors.map { ($0.name, try bits($0.tensor)) }
      )
    }
  }

  @Test(arguments: FrozenCase.all)
  func `a training step moves nothing that is frozen by one bit, and all else`(
    frozen: FrozenCase
  ) throws {
    let network = try frozen.small.network()
    #expect(network.stages.count == frozen.stageCount)
    // Momenta and running statistics that are not where they began, and gradients left over.
    let optimizer = network.optimizer()
    try network.makeGradients(frozenCount: 0)
    try optimizer.step(learningRates: network.stages.map { _ in 0.05 })
    for stage in 0..<frozen.frozenCount { try optimizer.release(group: stage) }

    let before = try snapshot(network)
    guard frozen.frozenCount < frozen.stageCount else {
      let output = try network(
        images(4),
        frozenCount: frozen.frozenCount,
        mode: .training(Generator(seed: 1))
      )
      #expect(!output.requiresGradient)
      #expect(try snapshot(network) == before)
      return
    }
    try network.makeGradients(frozenCount: frozen.frozenCount)
    for (index, stage) in network.stages.enumerated() {
      for (name, parameter) in stage.state.parameters {
        let gradient = try parameter.value.gradient
        #expect((gradient == nil) == (index < frozen.frozenCount), "\(name)")
        #expect(try gradient.map { try $0.floats().contains { $0 != 0 } } ?? true, "\(name)")
      }
    }
    try optimizer.step(
      learningRates: network.stages.indices.map { $0 < frozen.frozenCount ? nil : 0.05 }
    )
    for (index, (before, after)) in zip(before, try snapshot(network)).enumerated() {
      for (name, numbers) in before {
        #expect((after[name] == numbers) == (index < frozen.frozenCount), "\(name)")
      }
    }
    let momenta = Set(optimizer.momenta.map(\.name))
    let expected = network.stages[frozen.frozenCount...].flatMap { $0.state.parameters.map(\.name) }
    #expect(momenta == Set(expected))
  }

  @Test(arguments: FrozenCase.all)
  func `the frozen prefix computes what inference computes, without a graph`(
    frozen: FrozenCase
  ) throws {
    let network = try frozen.small.network()
    try network.makeGradients(frozenCount: 0)
    let input = try images(3, seed: 9)
    let features = try network.frozenFeatures(of: input, frozenCount: frozen.frozenCount)
    let recorded = try network.stages[..<frozen.frozenCount].reduce(input) {
      try $1.stage($0, mode: .inference)
    }
    #expect(!features.requiresGradient)
    #expect(recorded.requiresGradient == (frozen.frozenCount > 0))
    #expect(try bits(features) == bits(recorded))

    let whole = try network(input, mode: .inference)
    let parted = try network.logProbabilities(
      ofFeatures: features,
      frozenCount: frozen.frozenCount,
      mode: .inference
    )
    #expect(try bits(parted) == bits(whole))
    #expect(whole.shape == [3, 10])
    let sums = try whole.doubles().map { exp($0) }
    #expect(abs(sums.reduce(0, +) - 3) < 1e-5)
  }

  @Test(arguments: SmallArchitecture.all)
  func `dropout works in the training part alone`(small: SmallArchitecture) throws {
    let network = try small.architecture.with(dropout: 0.5)
      .makeNetwork(classCount: 10, from: WeightInitializer(seed: 1))
    let input = try images(4)
    func output(_ frozenCount: Int, seed: UInt64?) throws -> [UInt32] {
      let mode: Mode = try seed.map { .training(try Generator(seed: $0)) } ?? .inference
      return try bits(network(input, frozenCount: frozenCount, mode: mode))
    }
    let last = network.stages.count
    #expect(try output(0, seed: 1) == output(0, seed: 1))
    #expect(try output(0, seed: 1) != output(0, seed: 2))
    // Those steps have moved the running statistics; from here nothing moves.
    let still = try output(0, seed: nil)
    #expect(try output(0, seed: nil) == still)
    #expect(try output(last, seed: 1) == still)
    #expect(try output(last, seed: 2) == still)
    let twin = try small.architecture.with(dropout: 0)
      .makeNetwork(classCount: 10, from: WeightInitializer(seed: 1))
    try StateDictionary(network.state).load(into: twin.state)
    let without = try twin(input, mode: .inference).doubles()
    let with = try network(input, mode: .inference).doubles()
    // A transition with dropout convolves before it pools: the same up to rounding.
    #expect(zip(with, without).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test
  func `a frozen count that there is not stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let network = try SmallArchitecture.all[2].network()
      _ = try network.frozenFeatures(of: images(1), frozenCount: 6)
    }
    await #expect(processExitsWith: .failure) {
      let network = try SmallArchitecture.all[2].network()
      _ = try network(images(1), frozenCount: -1, mode: .inference)
    }
  }

  @Test
  func `a training batch has at least the network's fewest images`() throws {
    for small in SmallArchitecture.all {
      let network = try small.network()
      let fewest = network.minimumBatchSize
      let mode = Mode.training(try Generator(seed: 1))
      #expect(try network(images(fewest), mode: mode).shape == [fewest, 10])
      guard fewest > 1 else { continue }
      #expect(throws: TorchError.self) { _ = try network(images(fewest - 1), mode: mode) }
    }
  }

  @Test
  func `images of other sizes or channels are refused with their shape`() throws {
    let network = try SmallArchitecture.all[0].network()
    for shape in [[1, 1, 32, 32], [3, 32], [1, 3, 0, 0]] {
      #expect(throws: TorchError.self) {
        _ = try network(Tensor.full(shape, value: 0), mode: .inference)
      }
    }
  }
}

// In a process of its own, where no other test makes or releases tensors meanwhile.
struct TrainingStepLeakTests {
  @Test
  func `training steps, frozen or not, leave as many tensors as there were`() async {
    await #expect(processExitsWith: .success) {
      let start = Tensor.liveCount
      for small in SmallArchitecture.all {
        do {
          let network = try small.network()
          let tensorCount = network.state.tensors.count
          #expect(Tensor.liveCount == start + tensorCount)
          let optimizer = network.optimizer()
          let parameterCounts = network.stages.map(\.state.parameters.count)
          for frozenCount in [0, 0, 2, 2, network.stages.count - 1] {
            for stage in 0..<frozenCount { try optimizer.release(group: stage) }
            try network.makeGradients(frozenCount: frozenCount)
            try optimizer.step(
              learningRates: network.stages.indices.map { $0 < frozenCount ? nil : 0.01 }
            )
            let momentumCount = parameterCounts[frozenCount...].reduce(0, +)
            #expect(Tensor.liveCount == start + tensorCount + momentumCount)
          }
        }
        #expect(Tensor.liveCount == start, "\(small.architecture)")
      }
    }
  }
}
