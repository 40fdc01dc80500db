#pragma once

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Numbers on their way between this process and a device, neither of which waits for the other.

/// A number on its way from a CUDA device to this process.
typedef struct ct_number {
  void *pointer;
} ct_number;

/// Has the number of a tensor of one element on a CUDA device sent to this process, as it is when all is done that this
/// thread's queue was given until now.
ct_status ct_number_begin(ct_tensor tensor, ct_number *result);

/// Waits until the number is here.
ct_status ct_number_wait(ct_number number, double *result);

void ct_number_free(ct_number number);

/// Gives this thread's queue the copy of so many numbers into a tensor of as many float32, [count], of any device. They can
/// change when this returns.
ct_status ct_tensor_assign_floats(ct_tensor tensor, const float *numbers, int64_t count);

/// The same values on a device, copied when this thread's queue has done what it was given until now; the same memory when
/// they are there already. A tensor on the CPU can change when this returns.
ct_status ct_tensor_send(ct_tensor tensor, ct_device device, ct_tensor *result);

#ifdef __cplusplus
}
#endif
