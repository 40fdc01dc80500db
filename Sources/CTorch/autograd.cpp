#include "ct_autograd.h"
#include "handles.h"

#include <c10/core/GradMode.h>

using namespace ctorch;

bool ct_gradients_set_enabled(bool enabled) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled);
  return before;
}

bool ct_gradients_enabled(void) { return c10::GradMode::is_enabled(); }

ct_status ct_tensor_requires_gradient(ct_tensor tensor, bool *result) {
  return guarded([&] { *result = tensor_of(tensor).requires_grad(); });
}

ct_status ct_tensor_set_requires_gradient(ct_tensor tensor, bool requires_gradient) {
  return guarded([&] {
    TORCH_CHECK(tensor_of(tensor).is_leaf(), "an operation made the tensor: it is not a leaf");
    tensor_of(tensor).set_requires_grad(requires_gradient);
  });
}

ct_status ct_tensor_detach(ct_tensor tensor, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(tensor).detach(); });
}

ct_status ct_tensor_backward(ct_tensor loss) {
  return guarded([&] { tensor_of(loss).backward(); });
}

ct_status ct_tensor_backward_from(ct_tensor output, ct_tensor gradient) {
  return guarded([&] { tensor_of(output).backward(tensor_of(gradient)); });
}

ct_status ct_tensor_gradient(ct_tensor tensor, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(tensor).grad(); });
}

ct_status ct_tensors_release_gradients(const ct_tensor *tensors, int64_t count) {
  return guarded([&] {
    for (int64_t index = 0; index < count; ++index) {
      tensor_of(tensors[index]).mutable_grad().reset();
    }
  });
}
