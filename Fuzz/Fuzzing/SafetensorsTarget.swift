import Foundation
import Torch

@testable import TorchNN

/// Files of tensors: what is accepted fits in the file, and is the same once written and read again.
struct SafetensorsTarget: FuzzTarget {
  static let name = "safetensors"

  static func expects(_ error: any Error) -> Bool { error is SafetensorsError }

  func seeds() throws -> [String: Data] {
    let tensors = [
      "a": try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]),
      "b": try Tensor([7, -8] as [Int64], shape: [2]),
      "c.weight": try Tensor([0.5] as [Float], shape: []).converted(to: .float64),
      "empty": try Tensor([] as [Float], shape: [0, 4]),
    ]
    let file = try Safetensors(tensors: tensors, metadata: ["format": "pt"]).encoded()
    return [
      "file": AssembledFile.input("r", file), "parts": AssembledFile.input("p", file),
      "none": AssembledFile.input("r", try Safetensors(tensors: [:]).encoded()),
    ]
  }

  func run(_ input: Data) throws {
    let data = AssembledFile(input).data
    let file = try Safetensors(data)
    let size = try file.tensors.values.reduce(0) { try $0 + bytes(of: $1).count }
    require(size <= data.count, "\(size) bytes of tensors in a file of \(data.count)")
    let written = try file.encoded()
    let again = try Safetensors(written)
    try requireSame(file.tensors, again.tensors, "written and read again")
    require(file.metadata == again.metadata, "other metadata once written and read again")
    let rewritten = try again.encoded()
    require(rewritten == written, "other bytes once written again")
  }
}
