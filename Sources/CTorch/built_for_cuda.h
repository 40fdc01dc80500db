// What needs CUDA's headers is compiled only where the manifest says that they are there (FREEZEOUT_CUDA).

#pragma once

#include "handles.h"

#if defined(CTORCH_CUDA)
#include <c10/cuda/CUDAStream.h>
#include <cuda.h>
// libtorch's own classes have other members where it is not known.
static_assert(CUDA_VERSION >= 12040);
#endif

namespace ctorch {

/// What a program answers that was built without CUDA.
[[noreturn]] inline void no_cuda() {
  TORCH_CHECK(false, "this program was built without CUDA: build it with scripts/build-cuda");
}

}  // namespace ctorch
