#pragma once

#include <stdbool.h>

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Products in fewer bits than float32 has. Weights, batch norm's statistics and the loss stay float32.

/// Sets whether convolutions and affine maps on this thread take and give bfloat16, and returns what held before.
/// Their operands are converted, of which a weight is converted once until this is switched off.
bool ct_bfloat16_set_enabled(bool enabled);

/// The tensor as bfloat16 where this thread's convolutions take that, else as it is. Only float32 is converted.
ct_status ct_tensor_lowered(ct_tensor tensor, ct_tensor *result);

/// Sets whether products of float32 in this process may be of TF32 on CUDA devices: 10 bits of fraction.
ct_status ct_tf32_set_allowed(bool allowed);

#ifdef __cplusplus
}
#endif
