// Kernels for AVX2 and FMA.

#include "standard.h"

#if defined(__x86_64__)

#define CK_VECTOR_BYTES 32
#define CK_REGISTERS 16

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace ck_avx2 {
#include "all_kernels.h"
}
#pragma clang attribute pop

static const ck_table tables[2] = {ck_avx2::table_of<float>, ck_avx2::table_of<double>};
const ck_table *const ck_avx2_tables = tables;

#else

const ck_table *const ck_avx2_tables = nullptr;

#endif
