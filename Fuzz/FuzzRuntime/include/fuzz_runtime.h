// What the fuzz targets need of C: libFuzzer's entry, and a count of the memory that an input takes.

#ifndef FUZZ_RUNTIME_H
#define FUZZ_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer's loop with its command line; returns its exit status.
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*run_one)(const uint8_t *data, size_t size));

/// libFuzzer's own mutation of bytes in place; returns their number.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/// Begins to count what this thread allocates; the peak is 0 then.
void fuzz_memory_begin(void);

/// Ends the count. Returns how many bytes were allocated at once at most since it began.
int64_t fuzz_memory_end(void);

#endif
