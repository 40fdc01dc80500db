// How the elements of dense tensors lie in memory, for what walks memory and not indices.

#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/as_strided.h>
#include <ATen/ops/empty_like.h>

namespace ctorch {

/// Whether two tensors of the same sizes have their elements at the same places; the stride of a
/// dimension of one element places nothing.
inline bool have_equal_layout(const at::Tensor &left, const at::Tensor &right) {
  for (int64_t dimension = 0; dimension < left.dim(); ++dimension) {
    if (left.size(dimension) > 1 && left.stride(dimension) != right.stride(dimension)) return false;
  }
  return true;
}

/// All elements as [n], as they lie in memory.
inline at::Tensor in_memory_order(const at::Tensor &dense) {
  TORCH_CHECK(dense.is_non_overlapping_and_dense(), "a tensor of sizes ", dense.sizes(),
              " is a view that leaves something of its tensor out");
  return dense.as_strided({dense.numel()}, {1});
}

/// The gradient of a leaf, laid out as the leaf: its own where it is so, else a copy.
inline at::Tensor gradient_laid_out_as(const at::Tensor &leaf) {
  const at::Tensor gradient = leaf.grad();
  TORCH_CHECK(gradient.defined(), "a leaf of sizes ", leaf.sizes(), " has no gradient");
  if (have_equal_layout(gradient, leaf)) return gradient;
  return at::empty_like(leaf).copy_(gradient);
}

}  // namespace ctorch
