// What every fused operation keeps for its backward pass beside its tensors: how it ran.

#pragma once

#include <torch/csrc/autograd/custom_function.h>

#include "fused.h"

namespace ctorch::fused {

inline void save_fusion(torch::autograd::AutogradContext *context, const ct_fusion &fusion) {
  context->saved_data["instructions"] = static_cast<int64_t>(fusion.instructions);
  context->saved_data["epsilon"] = fusion.epsilon;
}

/// As it was saved; the running statistics have moved, and do not again.
inline ct_fusion saved_fusion(torch::autograd::AutogradContext *context) {
  return {static_cast<ct_instructions>(context->saved_data["instructions"].toInt()), true, 0,
          context->saved_data["epsilon"].toDouble()};
}

}  // namespace ctorch::fused
