// A run of densely connected layers: their features stand side by side in one buffer, their gradients in
// another, and what batch norms leave to be added to a channel's gradient is added once, when all its
// consumers have told it.

#pragma once

#include <vector>

#include "fused.h"

namespace ctorch::fused {

/// The convolutions of one layer in order, and where its features stand.
struct Layer {
  const ct_normed_convolution *convolutions;
  int64_t inputs;  // channels in front of it, and the first that it appends
  int64_t outputs;
};

/// A block and what follows from its weights.
struct Block {
  std::vector<ct_normed_convolution> convolutions;
  std::vector<Layer> layers;
  bool bottleneck, has_transition;
  ct_normed_convolution transition;
  int64_t inputs, channels;
  ct_fusion fusion;

  Block(const ct_dense_block &block, const ct_fusion &fusion, int64_t inputs)
      : convolutions(block.convolutions, block.convolutions + block.count),
        bottleneck(block.bottleneck),
        has_transition(block.transition != nullptr),
        transition(has_transition ? *block.transition : ct_normed_convolution{}),
        inputs(inputs),
        channels(inputs),
        fusion(fusion) {
    TORCH_CHECK(!bottleneck || block.count % 2 == 0, "layers with a bottleneck have two convolutions "
                "each, not ", block.count, " in all");
    const int64_t step = bottleneck ? 2 : 1;
    for (int64_t index = 0; index < block.count / step; ++index) {
      const ct_normed_convolution *first = convolutions.data() + index * step;
      const int64_t outputs = tensor_of(first[step - 1].weight).size(0);
      layers.push_back({first, channels, outputs});
      channels += outputs;
    }
  }

  // The layers point into the block.
  Block(const Block &) = delete;

  ck_activation activation() const { return bottleneck ? CK_NORM_RELU : CK_RELU_NORM; }

  /// The parameters in the order of their gradients.
  std::vector<at::Tensor> parameters() const {
    std::vector<at::Tensor> result;
    const auto append = [&](const ct_normed_convolution &convolution) {
      result.push_back(tensor_of(convolution.norm.weight));
      result.push_back(tensor_of(convolution.norm.bias));
      result.push_back(tensor_of(convolution.weight));
    };
    for (const auto &convolution : convolutions) append(convolution);
    if (has_transition) append(transition);
    return result;
  }
};

inline ck_shape halved(ck_shape shape) { return {shape.images, shape.height / 2, shape.width / 2}; }

/// Maps of `channels` channels with rows of whole cache lines: most vectors then lie in one.
inline at::Tensor make_aligned(const at::Tensor &like, ck_shape shape, int64_t channels) {
  return make_maps(like, shape, (channels + 15) / 16 * 16);
}

/// The block for training, recorded for the backward pass.
at::Tensor train_dense_block(const Block &block, const at::Tensor &input);

/// The block with running statistics, a few images at a time.
at::Tensor infer_dense_block(const Block &block, const at::Tensor &input);

}  // namespace ctorch::fused
