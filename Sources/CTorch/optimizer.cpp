#include "ct_optimizer.h"
#include "handles.h"
#include "layout.h"

#include <ATen/ops/_fused_sgd.h>
#include <c10/core/GradMode.h>

#include <optional>
#include <vector>

using namespace ctorch;

ct_status ct_sgd_step(const ct_tensor *parameters, const ct_tensor *momenta, int64_t count,
                      ct_sgd_options options) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    // The fused kernel walks memory, not indices. It first makes a copy of each gradient that is not row-major, as
    // those of channels-last weights are not, and then does without it: it is given all as one row.
    std::vector<at::Tensor> values, gradients, buffers;
    for (int64_t index = 0; index < count; ++index) {
      const at::Tensor &value = tensor_of(parameters[index]);
      TORCH_CHECK(value.grad().defined(), "parameter ", index, " of sizes ", value.sizes(),
                  " has no gradient: it did not take part in the backward pass");
      values.push_back(in_memory_order(value));
      gradients.push_back(in_memory_order(gradient_laid_out_as(value)));
      if (options.momentum != 0) buffers.push_back(in_memory_order(tensor_of(momenta[index])));
    }
    if (values.empty()) return;
    std::optional<at::Tensor> skip;
    if (options.skip.pointer != nullptr) skip = tensor_of(options.skip);
    const auto step = [&](const auto &learning_rate) {
      at::_fused_sgd_(values, gradients, buffers, options.weight_decay, options.momentum,
                      learning_rate, /*dampening=*/0, options.nesterov, /*maximize=*/false,
                      options.first_step, /*grad_scale=*/std::nullopt, skip);
    };
    if (options.learning_rate_tensor.pointer != nullptr) {
      step(tensor_of(options.learning_rate_tensor));
    } else {
      step(options.learning_rate);
    }
  });
}
