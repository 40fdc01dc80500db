#include "ct_graph.h"
#include "built_for_cuda.h"

using namespace ctorch;

#if defined(CTORCH_CUDA)

#include <ATen/Context.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>

namespace {

struct Recording {
  at::cuda::CUDAGraph graph;
  at::Generator generator;
  c10::DeviceIndex device = 0;
  /// Its own, so that it can be given back when libtorch's class does not.
  c10::MempoolId_t pool = {0, 0};
  bool is_open = false;
};

/// Takes away what a recording leaves that CUDA could not end, where libtorch's class believes that it never began. Some
/// versions of it know better, and what they have given back must not be given back twice.
void clean_up_failed(Recording &recording) {
  namespace allocator = c10::cuda::CUDACachingAllocator;
  guarded([&] {
    if (allocator::getPoolUseCount(recording.device, recording.pool) <= 0) return;
    // libtorch 2.11 goes on to keep memory for it; later ones have ended that, and say so.
    guarded([&] { allocator::endAllocateToPool(recording.device, recording.pool); });
    allocator::releasePool(recording.device, recording.pool);
  });
  if (!recording.generator.defined()) return;
  // 2.11's generator would go on to count for a recording.
  guarded([&] {
    recording.generator.graphsafe_set_state(
        at::detail::getCUDAHooks().getNewGenerator(recording.device));
  });
}

/// From libtorch 2.14 on a generator registers itself when a recording first draws from it.
template <typename Graph>
void register_where_needed(Graph &graph, const at::Generator &generator) {
  if constexpr (requires { graph.register_generator_state(generator); }) {
    graph.register_generator_state(generator);
  }
}

Recording &recording_of(ct_graph graph) {
  TORCH_CHECK(graph.pointer != nullptr, "a null graph");
  return *static_cast<Recording *>(graph.pointer);
}

}  // namespace

ct_status ct_graph_begin(ct_generator generator, ct_graph *result) {
  return guarded([&] {
    auto recording = std::make_unique<Recording>();
    if (generator.pointer != nullptr) {
      recording->generator = generator_of(generator);
      register_where_needed(recording->graph, recording->generator);
    }
    recording->device = c10::cuda::current_device();
    recording->pool = at::cuda::graph_pool_handle();
    recording->is_open = true;
    const ct_graph begun{recording.release()};
    try {
      // What other threads do meanwhile, as making batches, is no part of it and must not end it.
      recording_of(begun).graph.capture_begin(recording_of(begun).pool,
                                              cudaStreamCaptureModeThreadLocal);
    } catch (...) {
      ct_graph_free(begun);
      throw;
    }
    *result = begun;
  });
}

ct_status ct_graph_end(ct_graph graph) {
  return guarded([&] {
    Recording &recording = recording_of(graph);
    recording.graph.capture_end();
    recording.is_open = false;
  });
}

ct_status ct_graph_replay(ct_graph graph) {
  return guarded([&] { recording_of(graph).graph.replay(); });
}

void ct_graph_free(ct_graph graph) {
  auto *recording = static_cast<Recording *>(graph.pointer);
  if (recording == nullptr) return;
  // A queue in which a recording is left open could do nothing else. What CUDA has given up already fails again.
  const bool has_failed =
      recording->is_open && guarded([&] { recording->graph.capture_end(); }) != CT_OK;
  guarded([&] { recording->graph.reset(); });
  if (has_failed) clean_up_failed(*recording);
  delete recording;
}

#else

ct_status ct_graph_begin(ct_generator, ct_graph *) { return guarded([] { no_cuda(); }); }
ct_status ct_graph_end(ct_graph) { return guarded([] { no_cuda(); }); }
ct_status ct_graph_replay(ct_graph) { return guarded([] { no_cuda(); }); }
void ct_graph_free(ct_graph) {}

#endif
