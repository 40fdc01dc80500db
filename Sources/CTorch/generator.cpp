#include "ct_generator.h"
#include "handles.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

namespace ctorch {

at::Generator &generator_of(ct_generator handle) {
  TORCH_CHECK(handle.pointer != nullptr, "a null generator handle");
  return *static_cast<at::Generator *>(handle.pointer);
}

}  // namespace ctorch

using namespace ctorch;

ct_status ct_generator_new(uint64_t seed, ct_device device, ct_generator *result) {
  return guarded([&] {
    if (device.index >= 0) at::globalContext().lazyInitDevice(at::kCUDA);
    at::Generator generator =
        device.index < 0
            ? at::detail::createCPUGenerator(seed)
            : at::detail::getCUDAHooks().getNewGenerator(device_of(device).index());
    generator.set_current_seed(seed);
    *result = ct_generator{new at::Generator(std::move(generator))};
  });
}

void ct_generator_free(ct_generator generator) {
  delete static_cast<at::Generator *>(generator.pointer);
}

ct_status ct_generator_seed(ct_generator generator, uint64_t seed) {
  return guarded([&] { generator_of(generator).set_current_seed(seed); });
}

ct_status ct_tensor_fill_normal(ct_tensor tensor, double mean, double deviation,
                                ct_generator generator) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    // A fresh row-major tensor, so that the values do not depend on the target's memory order.
    at::Tensor &target = tensor_of(tensor);
    target.copy_(at::empty_like(target, at::MemoryFormat::Contiguous)
                     .normal_(mean, deviation, generator_of(generator)));
  });
}

ct_status ct_tensor_fill_uniform(ct_tensor tensor, double low, double high,
                                 ct_generator generator) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    at::Tensor &target = tensor_of(tensor);
    target.copy_(at::empty_like(target, at::MemoryFormat::Contiguous)
                     .uniform_(low, high, generator_of(generator)));
  });
}
