#include "ct_graph.h"
#include "cuda.h"

using namespace ctorch;

#if defined(CTORCH_CUDA)

#include <ATen/cuda/CUDAGraph.h>

namespace {

struct Recording {
  at::cuda::CUDAGraph graph;
  bool is_open = false;
};

Recording &recording_of(ct_graph graph) {
  TORCH_CHECK(graph.pointer != nullptr, "a null graph");
  return *static_cast<Recording *>(graph.pointer);
}

}  // namespace

ct_status ct_graph_begin(ct_generator generator, ct_graph *result) {
  return guarded([&] {
    auto recording = std::make_unique<Recording>();
    if (generator.pointer != nullptr) {
      recording->graph.register_generator_state(generator_of(generator));
    }
    // What other threads do meanwhile, as making batches, is no part of it and must not end it.
    recording->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    recording->is_open = true;
    *result = ct_graph{recording.release()};
  });
}

ct_status ct_graph_end(ct_graph graph) {
  return guarded([&] {
    Recording &recording = recording_of(graph);
    recording.is_open = false;
    recording.graph.capture_end();
  });
}

ct_status ct_graph_replay(ct_graph graph) {
  return guarded([&] { recording_of(graph).graph.replay(); });
}

void ct_graph_free(ct_graph graph) {
  auto *recording = static_cast<Recording *>(graph.pointer);
  if (recording == nullptr) return;
  // A queue in which a recording is left open could do nothing else.
  if (recording->is_open) guarded([&] { recording->graph.capture_end(); });
  guarded([&] { recording->graph.reset(); });
  delete recording;
}

#else

ct_status ct_graph_begin(ct_generator, ct_graph *) { return guarded([] { no_cuda(); }); }
ct_status ct_graph_end(ct_graph) { return guarded([] { no_cuda(); }); }
ct_status ct_graph_replay(ct_graph) { return guarded([] { no_cuda(); }); }
void ct_graph_free(ct_graph) {}

#endif
