// What every fused operation keeps for its backward pass beside its tensors: how it ran.

#pragma once

#include <torch/csrc/autograd/custom_function.h>

#include "fused.h"

namespace ctorch::fused {

inline void save_fusion(torch::autograd::AutogradContext *context, const ct_fusion &fusion) {
  context->saved_data["instructions"] = static_cast<int64_t>(fusion.instructions);
  context->saved_data["epsilon"] = fusion.epsilon;
  context->saved_data["sum"] = reinterpret_cast<int64_t>(fusion.sum.add);
  context->saved_data["sum_context"] = reinterpret_cast<int64_t>(fusion.sum.context);
}

/// As it was saved; the running statistics have moved, and do not again.
inline ct_fusion saved_fusion(torch::autograd::AutogradContext *context) {
  auto &data = context->saved_data;
  return {static_cast<ct_instructions>(data["instructions"].toInt()),
          true,
          0,
          data["epsilon"].toDouble(),
          {reinterpret_cast<bool (*)(void *, double *, int64_t)>(data["sum"].toInt()),
           reinterpret_cast<void *>(data["sum_context"].toInt())}};
}

}  // namespace ctorch::fused
