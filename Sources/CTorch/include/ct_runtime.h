#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ct_status.h"
#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The version of the libtorch that this was compiled for, as in "2.13.0".
const char *ct_version(void);

/// Whether the libtorch that was loaded is of that version: where others are, classes of its may be of other sizes.
bool ct_is_version_loaded(void);

/// The number of CUDA devices that this libtorch can use; 0 for a CPU build.
ct_status ct_cuda_device_count(int64_t *result);

/// Waits until a CUDA device has done everything that it was asked to do; for `index` below 0 there is
/// nothing to wait for.
ct_status ct_device_finish(int64_t index);

/// The most bytes that tensors of a CUDA device had since this was asked for last; fails where there is no
/// such device.
ct_status ct_device_take_peak_bytes(ct_device device, int64_t *result);

/// Gives the memory of freed tensors back to the CUDA devices; does nothing where there are none.
void ct_device_return_freed_memory(void);

/// The number of threads that an operation uses on the CPU.
int64_t ct_thread_count(void);

/// Sets the number of threads that an operation uses on the CPU; from 1 to 1024.
ct_status ct_set_thread_count(int64_t count);

/// Asks the C library to keep freed memory for the next step instead of giving each large tensor's
/// pages back and having them zeroed anew, and takes tensors' memory in pieces that fit into each other's
/// place. Does nothing where the C library has no such setting.
void ct_keep_freed_memory(void);

/// Gives the pages of freed memory back to the system, and the calling thread's workspace of kernels. Does
/// nothing more where the C library cannot.
void ct_return_freed_memory(void);

/// The bytes that are allocated on the C library's heap, tensors on the CPU among them; -1 where the
/// C library does not count them.
int64_t ct_allocated_bytes(void);

#ifdef __cplusplus
}
#endif
