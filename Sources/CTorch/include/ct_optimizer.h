#pragma once

#include <stdbool.h>

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How a step of stochastic gradient descent is made.
typedef struct ct_sgd_options {
  double learning_rate;
  double momentum;
  double weight_decay;
  bool nesterov;
  /// Whether the momenta hold nothing yet; then they are made from the gradients.
  bool first_step;
  /// One float32 on the leaves' device that stands in the place of `learning_rate`; null for none.
  ct_tensor learning_rate_tensor;
  /// One float32 on the leaves' device: where it is 1, nothing moves. Null for none.
  ct_tensor skip;
} ct_sgd_options;

/// One step over `count` leaves with libtorch's fused kernel, outside of autograd:
/// g = gradient + weight_decay * p, v = momentum * v + g (v = g in the first step),
/// p -= learning_rate * (nesterov ? g + momentum * v : v).
/// Every leaf has a gradient; momenta have the leaves' sizes and memory orders.
ct_status ct_sgd_step(const ct_tensor *parameters, const ct_tensor *momenta, int64_t count,
                      ct_sgd_options options);

#ifdef __cplusplus
}
#endif
