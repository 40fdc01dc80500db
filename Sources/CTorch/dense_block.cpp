#include "dense_block.h"

using namespace ctorch;
using namespace ctorch::fused;

ct_status ct_dense_block_apply(ct_tensor input, const ct_dense_block *block,
                               const ct_fusion *fusion, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    const at::Tensor &maps = tensor_of(input);
    TORCH_CHECK(maps.dim() == 4, "a dense block takes [N, C, H, W], not ", maps.sizes());
    const Block layers(*block, *fusion, maps.size(1));
    return fusion->training ? train_dense_block(layers, maps) : infer_dense_block(layers, maps);
  });
}
