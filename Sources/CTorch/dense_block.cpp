#include "dense_block.h"

using namespace ctorch;
using namespace ctorch::fused;

ct_status ct_dense_block_apply(ct_tensor input, const ct_dense_block *block,
                               const ct_fusion *fusion, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    const at::Tensor &maps = tensor_of(input);
    TORCH_CHECK(maps.dim() == 4, "a dense block takes [N, C, H, W], not ", maps.sizes());
    if (block->transition != nullptr) {
      const at::Tensor &weight = tensor_of(block->transition->weight);
      TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 1 && weight.size(3) == 1,
                  "a transition takes a weight [O, C, 1, 1], not ", weight.sizes());
      TORCH_CHECK(maps.size(2) >= 2 && maps.size(3) >= 2, "maps of ", maps.size(2), "x",
                  maps.size(3), " pixels are too small for the mean of 2x2");
    }
    const Block layers(*block, *fusion, maps.size(1));
    return fusion->training ? train_dense_block(layers, maps) : infer_dense_block(layers, maps);
  });
}
