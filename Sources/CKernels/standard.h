// What the kernels use of the language's library: included before a file opens its target, so that
// functions of the library are compiled for every processor.

#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <array>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "table.h"
