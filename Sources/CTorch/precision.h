// Which numbers the products of this thread are made of.

#pragma once

#include <ATen/core/Tensor.h>

namespace ctorch {

/// Whether this thread's convolutions and affine maps take bfloat16.
bool is_bfloat16_enabled();

/// A float32 tensor as bfloat16 where this thread's convolutions take that; else the tensor.
at::Tensor lowered(const at::Tensor &tensor);

/// A tensor of fewer bits than float32 as float32; else the tensor.
at::Tensor widened(const at::Tensor &tensor);

}  // namespace ctorch
