import Torch

/// What is known of a batch: the output of some of the frozen layers.
struct KeptFeatures {
  /// What stands in front of the stage `frontier`, `[N, C, H, W]`: for 0, the images.
  var tensor: Tensor
  var frontier: Int
}
