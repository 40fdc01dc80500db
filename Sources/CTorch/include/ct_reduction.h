#pragma once

#include <stdbool.h>

#include "ct_communicator.h"
#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// What training in several processes needs: to be told as soon as a gradient is complete, gradients side by side in
// one piece of memory, and sums of a batch norm's statistics over all processes.

/// Makes each of some numbers its sum over all processes, in the order of the calls, which is the same in all of them.
/// The function returns false where it cannot, and is called with memory of the CPU; the communicator is for numbers on
/// a GPU. Both are null for a process that trains alone, or sees its own images alone.
typedef struct ct_statistics_sum {
  bool (*add)(void *context, double *values, int64_t count);
  void *context;
  ct_communicator communicator;
} ct_statistics_sum;

/// Called with what `ct_on_gradient` was given. It must not throw.
typedef void (*ct_gradient_ready)(void *context, int64_t index);

/// Calls `ready` whenever a backward pass has completed the gradient of a leaf, on the thread that runs the pass on
/// the CPU. Replaces what was asked for before; null takes it away.
ct_status ct_on_gradient(ct_tensor leaf, ct_gradient_ready ready, void *context, int64_t index);

/// Copies the gradients of leaves and then others, times a factor, into `flat`, [n], as their elements lie in memory.
/// All are of flat's type.
ct_status ct_gradients_gather(const ct_tensor *leaves, int64_t leaf_count, const ct_tensor *others,
                              int64_t other_count, double other_factor, ct_tensor flat);

/// Copies them back: the leaves' gradients and the others become what `flat` has.
ct_status ct_gradients_scatter(const ct_tensor *leaves, int64_t leaf_count, const ct_tensor *others,
                               int64_t other_count, ct_tensor flat);

/// The memory of a row-major tensor on the CPU, which lives as long as the tensor.
ct_status ct_tensor_memory(ct_tensor tensor, void **data);

#ifdef __cplusplus
}
#endif
