// Kernels for what every processor of the architecture has: SSE2 on x86-64, NEON on arm64.

#include "standard.h"

#define CK_VECTOR_BYTES 16
#if defined(__aarch64__)
#define CK_REGISTERS 32
#else
#define CK_REGISTERS 16
#endif

namespace ck_portable {
#include "all_kernels.h"
}

const ck_table ck_portable_tables[2] = {ck_portable::table_of<float>,
                                        ck_portable::table_of<double>};
