import Torch
import TorchNN

extension ConvolutionLayer: FusibleStage {
  var isFusedInTraining: Bool { true }

  func fusedRun(with following: [any FusibleStage]) -> FusedRun {
    FusedRun(count: 1) { input, fusion in
      try pooled(input.convolvedNormedRectified(NormedConvolution(bn1, conv1), fusion))
    }
  }
}
