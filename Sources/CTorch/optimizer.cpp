#include "ct_optimizer.h"
#include "handles.h"

#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/as_strided.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

#include <vector>

using namespace ctorch;

/// Whether two tensors of the same sizes have their elements at the same places; the stride of a
/// dimension of one element places nothing.
static bool have_equal_layout(const at::Tensor &left, const at::Tensor &right) {
  for (int64_t dimension = 0; dimension < left.dim(); ++dimension) {
    if (left.size(dimension) > 1 && left.stride(dimension) != right.stride(dimension)) return false;
  }
  return true;
}

/// All elements as [n], as they lie in memory. libtorch's fused step first makes a copy of each gradient that is
/// not row-major, as those of channels-last weights are not, and then does without it.
static at::Tensor in_memory_order(const at::Tensor &dense) {
  return dense.as_strided({dense.numel()}, {1});
}

ct_status ct_sgd_step(const ct_tensor *parameters, const ct_tensor *momenta, int64_t count,
                      ct_sgd_options options) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    std::vector<at::Tensor> values, gradients, buffers;
    for (int64_t index = 0; index < count; ++index) {
      at::Tensor &value = tensor_of(parameters[index]);
      at::Tensor gradient = value.grad();
      TORCH_CHECK(gradient.defined(), "parameter ", index, " of sizes ", value.sizes(),
                  " has no gradient: it did not take part in the backward pass");
      TORCH_CHECK(value.is_non_overlapping_and_dense(), "parameter ", index, " of sizes ",
                  value.sizes(), " is a view that leaves something of its tensor out");
      // The fused kernel walks memory, not indices: the orders must agree.
      if (!have_equal_layout(gradient, value)) {
        gradient = at::empty_like(value).copy_(gradient);
      }
      values.push_back(in_memory_order(value));
      gradients.push_back(in_memory_order(gradient));
      if (options.momentum != 0) buffers.push_back(in_memory_order(tensor_of(momenta[index])));
    }
    if (values.empty()) return;
    at::_fused_sgd_(values, gradients, buffers, options.weight_decay, options.momentum,
                    options.learning_rate, /*dampening=*/0, options.nesterov, /*maximize=*/false,
                    options.first_step);
  });
}
