import Torch
import TorchNN

extension ConvolutionLayer: FusibleStage {
  /// On maps of 2x2 pixels a tile of 4x4 saves no products, and has 16 weights where a kernel has 9:
  /// libtorch's products are less work there (convolution.cpp).
  var isFusedInTraining: Bool { size > 2 }

  func fusedRun(with following: [any FusibleStage]) -> FusedRun {
    FusedRun(count: 1) { input, fusion in
      try pooled(input.convolvedNormedRectified(NormedConvolution(bn1, conv1), fusion))
    }
  }
}
