#include "ct_runtime.h"
#include "allocator.h"
#include "fused.h"
#include "handles.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <torch/version.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

using namespace ctorch;

const char *ct_version(void) { return TORCH_VERSION; }

bool ct_is_version_loaded(void) {
  try {
    const std::string loaded = at::show_config();
    return loaded.find("TORCH_VERSION=" TORCH_VERSION) != std::string::npos ||
           loaded.find("TORCH_VERSION=") == std::string::npos;
  } catch (const std::exception &) {
    return true;
  }
}

ct_status ct_cuda_device_count(int64_t *result) {
  return guarded([&] {
    *result = at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  });
}

ct_status ct_device_finish(int64_t index) {
  return guarded([&] {
    if (index >= 0) {
      at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(index));
    }
  });
}

ct_status ct_device_take_peak_bytes(ct_device device, int64_t *result) {
  return guarded([&] {
    const c10::Device place = device_of(device);
    c10::DeviceAllocator *allocator = c10::getDeviceAllocator(place.type());
    const auto every = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    *result = allocator->getDeviceStats(place.index()).allocated_bytes[every].peak;
    allocator->resetPeakStats(place.index());
  });
}

void ct_device_return_freed_memory(void) {
  guarded([] {
    if (at::globalContext().hasCUDA()) c10::getDeviceAllocator(at::kCUDA)->emptyCache();
  });
}

int64_t ct_thread_count(void) { return at::get_num_threads(); }

ct_status ct_set_thread_count(int64_t count) {
  return guarded([&] {
    TORCH_CHECK(count >= 1 && count <= 1024, "a number of threads outside of 1 to 1024: ", count);
    at::set_num_threads(static_cast<int>(count));
  });
}

void ct_keep_freed_memory(void) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
  use_roomy_allocator();
#endif
}

void ct_return_freed_memory(void) {
  fused::release_workspace();
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

int64_t ct_allocated_bytes(void) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  struct mallinfo2 heap = mallinfo2();
  return static_cast<int64_t>(heap.uordblks + heap.hblkhd);
#else
  return -1;
#endif
}
