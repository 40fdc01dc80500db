// Memory of tensors that a training step asks for again and again.
//
// glibc's aligned allocation takes a piece that is larger than what was asked for and gives the rest back
// (glibc 2.36, malloc/malloc.c, _int_memalign). A freed tensor's memory is then too small for the next tensor
// of the same size, and the heap grows by half. Here the room for the alignment stays with the piece, so
// that equal sizes fit into each other's place.

#include "allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <cstdint>
#include <cstdlib>

namespace {

constexpr size_t alignment = 64;

/// What `malloc` gave stands right in front of the aligned memory.
void free_aligned(void *memory) {
  if (memory != nullptr) std::free(static_cast<void **>(memory)[-1]);
}

struct RoomyAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &free_aligned, c10::Device(c10::kCPU)};
    constexpr size_t room = sizeof(void *) + alignment - 1;
    void *const piece = bytes <= SIZE_MAX - room ? std::malloc(bytes + room) : nullptr;
    TORCH_CHECK(piece != nullptr, "not enough memory: ", bytes, " bytes were asked for");
    const uintptr_t first = reinterpret_cast<uintptr_t>(piece) + room;
    void *const memory = reinterpret_cast<void *>(first / alignment * alignment);
    static_cast<void **>(memory)[-1] = piece;
    return {memory, memory, &free_aligned, c10::Device(c10::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &free_aligned; }

  void copy_data(void *to, const void *from, size_t count) const override {
    default_copy_data(to, from, count);
  }
};

}  // namespace

void ctorch::use_roomy_allocator() {
  // Never destroyed: other threads may still ask for memory while the process ends.
  static RoomyAllocator *const allocator = new RoomyAllocator;
  c10::SetCPUAllocator(allocator);
}
