import Datasets
import Foundation
import Models
import Testing
import Torch
import TorchNN

@testable import Training

struct SavedNetworkTests {
  private func saved(_ family: Family) throws -> (Network, SavedNetwork) {
    let network = try network(family.architecture(dropout: 0.25), seed: 3)
    let description = SavedNetwork.Description(
      architecture: family.architecture(dropout: 0.25),
      classCount: 3,
      dataset: "noise",
      validation: .test
    )
    return (network, SavedNetwork(network, description: description))
  }

  @Test(arguments: Family.allCases)
  func `a network read back has every bit and its description`(family: Family) throws {
    let (network, saved) = try saved(family)
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-tests-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try saved.write(to: file)
    let read = try SavedNetwork(contentsOf: file)
    #expect(read.description == saved.description)
    let description = try #require(read.description)
    let copy = try read.network(description.architecture, classCount: description.classCount)
    #expect(try bits(copy.state) == bits(network.state))
    #expect(try Safetensors(contentsOf: file).metadata["format"] == "pt")
  }

  @Test
  func `weights of another architecture are refused`() throws {
    let (_, saved) = try saved(.denseNetBC)
    for family in [Family.plainDenseNet, .wideResNet, .vgg] {
      #expect(throws: StateDictionaryError.self) {
        try saved.network(family.architecture(), classCount: 3)
      }
    }
    #expect(
      throws: TrainingError.weights(reason: "they are of 3 classes, the data set has 4")
    ) {
      try saved.network(Family.denseNetBC.architecture(), classCount: 4)
    }
    let foreign = try SavedNetwork(Safetensors(tensors: saved.weights.tensors))
    #expect(
      throws: StateDictionaryError.shape(name: "fc.weight", found: [3, 9], expected: [4, 9])
    ) {
      try foreign.network(Family.denseNetBC.architecture(), classCount: 4)
    }
    #expect(throws: ArchitectureError.self) {
      try saved.network(.denseNet(DenseNet(depth: 75)), classCount: 3)
    }
  }

  @Test
  func `weights of another program have no description and serve all the same`() throws {
    let (network, saved) = try saved(.wideResNet)
    var file = try saved.safetensors()
    file.metadata = [:]
    // PyTorch counts batches beside running statistics.
    file.tensors["block1.0.bn1.num_batches_tracked"] = try Tensor([7 as Int64], shape: [])
    let read = try SavedNetwork(Safetensors(file.encoded()))
    #expect(read.description == nil)
    let copy = try read.network(Family.wideResNet.architecture(), classCount: 3)
    #expect(try bits(copy.state) == bits(network.state))
  }

  static let vgg = #"{"configuration":"8,M,M,M,M,M","dropout":0,"model":"vgg"}"#
  static let faults: [(String, String)] = [
    ("", "it is no JSON, or has a number that does not fit"),
    ("[]", "its JSON is no object"),
    ("{}", "the key version is missing"),
    (#"{"version":2}"#, "its format has the version 2, and this freezeout reads version 1"),
    (#"{"version":1}"#, "the key architecture is missing"),
    (
      #"{"architecture":{"model":"lenet"},"classCount":3,"dataset":"a","validation":"test","#
        + #""version":1}"#,
      "the key architecture.model holds what it cannot hold"
    ),
    (
      #"{"architecture":{"configuration":"M,M","dropout":0,"model":"vgg"},"#
        + #""classCount":3,"dataset":"noise","validation":"test","version":1}"#,
      "the VGG configuration 'M,M' is impossible: it must start with a convolution"
    ),
    (
      #"{"architecture":{"depth":41,"dropout":0,"model":"wrn","widenFactor":4},"#
        + #""classCount":3,"dataset":"noise","validation":"test","version":1}"#,
      "Wide ResNet has no depth 41: it must be 4 + 6 * n; the nearest are 40 and 46"
    ),
  ]

  @Test(arguments: faults.indices)
  func `a description that cannot be read is refused, and the file named`(index: Int) throws {
    let (text, reason) = Self.faults[index]
    let file = Safetensors(tensors: [:], metadata: ["freezeout.network": text])
    let error = TrainingError.weights(
      path: "a/w.safetensors",
      reason: "their description of the network cannot be read: \(reason)"
    )
    #expect(throws: error) { try SavedNetwork(file, path: "a/w.safetensors") }
    #expect(FailureKind(error) == .malformedInput)
  }

  @Test(arguments: [1, 0, -3, 65_537, Int.max])
  func `a number of classes that cannot be is refused`(classCount: Int) throws {
    #expect(
      throws: TrainingError.weights(reason: "their description has \(classCount) classes")
    ) {
      try SavedNetwork(Self.file(Self.vgg, classCount: classCount))
    }
  }

  @Test(
    arguments: [
      (Self.vgg, "VGG 8,M,M,M,M,M"),
      (#"{"depth":64000,"dropout":0,"model":"wrn","widenFactor":65000}"#, "WRN-64000-65000"),
    ]
  )
  func `a network of more numbers than the file has is refused before it is made`(
    architecture: String,
    name: String
  ) throws {
    #expect(throws: TrainingError.weights(reason: "\(name) has more numbers than the file")) {
      try SavedNetwork(Self.file(architecture, classCount: 3))
    }
  }

  private static func file(_ architecture: String, classCount: Int) -> Safetensors {
    let text =
      #"{"architecture":\#(architecture),"classCount":\#(classCount),"dataset":"noise","#
      + #""validation":"test","version":1}"#
    return Safetensors(tensors: [:], metadata: ["freezeout.network": text])
  }

  @Test
  func `a description is this JSON`() throws {
    let network = try network(Family.vgg.architecture())
    for (validation, word) in [(RunConfiguration.Validation.none, "none"), (.test, "test")] {
      let saved = SavedNetwork(
        network,
        description: .init(
          architecture: Family.vgg.architecture(),
          classCount: 3,
          dataset: "noise",
          validation: validation
        )
      )
      #expect(
        try saved.safetensors().metadata["freezeout.network"]
          == #"{"architecture":{"configuration":"4,M,8,M,8,M,M,M","dropout":0,"model":"vgg"},"#
          + #""classCount":3,"dataset":"noise","validation":"\#(word)","version":1}"#
      )
    }
  }

  @Test
  func `weights know whether they were trained on the images that validate`() throws {
    let network = try network(Family.vgg.architecture())
    func saved(_ validation: RunConfiguration.Validation) -> SavedNetwork {
      SavedNetwork(
        network,
        description: .init(
          architecture: Family.vgg.architecture(),
          classCount: 3,
          dataset: "noise",
          validation: validation
        )
      )
    }
    #expect(!saved(.validation).wasTrained(onValidationImagesOf: "noise"))
    #expect(saved(.test).wasTrained(onValidationImagesOf: "noise"))
    #expect(saved(.none).wasTrained(onValidationImagesOf: "noise"))
    #expect(!saved(.none).wasTrained(onValidationImagesOf: "other"))
    let foreign = try SavedNetwork(Safetensors(tensors: saved(.none).weights.tensors))
    #expect(!foreign.wasTrained(onValidationImagesOf: "noise"))
  }

  @Test
  func `weights whose loss is not finite are not measured`() throws {
    let network = try network(Family.vgg.architecture())
    for (_, tensor) in network.state.tensors where tensor.shape == [3] {
      try tensor.assign(Tensor([.nan, 0, 0] as [Float], shape: [3]))
    }
    let error = TrainingError.weights(reason: "the loss with them is not a number")
    #expect(throws: error) {
      try network.evaluated(
        on: EvaluationBatches(
          dataset: tinyPair.get().test,
          normalization: .cifar10,
          batchSize: 4
        )
      )
    }
  }
}
