// Copies between memory that a device reaches by itself ("pinned") and its own: no processor waits for them.

#include "ct_transfer.h"
#include "handles.h"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstring>
#include <memory>

using namespace ctorch;

namespace {

struct Number {
  at::Tensor value;
  c10::Event arrival{at::kCUDA};
};

at::Tensor pinned(at::IntArrayRef sizes, at::ScalarType type) {
  return at::empty(sizes, at::TensorOptions().dtype(type).pinned_memory(true));
}

}  // namespace

ct_status ct_number_begin(ct_tensor tensor, ct_number *result) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor &value = tensor_of(tensor);
    TORCH_CHECK(value.is_cuda() && value.numel() == 1, "one element of a CUDA device is a number");
    auto number = std::make_unique<Number>();
    number->value = pinned(value.sizes(), value.scalar_type());
    number->value.copy_(value, /*non_blocking=*/true);
    const c10::impl::VirtualGuardImpl devices(at::kCUDA);
    number->arrival.record(devices.getStream(value.device()));
    *result = ct_number{number.release()};
  });
}

ct_status ct_number_wait(ct_number number, double *result) {
  return guarded([&] {
    TORCH_CHECK(number.pointer != nullptr, "a null number");
    const auto &coming = *static_cast<Number *>(number.pointer);
    coming.arrival.synchronize();
    *result = coming.value.item().toDouble();
  });
}

void ct_number_free(ct_number number) { delete static_cast<Number *>(number.pointer); }

ct_status ct_tensor_assign_floats(ct_tensor tensor, const float *numbers, int64_t count) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor &target = tensor_of(tensor);
    TORCH_CHECK(target.dim() == 1 && target.size(0) == count && target.scalar_type() == at::kFloat,
                count, " numbers for a tensor of sizes ", target.sizes());
    at::Tensor source = target.is_cuda() ? pinned({count}, at::kFloat)
                                         : at::empty({count}, target.options());
    std::memcpy(source.data_ptr<float>(), numbers, static_cast<size_t>(count) * sizeof(float));
    target.copy_(source, /*non_blocking=*/true);
  });
}

ct_status ct_tensor_send(ct_tensor tensor, ct_device device, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor &source = tensor_of(tensor);
    const at::Device place = device_of(device);
    if (!source.is_cpu() || !place.is_cuda()) return source.to(place);
    at::Tensor outgoing = at::empty(source.sizes(), source.options().pinned_memory(true),
                                    source.suggest_memory_format());
    return outgoing.copy_(source).to(place, /*non_blocking=*/true);
  });
}
