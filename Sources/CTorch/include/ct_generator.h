#pragma once

#include <stdint.h>

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An owned generator of random numbers on one device, independent of libtorch's ambient ones.
typedef struct ct_generator {
  void *pointer;
} ct_generator;

/// A new generator on the device that starts from `seed`.
ct_status ct_generator_new(uint64_t seed, ct_device device, ct_generator *result);

void ct_generator_free(ct_generator generator);

/// Starts the generator's sequence anew from `seed`.
ct_status ct_generator_seed(ct_generator generator, uint64_t seed);

/// Overwrites the elements, outside of autograd, with normal deviates, in row-major order.
ct_status ct_tensor_fill_normal(ct_tensor tensor, double mean, double deviation,
                                ct_generator generator);

/// Overwrites the elements, outside of autograd, with uniform deviates in [low, high).
ct_status ct_tensor_fill_uniform(ct_tensor tensor, double low, double high,
                                 ct_generator generator);

#ifdef __cplusplus
}
#endif
