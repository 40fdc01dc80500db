import Testing
import Torch
import TorchNN

struct StateTests {
  @Test
  func `layers name their tensors as PyTorch does, in its order`() throws {
    let initializer = try WeightInitializer(seed: 1)
    let layers: [(any Module, parameters: [String], buffers: [String])] = [
      (try Conv2d(inputs: 1, outputs: 1, kernel: 3, from: initializer), ["weight"], []),
      (try Linear(inputs: 1, outputs: 1, from: initializer), ["weight", "bias"], []),
      (
        try BatchNorm(channels: 1, from: initializer),
        ["weight", "bias"], ["running_mean", "running_var"]
      ),
    ]
    for (layer, parameters, buffers) in layers {
      #expect(layer.state.parameters.map(\.name) == parameters)
      #expect(layer.state.buffers.map(\.name) == buffers)
    }
  }

  @Test
  func `a module puts its parts' names behind their own, parameters first`() throws {
    let state = try SmallNetwork().state
    #expect(
      state.tensors.map(\.name) == [
        "conv1.weight", "bn1.weight", "bn1.bias", "fc.weight", "fc.bias",
        "bn1.running_mean", "bn1.running_var",
      ]
    )
    #expect(state.tensors.map(\.tensor.shape) == [[2, 1, 3, 3], [2], [2], [3, 2], [3], [2], [2]])
    #expect(state.parameterCount == 18 + 2 + 2 + 6 + 3)
  }

  @Test
  func `a path goes before appended names, and an empty one leaves them`() throws {
    var state = ModuleState(parameters: [:])
    state.append(try smallLinear().state, under: "a.b")
    state.append(try smallLinear().state)
    state.append(try smallLinear().state, under: "")
    #expect(
      state.parameters.map(\.name) == [
        "a.b.weight", "a.b.bias", "weight", "bias", "weight", "bias",
      ]
    )
  }

  @Test
  func `a parameter wants a gradient and a buffer does not`() throws {
    let state = try SmallNetwork().state
    #expect(state.parameters.allSatisfy { $0.parameter.value.requiresGradient })
    #expect(state.buffers.allSatisfy { !$0.buffer.value.requiresGradient })
  }

  @Test
  func `a parameter is apart from what made its numbers, and cannot be of integers`() throws {
    let source = try Tensor.full([1, 2], value: 1)
    try source.setRequiresGradient(true)
    let parameter = try Parameter(source.relu())
    try parameter.value.logSoftmax().negativeLogLikelihood(labels: Tensor([Int64(0)], shape: [1]))
      .backward()
    #expect(try parameter.value.gradient != nil)
    #expect(try source.gradient == nil)
    #expect(throws: TorchError.self) { _ = try Parameter(.full([1], value: 0, scalarType: .int64)) }
  }
}
