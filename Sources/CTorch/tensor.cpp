#include "ct_tensor.h"
#include "handles.h"

#include <ATen/ops/all.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/sub.h>
#include <c10/core/GradMode.h>

#include <atomic>
#include <cstring>
#include <limits>

namespace {

std::atomic<int64_t> live_tensor_count{0};

at::IntArrayRef sizes_of(const int64_t *sizes, int64_t rank) {
  return at::IntArrayRef(sizes, static_cast<size_t>(rank));
}

at::TensorOptions options_of(ct_dtype dtype, ct_device device) {
  return at::TensorOptions().dtype(ctorch::scalar_type_of(dtype)).device(ctorch::device_of(device));
}

}  // namespace

namespace ctorch {

ct_tensor handle_of(at::Tensor tensor) {
  if (!tensor.defined()) return ct_tensor{nullptr};
  ct_tensor handle{new at::Tensor(std::move(tensor))};
  live_tensor_count.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

at::ScalarType scalar_type_of(ct_dtype dtype) {
  switch (dtype) {
    case CT_UINT8: return at::kByte;
    case CT_INT64: return at::kLong;
    case CT_FLOAT32: return at::kFloat;
    case CT_FLOAT64: return at::kDouble;
    case CT_BFLOAT16: return at::kBFloat16;
  }
  TORCH_CHECK(false, "an element type outside of ct_dtype: ", static_cast<int>(dtype));
}

at::MemoryFormat memory_format_of(ct_memory_format format) {
  return format == CT_CHANNELS_LAST ? at::MemoryFormat::ChannelsLast
                                    : at::MemoryFormat::Contiguous;
}

at::Device device_of(ct_device device) {
  if (device.index < 0) return at::Device(at::kCPU);
  TORCH_CHECK(device.index <= std::numeric_limits<c10::DeviceIndex>::max(),
              "a number that no CUDA device can have");
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

}  // namespace ctorch

using namespace ctorch;

void ct_tensor_free(ct_tensor tensor) {
  if (tensor.pointer == nullptr) return;
  delete static_cast<at::Tensor *>(tensor.pointer);
  live_tensor_count.fetch_sub(1, std::memory_order_relaxed);
}

int64_t ct_tensor_live_count(void) { return live_tensor_count.load(std::memory_order_relaxed); }

ct_status ct_tensor_empty(const int64_t *sizes, int64_t rank, ct_dtype dtype,
                          ct_memory_format format, ct_device device, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    return at::empty(sizes_of(sizes, rank), options_of(dtype, device), memory_format_of(format));
  });
}

ct_status ct_tensor_full(const int64_t *sizes, int64_t rank, double value, ct_dtype dtype,
                         ct_device device, ct_tensor *result) {
  return guarded_tensor(
      result, [&] { return at::full(sizes_of(sizes, rank), value, options_of(dtype, device)); });
}

ct_status ct_tensor_from_bytes(const void *data, int64_t bytes, const int64_t *sizes, int64_t rank,
                               ct_dtype dtype, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    at::Tensor tensor = at::empty(sizes_of(sizes, rank), options_of(dtype, ct_device{-1}));
    TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "a tensor of sizes ",
                tensor.sizes(), " takes ", tensor.nbytes(), " bytes, not ", bytes);
    if (bytes > 0) std::memcpy(tensor.mutable_data_ptr(), data, static_cast<size_t>(bytes));
    return tensor;
  });
}

ct_status ct_tensor_copy_bytes(ct_tensor tensor, void *data, int64_t bytes) {
  return guarded([&] {
    at::Tensor source = tensor_of(tensor).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(static_cast<int64_t>(source.nbytes()) == bytes, "a tensor of sizes ",
                source.sizes(), " has ", source.nbytes(), " bytes, not ", bytes);
    if (bytes > 0) std::memcpy(data, source.const_data_ptr(), static_cast<size_t>(bytes));
  });
}

ct_status ct_tensor_data(ct_tensor tensor, void **result) {
  return guarded([&] {
    at::Tensor &value = tensor_of(tensor);
    TORCH_CHECK(value.device().is_cpu(), "only a tensor on the CPU has an address in this process");
    TORCH_CHECK(value.is_non_overlapping_and_dense(), "the tensor is not dense in memory");
    *result = value.mutable_data_ptr();
  });
}

ct_status ct_tensor_rank(ct_tensor tensor, int64_t *result) {
  return guarded([&] { *result = tensor_of(tensor).dim(); });
}

ct_status ct_tensor_sizes(ct_tensor tensor, int64_t *result) {
  return guarded([&] {
    at::IntArrayRef sizes = tensor_of(tensor).sizes();
    std::copy(sizes.begin(), sizes.end(), result);
  });
}

ct_status ct_tensor_dtype(ct_tensor tensor, ct_dtype *result) {
  return guarded([&] {
    switch (tensor_of(tensor).scalar_type()) {
      case at::kByte: *result = CT_UINT8; return;
      case at::kLong: *result = CT_INT64; return;
      case at::kFloat: *result = CT_FLOAT32; return;
      case at::kDouble: *result = CT_FLOAT64; return;
      case at::kBFloat16: *result = CT_BFLOAT16; return;
      default:
        TORCH_CHECK(false, "an element type that is not carried over: ",
                    tensor_of(tensor).scalar_type());
    }
  });
}

ct_status ct_tensor_device(ct_tensor tensor, ct_device *result) {
  return guarded([&] {
    at::Device device = tensor_of(tensor).device();
    result->index = device.is_cpu() ? -1 : device.index();
  });
}

ct_status ct_tensor_is_dense(ct_tensor tensor, ct_memory_format format, bool *result) {
  return guarded([&] { *result = tensor_of(tensor).is_contiguous(memory_format_of(format)); });
}

ct_status ct_tensor_to_device(ct_tensor tensor, ct_device device, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(tensor).to(device_of(device)); });
}

ct_status ct_tensor_to_dtype(ct_tensor tensor, ct_dtype dtype, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(tensor).to(scalar_type_of(dtype)); });
}

ct_status ct_tensor_to_format(ct_tensor tensor, ct_memory_format format, ct_tensor *result) {
  return guarded_tensor(result,
                        [&] { return tensor_of(tensor).contiguous(memory_format_of(format)); });
}

ct_status ct_tensor_clone(ct_tensor tensor, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(tensor).clone(); });
}

ct_status ct_tensor_assign(ct_tensor tensor, ct_tensor source) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    TORCH_CHECK(tensor_of(tensor).sizes() == tensor_of(source).sizes(), "sizes ",
                tensor_of(source).sizes(), " do not fit ", tensor_of(tensor).sizes());
    tensor_of(tensor).copy_(tensor_of(source));
  });
}

ct_status ct_tensor_item(ct_tensor tensor, double *result) {
  return guarded([&] { *result = tensor_of(tensor).item().toDouble(); });
}

ct_status ct_tensor_flag_lack_of_finiteness(ct_tensor flag, ct_tensor number) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor &value = tensor_of(number);
    TORCH_CHECK(value.numel() == 1 && tensor_of(flag).numel() == 1, "one number has one flag");
    // Only what is finite is 0 away from itself.
    const at::Tensor lacks = at::sub(value, value).ne(0);
    tensor_of(flag).add_(lacks.view_as(tensor_of(flag))).clamp_max_(1);
  });
}

ct_status ct_tensor_is_finite(ct_tensor tensor, bool *result) {
  return guarded([&] {
    c10::AutoGradMode without_gradients(false);
    *result = at::isfinite(tensor_of(tensor)).all().item<bool>();
  });
}
