import Foundation
import Models
import Torch
import TorchNN

@testable import Training

/// Files of weights: a network is made of no more numbers than the file has.
struct WeightsTarget: FuzzTarget {
  static let name = "weights"

  static func expects(_ error: any Error) -> Bool {
    error is SafetensorsError || error is TrainingError || error is StateDictionaryError
      || error is ArchitectureError || error is WeightInitializerError
  }

  /// Each number of the file may become a weight, and a network has some hundreds of objects.
  static func memory(ofInputOf byteCount: Int) -> Int { 2 << 20 + 256 * byteCount }

  func seeds() throws -> [String: Data] {
    let network = try TinyRun.architecture.makeNetwork(
      classCount: 2,
      from: WeightInitializer(seed: 1)
    )
    let saved = SavedNetwork(
      network,
      description: .init(
        architecture: TinyRun.architecture,
        classCount: 2,
        dataset: "noise",
        validation: .test
      )
    )
    let file = try saved.safetensors().encoded()
    let vgg = """
      {"__metadata__":{"freezeout.network":"{\\"architecture\\":{\\"configuration\\":\\"1,M\\",\
      \\"dropout\\":0,\\"model\\":\\"vgg\\"},\\"classCount\\":10,\\"dataset\\":\\"CIFAR-10\\",\
      \\"validation\\":\\"test\\",\\"version\\":1}"}}
      """
    return [
      "file": AssembledFile.input("r", file), "parts": AssembledFile.input("p", file),
      "vgg": Data("p\(vgg)".utf8) + [0],
    ]
  }

  func run(_ input: Data) throws {
    let data = AssembledFile(input).data
    let saved = try SavedNetwork(Safetensors(data), path: "weights.safetensors")
    let written = try saved.safetensors().encoded()
    let again = try SavedNetwork(Safetensors(written))
    require(saved.description == again.description, "another description once written and read")
    try requireSame(saved.weights.tensors, again.weights.tensors, "written and read again")
    guard let description = saved.description else { return }
    _ = saved.wasTrained(onValidationImagesOf: description.dataset)
    let count = description.architecture.parameterCount(classCount: description.classCount)
    require(count <= Double(data.count), "a network of \(count) numbers in \(data.count) bytes")
    let network = try saved.network(description.architecture, classCount: description.classCount)
    require(Double(network.state.parameterCount) == count, "another number of parameters")
  }
}
