#pragma once

#include "ct_generator.h"
#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Work of a CUDA device that is recorded once and repeated without this processor's part in it. Where this library is
// built without CUDA, every function fails.

/// What was recorded, with the memory that it works in.
typedef struct ct_graph {
  void *pointer;
} ct_graph;

/// Begins to record what this thread gives its current queue, which is not the default one, instead of doing it.
/// The numbers of the generator, a null handle for none, go on from its seed at each repetition.
ct_status ct_graph_begin(ct_generator generator, ct_graph *result);

/// Ends the recording and makes the graph ready.
ct_status ct_graph_end(ct_graph graph);

/// Gives the current queue the work once more.
ct_status ct_graph_replay(ct_graph graph);

/// Releases the graph and its memory; also one whose recording failed.
void ct_graph_free(ct_graph graph);

#ifdef __cplusplus
}
#endif
