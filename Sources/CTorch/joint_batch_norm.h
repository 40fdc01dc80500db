#pragma once

#include <ATen/core/Tensor.h>

#include "ct_reduction.h"

namespace ctorch {

/// Batch norm in training, [N, C, ...], with the statistics of the images of all processes.
at::Tensor joint_batch_norm(const at::Tensor &input, const at::Tensor &weight,
                            const at::Tensor &bias, const at::Tensor &running_mean,
                            const at::Tensor &running_variance, double momentum, double epsilon,
                            const ct_statistics_sum &sum);

}  // namespace ctorch
