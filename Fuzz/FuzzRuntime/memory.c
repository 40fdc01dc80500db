// Counts memory by standing in for malloc and its kin, which glibc allows a program to do: libFuzzer's
// own -malloc_limit_mb needs AddressSanitizer, and sees single requests only.

#include "fuzz_runtime.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static _Thread_local bool counts __attribute__((tls_model("initial-exec")));
static _Thread_local int64_t now __attribute__((tls_model("initial-exec")));
static _Thread_local int64_t peak __attribute__((tls_model("initial-exec")));

static void *taken(void *memory) {
  if (counts && memory) {
    now += (int64_t)malloc_usable_size(memory);
    if (now > peak) peak = now;
  }
  return memory;
}

static void given_back(void *memory) {
  if (counts && memory) now -= (int64_t)malloc_usable_size(memory);
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }

void *realloc(void *memory, size_t size) {
  int64_t before = counts && memory ? (int64_t)malloc_usable_size(memory) : 0;
  void *moved = __libc_realloc(memory, size);
  if (moved || size == 0) now -= before;
  return taken(moved);
}

void *memalign(size_t alignment, size_t size) {
  return taken(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *made = memalign(alignment, size);
  if (!made) return ENOMEM;
  *memory = made;
  return 0;
}

void free(void *memory) {
  given_back(memory);
  __libc_free(memory);
}

void fuzz_memory_begin(void) {
  now = 0;
  peak = 0;
  counts = true;
}

int64_t fuzz_memory_end(void) {
  counts = false;
  return peak;
}
