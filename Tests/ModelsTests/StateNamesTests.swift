import Models
import Testing
import Torch
import TorchNN

/// An architecture and its modules that have tensors, in PyTorch's order: four sizes are those of a
/// convolution's weight, two those of an affine map's, one is the channels of a batch norm.
struct NamesCase: Sendable, CustomTestStringConvertible {
  let architecture: Architecture
  let modules: [(path: String, shape: [Int])]
  let tensorCount: Int

  var testDescription: String { "\(architecture)" }
}

// The modules are those of `named_modules()` of Benchmarks/reference/models.py; the tensors' names
// and shapes are those in the recorded runs of github.com/ajbrock/FreezeOut at 73beea1.
private let namesCases: [NamesCase] = [
  NamesCase(
    architecture: .denseNet(DenseNet(growthRate: 4, depth: 16)),
    modules: [
      ("conv1", [8, 3, 3, 3]),
      ("dense1.0.bn1", [8]), ("dense1.0.conv1", [16, 8, 1, 1]),
      ("dense1.0.bn2", [16]), ("dense1.0.conv2", [4, 16, 3, 3]),
      ("dense1.1.bn1", [12]), ("dense1.1.conv1", [16, 12, 1, 1]),
      ("dense1.1.bn2", [16]), ("dense1.1.conv2", [4, 16, 3, 3]),
      ("trans1.bn1", [16]), ("trans1.conv1", [8, 16, 1, 1]),
      ("dense2.0.bn1", [8]), ("dense2.0.conv1", [16, 8, 1, 1]),
      ("dense2.0.bn2", [16]), ("dense2.0.conv2", [4, 16, 3, 3]),
      ("dense2.1.bn1", [12]), ("dense2.1.conv1", [16, 12, 1, 1]),
      ("dense2.1.bn2", [16]), ("dense2.1.conv2", [4, 16, 3, 3]),
      ("trans2.bn1", [16]), ("trans2.conv1", [8, 16, 1, 1]),
      ("dense3.0.bn1", [8]), ("dense3.0.conv1", [16, 8, 1, 1]),
      ("dense3.0.bn2", [16]), ("dense3.0.conv2", [4, 16, 3, 3]),
      ("dense3.1.bn1", [12]), ("dense3.1.conv1", [16, 12, 1, 1]),
      ("dense3.1.bn2", [16]), ("dense3.1.conv2", [4, 16, 3, 3]),
      ("bn1", [16]), ("fc", [10, 16]),
    ],
    tensorCount: 77
  ),
  NamesCase(
    architecture: .denseNet(DenseNet(growthRate: 4, depth: 10, bottleneck: false)),
    modules: [
      ("conv1", [8, 3, 3, 3]),
      ("dense1.0.bn1", [8]), ("dense1.0.conv1", [4, 8, 3, 3]),
      ("dense1.1.bn1", [12]), ("dense1.1.conv1", [4, 12, 3, 3]),
      ("trans1.bn1", [16]), ("trans1.conv1", [8, 16, 1, 1]),
      ("dense2.0.bn1", [8]), ("dense2.0.conv1", [4, 8, 3, 3]),
      ("dense2.1.bn1", [12]), ("dense2.1.conv1", [4, 12, 3, 3]),
      ("trans2.bn1", [16]), ("trans2.conv1", [8, 16, 1, 1]),
      ("dense3.0.bn1", [8]), ("dense3.0.conv1", [4, 8, 3, 3]),
      ("dense3.1.bn1", [12]), ("dense3.1.conv1", [4, 12, 3, 3]),
      ("bn1", [16]), ("fc", [10, 16]),
    ],
    tensorCount: 47
  ),
  NamesCase(
    architecture: .wideResNet(WideResNet(depth: 10, widenFactor: 1)),
    modules: [
      ("conv1", [16, 3, 3, 3]),
      ("block1.0.bn1", [16]), ("block1.0.conv1", [16, 16, 3, 3]),
      ("block1.0.bn2", [16]), ("block1.0.conv2", [16, 16, 3, 3]),
      ("block2.0.bn1", [16]), ("block2.0.conv1", [32, 16, 3, 3]),
      ("block2.0.bn2", [32]), ("block2.0.conv2", [32, 32, 3, 3]),
      ("block2.0.convShortcut", [32, 16, 1, 1]),
      ("block3.0.bn1", [32]), ("block3.0.conv1", [64, 32, 3, 3]),
      ("block3.0.bn2", [64]), ("block3.0.conv2", [64, 64, 3, 3]),
      ("block3.0.convShortcut", [64, 32, 1, 1]),
      ("bn1", [64]), ("fc", [10, 64]),
    ],
    tensorCount: 39
  ),
  NamesCase(
    architecture: .vgg(
      VGG(
        steps: [8, 16, 16, 32, 512].flatMap { [.convolution($0), .maxPool] },
        dropout: 0.5
      )
    ),
    modules: [
      ("features.0.conv1", [8, 3, 3, 3]), ("features.0.bn1", [8]),
      ("features.2.conv1", [16, 8, 3, 3]), ("features.2.bn1", [16]),
      ("features.4.conv1", [16, 16, 3, 3]), ("features.4.bn1", [16]),
      ("features.6.conv1", [32, 16, 3, 3]), ("features.6.bn1", [32]),
      ("features.8.conv1", [512, 32, 3, 3]), ("features.8.bn1", [512]),
      ("classifier.0", [512, 512]), ("classifier.1", [512]),
      ("classifier.4", [512, 512]), ("classifier.5", [512]), ("classifier.7", [512]),
      ("classifier.9", [10, 512]),
    ],
    tensorCount: 43
  ),
]

struct StateNamesTests {
  @Test(arguments: namesCases)
  func `tensors have the published names and shapes, in PyTorch's order`(expected: NamesCase) throws
  {
    let network = try expected.architecture.makeNetwork(
      classCount: 10,
      from: WeightInitializer(seed: 1)
    )
    var parameters: [String] = []
    var buffers: [String] = []
    for (path, shape) in expected.modules {
      parameters.append("\(path).weight \(shape)")
      if shape.count < 4 { parameters.append("\(path).bias \(shape.prefix(1))") }
      if shape.count == 1 {
        buffers += ["\(path).running_mean \(shape)", "\(path).running_var \(shape)"]
      }
    }
    let state = network.state
    #expect(state.parameters.map { "\($0.name) \($0.parameter.value.shape)" } == parameters)
    #expect(state.buffers.map { "\($0.name) \($0.buffer.value.shape)" } == buffers)
    #expect(state.tensors.count == expected.tensorCount)
  }

  @Test(arguments: SmallArchitecture.all)
  func `the stages' states are the network's, in order and once each`(
    small: SmallArchitecture
  ) throws {
    let network = try small.network()
    let byStage = network.stages.flatMap { $0.state.parameters.map(\.name) }
    #expect(byStage == network.state.parameters.map(\.name))
    #expect(Set(network.state.tensors.map(\.name)).count == network.state.tensors.count)
    #expect(network.classCount == 10)
  }

  @Test
  func `stages are named for people by their paths`() throws {
    let network = try SmallArchitecture.all[0].network()
    #expect(
      network.stages.map(\.name) == [
        "conv1", "dense1.0", "dense1.1", "trans1", "dense2.0", "dense2.1", "trans2", "dense3.0",
        "dense3.1", "bn1, fc",
      ]
    )
    #expect(
      try SmallArchitecture.all[3].network().stages.map(\.name) == [
        "features.0", "features.2", "features.5", "features.6", "classifier",
      ]
    )
  }
}
