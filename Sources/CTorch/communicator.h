#pragma once

#include <ATen/core/Tensor.h>

#include "ct_communicator.h"

namespace ctorch {

/// As ct_communicator_sum. Throws where it fails.
void sum_over(ct_communicator communicator, const at::Tensor &numbers);

}  // namespace ctorch
