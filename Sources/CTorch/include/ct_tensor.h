#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ct_status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An owned reference to a libtorch tensor. Several handles may share one tensor's memory.
typedef struct ct_tensor {
  void *pointer;
} ct_tensor;

/// The element types that this boundary carries.
typedef enum ct_dtype {
  CT_UINT8 = 0,
  CT_INT64 = 1,
  CT_FLOAT32 = 2,
  CT_FLOAT64 = 3,
  CT_BFLOAT16 = 4,
} ct_dtype;

/// The order of a tensor's elements in memory.
typedef enum ct_memory_format {
  /// Row-major: the last index moves fastest.
  CT_CONTIGUOUS = 0,
  /// [N, C, H, W] whose channels move fastest: N, H, W, C in memory.
  CT_CHANNELS_LAST = 1,
} ct_memory_format;

/// Where a tensor lives: `index` is negative for the CPU, else the number of a CUDA device.
typedef struct ct_device {
  int32_t index;
} ct_device;

/// Releases the handle. The tensor's memory goes with its last handle.
void ct_tensor_free(ct_tensor tensor);

/// The number of tensor handles that are alive in this process.
int64_t ct_tensor_live_count(void);

/// A new tensor of `rank` sizes whose elements are not initialised.
ct_status ct_tensor_empty(const int64_t *sizes, int64_t rank, ct_dtype dtype,
                          ct_memory_format format, ct_device device, ct_tensor *result);

/// A new tensor with every element set to `value`.
ct_status ct_tensor_full(const int64_t *sizes, int64_t rank, double value, ct_dtype dtype,
                         ct_device device, ct_tensor *result);

/// A new tensor on the CPU with a copy of `bytes` bytes of row-major elements, in `format`.
/// Fails when `bytes` is not what the sizes and the type need.
ct_status ct_tensor_from_bytes(const void *data, int64_t bytes, const int64_t *sizes, int64_t rank,
                               ct_dtype dtype, ct_tensor *result);

/// Copies all elements, row-major, to `data`, from any device. Fails when `bytes` is not their size.
ct_status ct_tensor_copy_bytes(ct_tensor tensor, void *data, int64_t bytes);

/// Makes `flag`, one float32, 1 where `number`, one of the same device, is infinite or no number. A flag that is 1 stays
/// so. Nothing is waited for.
ct_status ct_tensor_flag_lack_of_finiteness(ct_tensor flag, ct_tensor number);

/// The address of the first element of a CPU tensor that is dense in memory.
ct_status ct_tensor_data(ct_tensor tensor, void **result);

/// The number of sizes.
ct_status ct_tensor_rank(ct_tensor tensor, int64_t *result);

/// The sizes, written to an array of `ct_tensor_rank` elements.
ct_status ct_tensor_sizes(ct_tensor tensor, int64_t *result);

/// The element type. Fails for a type that this boundary does not carry.
ct_status ct_tensor_dtype(ct_tensor tensor, ct_dtype *result);

/// The device that the tensor lives on.
ct_status ct_tensor_device(ct_tensor tensor, ct_device *result);

/// Whether the elements lie in memory in the given order.
ct_status ct_tensor_is_dense(ct_tensor tensor, ct_memory_format format, bool *result);

/// The same values on another device; the same memory when they are there already.
ct_status ct_tensor_to_device(ct_tensor tensor, ct_device device, ct_tensor *result);

/// The same values as another element type.
ct_status ct_tensor_to_dtype(ct_tensor tensor, ct_dtype dtype, ct_tensor *result);

/// The same values in the given memory order; the same memory when they have it already.
ct_status ct_tensor_to_format(ct_tensor tensor, ct_memory_format format, ct_tensor *result);

/// A copy with memory of its own, in the same memory order.
ct_status ct_tensor_clone(ct_tensor tensor, ct_tensor *result);

/// Overwrites the elements of `tensor`, outside of autograd, with those of `source` of the same
/// sizes; type, device and memory order of `tensor` stay.
ct_status ct_tensor_assign(ct_tensor tensor, ct_tensor source);

/// The value of a tensor of one element.
ct_status ct_tensor_item(ct_tensor tensor, double *result);

/// Whether no element is infinite or not a number.
ct_status ct_tensor_is_finite(ct_tensor tensor, bool *result);

#ifdef __cplusplus
}
#endif
