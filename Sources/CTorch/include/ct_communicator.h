#pragma once

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Sums over the GPUs of several processes, by NCCL. Where this library is built without CUDA, every function fails.

/// A process's place among others that have a GPU each.
typedef struct ct_communicator {
  void *pointer;
} ct_communicator;

/// The bytes of what the processes of a communicator have in common.
enum { CT_COMMUNICATOR_ID_BYTES = 128 };

/// Draws what a new communicator's processes have in common: one of them does, and gives it to the others.
ct_status ct_communicator_id(void *bytes);

/// Joins the others, which all call this with the same bytes, from a device that no other process of them has.
ct_status ct_communicator_join(const void *bytes, int64_t rank, int64_t count, ct_device device,
                               ct_communicator *result);

void ct_communicator_free(ct_communicator communicator);

/// Gives this thread's current queue the work of making each element its sum over the processes. All of them call it
/// in the same order.
ct_status ct_communicator_sum(ct_communicator communicator, ct_tensor tensor);

#ifdef __cplusplus
}
#endif
