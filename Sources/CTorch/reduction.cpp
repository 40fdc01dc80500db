#include "ct_reduction.h"
#include "handles.h"
#include "layout.h"

#include <ATen/ops/mul.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <vector>

using namespace ctorch;

namespace {

struct ReadyHook final : torch::autograd::PostAccumulateGradHook {
  ct_gradient_ready ready;
  void *context;
  int64_t index;

  ReadyHook(ct_gradient_ready ready, void *context, int64_t index)
      : ready(ready), context(context), index(index) {}

  void operator()(const torch::autograd::Variable &) override { ready(context, index); }
};

/// Calls `body(tensor, piece)` with each tensor as [n] and its piece of `flat`.
template <typename Tensors, typename Body>
void each_piece(const Tensors &tensors, const at::Tensor &flat, const Body &body) {
  TORCH_CHECK(flat.dim() == 1 && flat.is_contiguous(), "what is flat is [n], not ", flat.sizes());
  int64_t offset = 0;
  for (const at::Tensor &tensor : tensors) {
    TORCH_CHECK(tensor.scalar_type() == flat.scalar_type(),
                "a tensor of another type than the flat one's");
    TORCH_CHECK(offset + tensor.numel() <= flat.numel(), "more elements than the flat tensor's ",
                flat.numel());
    body(in_memory_order(tensor), flat.narrow(0, offset, tensor.numel()));
    offset += tensor.numel();
  }
  TORCH_CHECK(offset == flat.numel(), offset, " elements for a flat tensor of ", flat.numel());
}

}  // namespace

ct_status ct_on_gradient(ct_tensor leaf, ct_gradient_ready ready, void *context, int64_t index) {
  return guarded([&] {
    const at::Tensor &tensor = tensor_of(leaf);
    std::unique_ptr<torch::autograd::PostAccumulateGradHook> hook;
    if (ready != nullptr) {
      TORCH_CHECK(tensor.is_leaf() && tensor.requires_grad(),
                  "only a leaf with a gradient completes one");
      hook = std::make_unique<ReadyHook>(ready, context, index);
    }
    torch::autograd::impl::set_post_acc_grad_hooks(tensor, std::move(hook));
  });
}

ct_status ct_gradients_gather(const ct_tensor *leaves, int64_t leaf_count, const ct_tensor *others,
                              int64_t other_count, double other_factor, ct_tensor flat) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    std::vector<at::Tensor> tensors;
    for (int64_t index = 0; index < leaf_count; ++index) {
      tensors.push_back(gradient_laid_out_as(tensor_of(leaves[index])));
    }
    for (int64_t index = 0; index < other_count; ++index) {
      tensors.push_back(tensor_of(others[index]).mul(other_factor));
    }
    each_piece(tensors, tensor_of(flat),
               [](const at::Tensor &tensor, at::Tensor piece) { piece.copy_(tensor); });
  });
}

ct_status ct_gradients_scatter(const ct_tensor *leaves, int64_t leaf_count, const ct_tensor *others,
                               int64_t other_count, ct_tensor flat) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    std::vector<at::Tensor> tensors;
    for (int64_t index = 0; index < leaf_count; ++index) {
      at::Tensor &leaf = tensor_of(leaves[index]);
      // What another layout was read from is replaced by what has the leaf's.
      const at::Tensor gradient = gradient_laid_out_as(leaf);
      leaf.mutable_grad() = gradient;
      tensors.push_back(gradient);
    }
    for (int64_t index = 0; index < other_count; ++index) {
      tensors.push_back(tensor_of(others[index]));
    }
    each_piece(tensors, tensor_of(flat),
               [](at::Tensor tensor, const at::Tensor &piece) { tensor.copy_(piece); });
  });
}

ct_status ct_tensor_memory(ct_tensor tensor, void **data) {
  return guarded([&] {
    const at::Tensor &values = tensor_of(tensor);
    TORCH_CHECK(values.is_cpu() && values.is_contiguous(),
                "memory is given of a row-major tensor on the CPU");
    *data = values.data_ptr();
  });
}
