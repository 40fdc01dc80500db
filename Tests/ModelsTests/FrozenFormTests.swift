import Models
import Testing
import Torch
import TorchNN

/// A frozen stage's inference form against the stage itself.
struct FrozenFormTests {
  /// A network whose batch norms scale by positive and negative numbers, shift and have seen batches.
  private func network(_ small: SmallArchitecture) throws -> Network {
    let network = try small.network()
    for (index, entry) in network.state.parameters.enumerated() where entry.name.contains("bn") {
      try entry.parameter.value.setRequiresGradient(false)
      try entry.parameter.value.fillNormal(deviation: 1, from: Generator(seed: UInt64(index)))
      try entry.parameter.value.setRequiresGradient(true)
    }
    for seed in 0..<3 as Range<UInt64> {
      _ = try withoutGradients {
        try network(images(8, seed: seed), mode: .training(Generator(seed: seed)))
      }
    }
    return network
  }

  private func prefix(_ network: Network, _ count: Int) throws -> FrozenPrefix {
    var prefix = FrozenPrefix()
    // One after the other, as they freeze.
    for stage in 0..<count { try prefix.append(network.stages[stage...stage]) }
    return prefix
  }

  @Test(arguments: FrozenCase.all)
  func `the inference form computes what the stages compute, within float32's rounding`(
    frozen: FrozenCase
  ) throws {
    let network = try network(frozen.small)
    let input = try images(5, seed: 11)
    let expected = try network.frozenFeatures(of: input, frozenCount: frozen.frozenCount)
    let found = try prefix(network, frozen.frozenCount).features(of: input)
    #expect(found.shape == expected.shape)
    #expect(!found.requiresGradient)
    let numbers = try expected.doubles()
    let largest = numbers.map(abs).max() ?? 0
    let difference = zip(try found.doubles(), numbers).map { abs($0 - $1) }.max() ?? 0
    #expect(difference <= 2e-6 * Double(frozen.frozenCount) * largest)
    #expect(largest > 0.01)
  }

  @Test(arguments: FrozenCase.all)
  func `features may be extended from any stage before, and are the same bits`(
    frozen: FrozenCase
  ) throws {
    let prefix = try prefix(network(frozen.small), frozen.frozenCount)
    let input = try images(4)
    let whole = try bits(prefix.features(of: input))
    for middle in 0...frozen.frozenCount {
      let first = try prefix.features(of: input, to: middle)
      #expect(try bits(prefix.features(of: first, from: middle)) == whole)
    }
  }

  @Test(arguments: SmallArchitecture.all)
  func `an image's features do not depend on the rest of its batch`(
    small: SmallArchitecture
  ) throws {
    let network = try network(small)
    let prefix = try prefix(network, network.stages.count - 1)
    let all = try images(50)
    let together = try prefix.features(of: all)
    for range in [0..<1, 49..<50, 3..<10, 7..<32, 1..<50] {
      let alone = try prefix.features(of: all.rows(range))
      #expect(try bits(alone) == bits(together.rows(range)), "\(range)")
    }
  }

  @Test(arguments: SmallArchitecture.all)
  func `what becomes of a stage's batch norm after it froze is not seen`(
    small: SmallArchitecture
  ) throws {
    let network = try network(small)
    let input = try images(2)
    let prefix = try prefix(network, 3)
    let before = try bits(prefix.features(of: input))
    for (_, buffer) in network.state.buffers {
      try buffer.value.assign(Tensor.full(buffer.value.shape, value: 3))
    }
    #expect(try bits(prefix.features(of: input)) == before)
    #expect(try bits(self.prefix(network, 3).features(of: input)) != before)
  }
}
