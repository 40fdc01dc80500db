#include "precision.h"
#include "ct_precision.h"
#include "handles.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>

namespace ctorch {

bool is_bfloat16_enabled() { return at::autocast::is_autocast_enabled(at::kCPU); }

at::Tensor lowered(const at::Tensor &tensor) {
  if (!is_bfloat16_enabled() || tensor.scalar_type() != at::kFloat) return tensor;
  return tensor.to(at::kBFloat16);
}

at::Tensor widened(const at::Tensor &tensor) {
  return at::isReducedFloatingType(tensor.scalar_type()) ? tensor.to(at::kFloat) : tensor;
}

}  // namespace ctorch

using namespace ctorch;

bool ct_bfloat16_set_enabled(bool enabled) {
  const bool before = is_bfloat16_enabled();
  if (enabled == before) return before;
  // A tensor's device says which of the two is asked.
  for (at::DeviceType device : {at::kCPU, at::kCUDA}) {
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, enabled);
  }
  // Weights move before it is switched on again.
  if (!enabled) at::autocast::clear_cache();
  return before;
}

ct_status ct_tensor_lowered(ct_tensor tensor, ct_tensor *result) {
  return guarded_tensor(result, [&] { return lowered(tensor_of(tensor)); });
}

ct_status ct_tf32_set_allowed(bool allowed) {
  return guarded([&] {
    at::globalContext().setAllowTF32CuBLAS(allowed);
    at::globalContext().setAllowTF32CuDNN(allowed);
  });
}
