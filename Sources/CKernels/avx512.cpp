// Kernels for AVX-512.

#include "standard.h"

#if defined(__x86_64__)

#define CK_VECTOR_BYTES 64
#define CK_REGISTERS 32

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
namespace ck_avx512 {
#include "all_kernels.h"
}
#pragma clang attribute pop

static const ck_table tables[2] = {ck_avx512::table_of<float>, ck_avx512::table_of<double>};
const ck_table *const ck_avx512_tables = tables;

#else

const ck_table *const ck_avx512_tables = nullptr;

#endif
