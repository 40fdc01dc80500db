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
      throws: StateDictionaryError.shape(name: "fc.weight", found: [3, 9], expected: [4, 9])
    ) {
      try saved.network(Family.denseNetBC.architecture(), classCount: 4)
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

  @Test(
    arguments: [
      "", "{}", #"{"architecture":{"denseNet":{}},"classCount":3}"#,
      #"{"architecture":{"vgg":{"_0":{"configuration":"M,M","dropout":0}}},"#
        + #""classCount":3,"dataset":"noise","validation":"test"}"#,
    ]
  )
  func `a description that cannot be read is refused`(text: String) throws {
    let reason = "its description of the network cannot be read"
    #expect(throws: TrainingError.checkpoint(reason: reason)) {
      try SavedNetwork(Safetensors(tensors: [:], metadata: ["freezeout.network": text]))
    }
  }
}
