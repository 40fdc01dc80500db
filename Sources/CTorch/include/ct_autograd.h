#pragma once

#include <stdbool.h>

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Sets whether operations on this thread are recorded for the backward pass, and returns what
/// held before.
bool ct_gradients_set_enabled(bool enabled);

/// Whether operations on this thread are recorded for the backward pass.
bool ct_gradients_enabled(void);

/// Whether operations on the tensor are recorded.
ct_status ct_tensor_requires_gradient(ct_tensor tensor, bool *result);

/// Marks a leaf as one whose gradient the backward pass shall make, or not.
ct_status ct_tensor_set_requires_gradient(ct_tensor tensor, bool requires_gradient);

/// The same memory, apart from the graph that made it.
ct_status ct_tensor_detach(ct_tensor tensor, ct_tensor *result);

/// Computes d(loss)/d(leaf) for every leaf that led to the tensor of one element, adds it to the
/// leaf's gradient, and releases the graph.
ct_status ct_tensor_backward(ct_tensor loss);

/// As ct_tensor_backward for a tensor of any sizes, whose own derivative `gradient` is, of equal sizes.
ct_status ct_tensor_backward_from(ct_tensor output, ct_tensor gradient);

/// The gradient of a leaf; a null handle when it has none.
ct_status ct_tensor_gradient(ct_tensor tensor, ct_tensor *result);

/// Gives back the memory of the gradients of `count` leaves.
ct_status ct_tensors_release_gradients(const ct_tensor *tensors, int64_t count);

#ifdef __cplusplus
}
#endif
