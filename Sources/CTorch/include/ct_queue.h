#pragma once

#include <stdbool.h>

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// The order in which a CUDA device works: a queue (a stream) does what it was given one after the other, beside what
// other queues do. Each thread has a current queue, to which operations give their work. Where libtorch is
// built without CUDA, every function fails.

/// A queue of a CUDA device.
typedef struct ct_queue {
  void *pointer;
} ct_queue;

/// A place in a queue: all that it was given before.
typedef struct ct_mark {
  void *pointer;
} ct_mark;

/// A queue of the device that is not its default one.
ct_status ct_queue_new(ct_device device, ct_queue *result);

void ct_queue_free(ct_queue queue);

/// Makes a queue the current one of this thread and hands out the one before; to go back is to enter that. If `behind`,
/// what it is given comes behind all that the one before was given until now.
ct_status ct_queue_enter(ct_queue queue, bool behind, ct_queue *before);

/// Marks what this thread's current queue of a device was given until now. With `timed`, when it is reached is noted.
ct_status ct_mark_new(ct_device device, bool timed, ct_mark *result);

void ct_mark_free(ct_mark mark);

/// Lets this thread's current queue go on only when what is marked is done.
ct_status ct_mark_wait(ct_mark mark);

/// The seconds from one timed mark to another of the same device. Fails unless both were reached.
ct_status ct_mark_seconds(ct_mark from, ct_mark to, double *result);

/// Tells that this thread's current queue reads a tensor that another queue made, so that its memory stays until then.
ct_status ct_tensor_used(ct_tensor tensor);

#ifdef __cplusplus
}
#endif
