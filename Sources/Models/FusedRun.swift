import Torch
import TorchNN

/// Stages in a row that fused kernels run as one operation.
struct FusedRun {
  /// How many stages it is.
  let count: Int
  /// `[N, C, H, W]` to the last one's output.
  let apply: (Tensor, Fusion) throws -> Tensor
}

/// A stage that fused kernels can run, alone or together with those behind it.
///
/// In inference mode, an image's output does not depend on the other images of its batch.
protocol FusibleStage: Stage {
  /// Whether fused kernels can do what the stage does in training.
  var isFusedInTraining: Bool { get }

  /// Whether fused kernels can do what the stage does in inference mode.
  var isFusedInInference: Bool { get }

  /// The longest run that begins with this stage.
  ///
  /// - Parameter following: The fusible stages right behind it.
  func fusedRun(with following: [any FusibleStage]) -> FusedRun
}

extension FusibleStage {
  var isFusedInInference: Bool { true }

  fileprivate func isFused(in mode: Mode) -> Bool {
    if case .training = mode { isFusedInTraining } else { isFusedInInference }
  }
}

extension Kernels {
  /// The longest run that begins with the first of some stages; nil where the first one runs in
  /// libtorch's operations.
  func leadingRun(of stages: some Collection<any Stage>, in mode: Mode) -> FusedRun? {
    guard case .fused = self else { return nil }
    let fusible = stages.lazy.map { $0 as? any FusibleStage }
      .prefix { $0?.isFused(in: mode) == true }.compactMap(\.self)
    guard let first = fusible.first else { return nil }
    return first.fusedRun(with: Array(fusible.dropFirst()))
  }

  /// Stages one after the other, fused where they can be.
  func apply(_ stages: some Collection<any Stage>, to input: Tensor, mode: Mode) throws -> Tensor {
    let instructions: Instructions
    switch self {
    case .libtorch: return try stages.reduce(input) { try $1($0, mode: mode) }
    case .reduced(let precision):
      return try precision.apply { try stages.reduce(input.lowered()) { try $1($0, mode: mode) } }
    case .fused(let widest): instructions = widest
    }
    var features = input
    var rest = Array(stages)[...]
    while let stage = rest.first {
      if let run = leadingRun(of: rest, in: mode) {
        features = try run.apply(features, Fusion(instructions, mode: mode))
        rest = rest.dropFirst(run.count)
      } else {
        features = try stage(features, mode: mode)
        rest = rest.dropFirst()
      }
    }
    return features
  }
}
