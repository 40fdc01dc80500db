import Testing
import Torch
import TorchNN

struct StochasticGradientDescentTests {
  private static let rule = GradientDescent(momentum: 0.9, weightDecay: 0.1, nesterov: true)

  private func optimizer(
    of network: SmallNetwork,
    rule: GradientDescent = Self.rule
  ) -> StochasticGradientDescent {
    StochasticGradientDescent(
      groups: [["conv1": network.conv1], ["bn1": network.bn1], ["fc": network.fc]],
      rule: rule
    )
  }

  private func step(
    _ network: SmallNetwork,
    _ optimizer: StochasticGradientDescent,
    _ rates: [Double?] = [0.1, 0.1, 0.1]
  ) throws {
    try network.makeGradients(mode: .inference)
    try optimizer.step(learningRates: rates)
  }

  @Test
  func `every group moves by its own rate and gives back its gradients`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network, rule: .init(momentum: 0, weightDecay: 0, nesterov: false))
    try network.makeGradients(mode: .inference)
    let rates = [0.5, 0.25, 0.125]
    let groups: [[Tensor]] = [
      [network.conv1.weight.value], [network.bn1.weight.value, network.bn1.bias.value],
      [network.fc.weight.value, network.fc.bias.value],
    ]
    let expected = try zip(groups, rates).map { tensors, rate in
      try tensors.map { tensor in
        let gradient = try #require(try tensor.gradient).floats()
        return zip(try tensor.floats(), gradient).map { $0 - Float(rate) * $1 }
      }
    }
    try sgd.step(learningRates: rates)
    for (tensors, values) in zip(groups, expected) {
      for (tensor, value) in zip(tensors, values) {
        #expect(zip(try tensor.floats(), value).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(try tensor.gradient == nil)
      }
    }
  }

  @Test
  func `a group without a rate stays where it is`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    let before = try bits(network.state)
    try step(network, sgd, [nil, 0.1, 0.1])
    let after = try bits(network.state)
    #expect(after["conv1.weight"] == before["conv1.weight"])
    #expect(after["fc.weight"] != before["fc.weight"])
    #expect(sgd.momenta.map(\.name) == ["bn1.weight", "bn1.bias", "fc.weight", "fc.bias"])
  }

  @Test
  func `a released group does not move by one bit, by momentum or decay, and the others do`() throws
  {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    #expect(sgd.momenta.isEmpty)
    try step(network, sgd)
    #expect(
      sgd.momenta.map(\.name) == ["conv1.weight", "bn1.weight", "bn1.bias", "fc.weight", "fc.bias"]
    )
    try network.makeGradients(mode: .inference)
    try sgd.release(group: 0)
    #expect(try network.conv1.weight.value.gradient == nil)
    #expect(try network.fc.weight.value.gradient != nil)
    #expect(sgd.momenta.map(\.name) == ["bn1.weight", "bn1.bias", "fc.weight", "fc.bias"])

    let before = try bits(network.state)
    try sgd.step(learningRates: [nil, 0.1, 0.1])
    for _ in 0..<3 { try step(network, sgd, [nil, 0.1, 0.1]) }
    let after = try bits(network.state)
    #expect(after["conv1.weight"] == before["conv1.weight"])
    for name in ["bn1.weight", "bn1.bias", "fc.weight", "fc.bias"] {
      #expect(after[name] != before[name], "\(name)")
    }
    try sgd.release(group: 0)
    try sgd.release(group: 2)
    #expect(sgd.momenta.map(\.name) == ["bn1.weight", "bn1.bias"])
  }

  // In a process of its own, where no other test makes or releases tensors meanwhile.
  @Test
  func `a released group's momenta are given back`() async {
    await #expect(processExitsWith: .success) {
      let network = try SmallNetwork()
      let sgd = StochasticGradientDescent(
        groups: [["conv1": network.conv1], ["bn1": network.bn1], ["fc": network.fc]],
        rule: .init(momentum: 0.9, weightDecay: 0, nesterov: true)
      )
      let start = Tensor.liveCount
      try network.makeGradients(mode: .inference)
      try sgd.step(learningRates: [0.1, 0.1, 0.1])
      #expect(Tensor.liveCount == start + 5)
      try sgd.release(group: 1)
      #expect(Tensor.liveCount == start + 3)
      try sgd.release(group: 0)
      #expect(Tensor.liveCount == start + 2)
      try sgd.release(group: 2)
      #expect(Tensor.liveCount == start)
    }
  }

  @Test
  func `saved momenta continue to the bit, and without them it goes elsewhere`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    for _ in 0..<2 { try step(network, sgd) }
    try sgd.release(group: 0)

    let saved = try Safetensors(
      tensors: Dictionary(uniqueKeysWithValues: sgd.momenta.map { ($0.name, $0.tensor) })
    ).encoded()
    let twin = try SmallNetwork(seed: 9)
    try StateDictionary(network.state).load(into: twin.state)
    let twinSGD = optimizer(of: twin)
    try twinSGD.release(group: 0)
    try twinSGD.loadMomenta(Safetensors(saved).stateDictionary)
    let forgetful = try SmallNetwork(seed: 9)
    try StateDictionary(network.state).load(into: forgetful.state)
    let forgetfulSGD = optimizer(of: forgetful)
    try forgetfulSGD.release(group: 0)

    for (network, sgd) in [(network, sgd), (twin, twinSGD), (forgetful, forgetfulSGD)] {
      for _ in 0..<3 { try step(network, sgd, [nil, 0.1, 0.05]) }
    }
    #expect(try bits(twin.state) == bits(network.state))
    #expect(try bits(forgetful.state) != bits(network.state))
  }

  @Test
  func `momenta of other groups are refused and change nothing`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    try step(network, sgd)
    let all = StateDictionary(
      Dictionary(uniqueKeysWithValues: try sgd.momenta.map { ($0.name, try $0.tensor.copied()) })
    )
    let before = try sgd.momenta.map { try bits($0.tensor) }
    try sgd.release(group: 0)
    #expect(throws: StateDictionaryError.names(missing: [], unexpected: ["conv1.weight"])) {
      try sgd.loadMomenta(all)
    }
    var fewer = all
    fewer.tensors["conv1.weight"] = nil
    fewer.tensors["fc.bias"] = nil
    #expect(throws: StateDictionaryError.names(missing: ["fc.bias"], unexpected: [])) {
      try sgd.loadMomenta(fewer)
    }
    #expect(try sgd.momenta.map { try bits($0.tensor) } == Array(before[1...]))
  }

  @Test
  func `after a first step that failed, the next one is the first`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network)
    #expect(throws: TorchError.self) { try sgd.step(learningRates: [0.1, 0.1, 0.1]) }
    #expect(sgd.momenta.isEmpty)
    try step(network, sgd)
    let twin = try SmallNetwork()
    try step(twin, optimizer(of: twin))
    #expect(try bits(network.state) == bits(twin.state))
  }

  @Test
  func `a rule without momentum keeps none and still steps again and again`() throws {
    let network = try SmallNetwork()
    let sgd = optimizer(of: network, rule: .init(momentum: 0, weightDecay: 0.1, nesterov: false))
    for _ in 0..<2 {
      let before = try bits(network.state)
      try step(network, sgd)
      #expect(sgd.momenta.isEmpty)
      #expect(try bits(network.state)["fc.weight"] != before["fc.weight"])
    }
    try sgd.loadMomenta(StateDictionary([:]))
  }

  @Test
  func `a rate for a released group stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let linear = try smallLinear()
      let sgd = StochasticGradientDescent(
        groups: [linear.state],
        rule: .init(momentum: 0, weightDecay: 0, nesterov: false)
      )
      try sgd.release(group: 0)
      try sgd.step(learningRates: [0.1])
    }
  }
}
