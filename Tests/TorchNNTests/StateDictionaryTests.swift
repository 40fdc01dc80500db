import Testing
import Torch
import TorchNN

/// A change to the dictionary of a small network, and how it must be refused.
struct MisfitCase: Sendable, CustomTestStringConvertible {
  let what: String
  let change: @Sendable (inout StateDictionary) throws -> Void
  let error: StateDictionaryError
  let description: String

  var testDescription: String { what }
}

private let remedy = ": give the settings of the network that they were saved from"

private let misfits: [MisfitCase] = [
  .init(
    what: "a missing parameter",
    change: { $0.tensors["fc.bias"] = nil },
    error: .names(missing: ["fc.bias"], unexpected: []),
    description: "the weights are another network's, with 1 missing (fc.bias)" + remedy
  ),
  .init(
    what: "missing statistics, named in the module's order",
    change: {
      $0.tensors["bn1.running_mean"] = nil
      $0.tensors["bn1.running_var"] = nil
      $0.tensors["conv1.weight"] = nil
      $0.tensors["bn1.bias"] = nil
    },
    error: .names(
      missing: ["conv1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"],
      unexpected: []
    ),
    description: "the weights are another network's, with 4 missing (conv1.weight, bn1.bias, "
      + "bn1.running_mean, ...)" + remedy
  ),
  .init(
    what: "unexpected names, sorted",
    change: {
      $0.tensors["fc.scale"] = try .full([1], value: 0)
      $0.tensors["conv2.weight"] = try .full([1], value: 0)
    },
    error: .names(missing: [], unexpected: ["conv2.weight", "fc.scale"]),
    description: "the weights are another network's, with 2 unexpected (conv2.weight, fc.scale)"
      + remedy
  ),
  .init(
    what: "another name in the place of one",
    change: {
      $0.tensors["fc.weights"] = $0.tensors["fc.weight"]
      $0.tensors["fc.weight"] = nil
    },
    error: .names(missing: ["fc.weight"], unexpected: ["fc.weights"]),
    description: "the weights are another network's, with 1 missing (fc.weight) and "
      + "1 unexpected (fc.weights)" + remedy
  ),
  .init(
    what: "a transposed weight",
    change: { $0.tensors["fc.weight"] = try .full([2, 3], value: 9) },
    error: .shape(name: "fc.weight", found: [2, 3], expected: [3, 2]),
    description: "the weights are another network's, with fc.weight of shape [2, 3], not [3, 2]"
      + remedy
  ),
  .init(
    what: "a shape that could be repeated",
    change: { $0.tensors["bn1.running_var"] = try .full([1], value: 9) },
    error: .shape(name: "bn1.running_var", found: [1], expected: [2]),
    description: "the weights are another network's, with bn1.running_var of shape [1], not [2]"
      + remedy
  ),
  .init(
    what: "another type",
    change: { $0.tensors["fc.bias"] = try .full([3], value: 9, scalarType: .float64) },
    error: .scalarType(name: "fc.bias", found: .float64, expected: .float32),
    description: "fc.bias holds float64, not float32: convert the weights to float32"
  ),
]

struct StateDictionaryTests {
  @Test(arguments: misfits)
  func `what does not fit is refused by name, and nothing changes`(misfit: MisfitCase) throws {
    let network = try SmallNetwork(seed: 1)
    let before = try bits(network.state)
    var dictionary = StateDictionary(try SmallNetwork(seed: 2).state)
    try misfit.change(&dictionary)
    #expect(throws: misfit.error) { try dictionary.load(into: network.state) }
    #expect(misfit.error.description == misfit.description)
    #expect(try bits(network.state) == before)
  }

  @Test
  func `what fits is copied, and does not share memory`() throws {
    let network = try SmallNetwork(seed: 1)
    let other = try SmallNetwork(seed: 2)
    try other.bn1.runningMean.value.assign(.full([2], value: 0.5))
    let expected = try bits(other.state)
    #expect(try bits(network.state) != expected)
    try StateDictionary(other.state).load(into: network.state)
    #expect(try bits(network.state) == expected)
    try other.fc.bias.value.assign(.full([3], value: 7))
    #expect(try bits(network.state) == expected)
    // Loaded parameters are still leaves that are trained.
    try network.makeGradients(mode: .inference)
    #expect(try network.fc.bias.value.gradient != nil)
  }

  @Test
  func `PyTorch's counters of batches may be there and are passed over`() throws {
    let network = try SmallNetwork(seed: 1)
    let other = try SmallNetwork(seed: 2)
    var dictionary = StateDictionary(other.state)
    dictionary.tensors["bn1.num_batches_tracked"] = try .full([], value: 3, scalarType: .int64)
    try dictionary.load(into: network.state)
    #expect(try bits(network.state) == bits(other.state))
    dictionary.tensors["bn1.num_batches"] = try .full([], value: 3, scalarType: .int64)
    #expect(throws: StateDictionaryError.names(missing: [], unexpected: ["bn1.num_batches"])) {
      try dictionary.load(into: network.state)
    }
  }

  @Test
  func `a dictionary shares memory with the module it was made of`() throws {
    let network = try SmallNetwork(seed: 1)
    let dictionary = StateDictionary(network.state)
    try network.fc.bias.value.assign(.full([3], value: 7))
    #expect(try dictionary.tensors["fc.bias"]?.floats() == [7, 7, 7])
  }

  @Test
  func `a prefix goes before every name, and names under it come without it`() throws {
    let plain = StateDictionary(try smallLinear().state)
    let prefixed = plain.prefixed("weights/")
    #expect(prefixed.tensors.keys.sorted() == ["weights/bias", "weights/weight"])
    var mixed = prefixed.tensors
    mixed["momenta/weight"] = try .full([1], value: 0)
    #expect(StateDictionary(mixed).under("weights/").tensors.keys.sorted() == ["bias", "weight"])
    #expect(StateDictionary(mixed).under("momenta/").tensors.keys.sorted() == ["weight"])
    #expect(StateDictionary(mixed).under("other/").tensors.isEmpty)
  }

  @Test
  func `another type is taken only after a conversion`() throws {
    let network = try SmallNetwork(seed: 1)
    let wide = try StateDictionary(try SmallNetwork(seed: 2).state).converted(to: .float64)
    #expect(throws: StateDictionaryError.self) { try wide.load(into: network.state) }
    try wide.converted(to: .float32).load(into: network.state)
    #expect(try bits(network.state) == bits(SmallNetwork(seed: 2).state))
  }
}
