import Testing
import Torch
import TorchNN

/// The optimizer's step as a GPU makes it, with rates and a flag in memory, against the CPU's.
struct DeviceDescentTests {
  private static let rule = GradientDescent(momentum: 0.9, weightDecay: 0.1, nesterov: true)
  /// Numbers that float32 has.
  private static let rates = [0.5, 0.25, 0.125]

  private func optimizer(of network: SmallNetwork) -> StochasticGradientDescent {
    StochasticGradientDescent(
      groups: [["conv1": network.conv1], ["bn1": network.bn1], ["fc": network.fc]],
      rule: Self.rule
    )
  }

  private func numbers(_ network: SmallNetwork) throws -> [[Float]] {
    try [
      network.conv1.weight, network.bn1.weight, network.bn1.bias, network.fc.weight,
      network.fc.bias,
    ].map { try $0.value.floats() }
  }

  @Test
  func `three steps are those of the CPU, each group with its own rate`() throws {
    let (host, device) = (try SmallNetwork(), try SmallNetwork())
    let (expected, found) = (optimizer(of: host), optimizer(of: device))
    let rates = try Tensor(Self.rates.map(Float.init), shape: [3])
    for _ in 0..<3 {
      try host.makeGradients(mode: .inference)
      try expected.step(learningRates: Self.rates)
      try device.makeGradients(mode: .inference)
      try found.step(groups: 0..<3, learningRates: rates, unless: .full([], value: 0))
    }
    #expect(try numbers(device) == numbers(host))
    for (momentum, other) in zip(found.momenta, expected.momenta) {
      #expect(momentum.name == other.name)
      #expect(try momentum.tensor.floats() == other.tensor.floats())
    }
  }

  @Test
  func `with the flag nothing moves, in the first step and in later ones`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    let rates = try Tensor(Self.rates.map(Float.init), shape: [3])
    let start = try numbers(network)
    func step(skip: Double) throws {
      try network.makeGradients(mode: .inference)
      try sgd.step(groups: 0..<3, learningRates: rates, unless: .full([], value: skip))
      #expect(try network.fc.weight.value.gradient == nil)
    }
    try step(skip: 1)
    #expect(try numbers(network) == start)
    #expect(try sgd.momenta.allSatisfy { try $0.tensor.floats().allSatisfy { $0 == 0 } })
    try step(skip: 0)
    let (moved, momenta) = (try numbers(network), try sgd.momenta.map { try $0.tensor.floats() })
    #expect(moved != start)
    try step(skip: 1)
    #expect(try numbers(network) == moved)
    #expect(try sgd.momenta.map { try $0.tensor.floats() } == momenta)
  }

  @Test
  func `groups that do not step stay, and gradients that nobody steps with are given back`() throws
  {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    let rates = try Tensor(Self.rates.map(Float.init), shape: [3])
    let start = try numbers(network)
    try network.makeGradients(mode: .inference)
    try sgd.releaseGradients(ofGroups: 1..<3)
    #expect(try network.bn1.bias.value.gradient == nil && network.fc.bias.value.gradient == nil)
    try sgd.step(groups: 0..<1, learningRates: rates, unless: .full([], value: 0))
    let moved = try numbers(network)
    #expect(moved[0] != start[0])
    #expect(Array(moved[1...]) == Array(start[1...]))
  }
}
