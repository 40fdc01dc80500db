import Foundation
import Testing
import Torch

import TorchNN

/// An affine map of 3 features to 2, by PyTorch's names `weight` and `bias`.
func smallLinear(seed: UInt64 = 1) throws -> Linear {
  try Linear(inputs: 3, outputs: 2, from: WeightInitializer(seed: seed))
}

/// A module of others: names behind dots.
struct SmallNetwork: Module {
  let conv1: Conv2d
  let bn1: BatchNorm
  let fc: Linear

  init(seed: UInt64 = 1) throws {
    let initializer = try WeightInitializer(seed: seed)
    conv1 = try Conv2d(inputs: 1, outputs: 2, kernel: 3, padding: 1, from: initializer)
    bn1 = try BatchNorm(channels: 2, from: initializer)
    fc = try Linear(inputs: 2, outputs: 3, from: initializer)
  }

  var state: ModuleState { ["conv1": conv1, "bn1": bn1, "fc": fc] }

  /// Log-probabilities `[N, 3]` of images `[N, 1, H, W]`.
  func callAsFunction(_ input: Tensor, mode: Mode) throws -> Tensor {
    let features = try bn1(conv1(input), mode: mode).reluInPlace().globallyAveragePooled()
    return try fc(features).logSoftmax()
  }

  /// Makes gradients from four images of a fixed pattern.
  func makeGradients(mode: Mode) throws {
    let pixels = (0..<64).map { Float(($0 * 37) % 41 - 20) / 8 }
    let labels = try Tensor([Int64(0), 1, 2, 0], shape: [4])
    try self(Tensor(pixels, shape: [4, 1, 4, 4]), mode: mode)
      .negativeLogLikelihood(labels: labels).backward()
  }
}

/// The bits of every number of a tensor, which tell more than `==` does.
func bits(_ tensor: Tensor) throws -> [UInt32] {
  try tensor.floats().map(\.bitPattern)
}

/// The bits of every tensor of a state by name.
func bits(_ state: ModuleState) throws -> [String: [UInt32]] {
  Dictionary(uniqueKeysWithValues: try state.tensors.map { ($0.name, try bits($0.tensor)) })
}

/// Runs the body with a folder of its own, which goes with it.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("freezeout-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}
