import Torch
import TorchNN

extension BasicBlock: FusibleStage {
  var isFusedInTraining: Bool { dropout.probability == 0 }

  /// A block that changes the width has parts that are not fused; frozen, it has a form of its own.
  var isFusedInInference: Bool { convShortcut == nil }

  func fusedRun(with following: [any FusibleStage]) -> FusedRun {
    FusedRun(count: 1) { input, fusion in
      let last = NormedConvolution(bn2, conv2)
      guard let convShortcut else {
        return try input.normedRectifiedConvolved(NormedConvolution(bn1, conv1), fusion)
          .normedRectifiedConvolved(last, adding: input, fusion)
      }
      let activated = try bn1(input, fusion).reluInPlace()
      return try conv1(activated)
        .normedRectifiedConvolved(last, adding: convShortcut(activated), fusion)
    }
  }
}
