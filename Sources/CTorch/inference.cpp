// What a frozen layer is made of: operations without a backward pass that touch memory once.

#include "ct_operations.h"
#include "handles.h"
#include "precision.h"

#include <ATen/TensorIterator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <optional>
#include <string_view>

using namespace ctorch;

// MARK: - Convolution, bias and ReLU in one, the same way in any batch

using Pointwise = at::Tensor(const at::Tensor &, const at::Tensor &,
                             const std::optional<at::Tensor> &, at::IntArrayRef, at::IntArrayRef,
                             at::IntArrayRef, int64_t, std::string_view,
                             c10::List<std::optional<at::Scalar>>,
                             std::optional<std::string_view>);

/// oneDNN's convolution with what follows each element, which libtorch has for its compiler; nothing
/// where libtorch was built without it or names it otherwise.
static std::optional<c10::TypedOperatorHandle<Pointwise>> find_pointwise_convolution() {
  auto schema = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
  if (!schema || !schema->hasKernelForDispatchKey(c10::DispatchKey::CPU)) return std::nullopt;
  try {
    return schema->typed<Pointwise>();
  } catch (const c10::Error &) {
    return std::nullopt;
  }
}

/// Whether it computes in bfloat16 on this processor: where it cannot, as with AVX2 alone, it says so when it is called.
static bool computes_in_bfloat16(const c10::TypedOperatorHandle<Pointwise> &pointwise) {
  static const bool computes = [&] {
    const at::Tensor one =
        at::zeros({1, 1, 1, 1}, at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
    try {
      pointwise.call(one, one, std::nullopt, {0, 0}, {1, 1}, {1, 1}, 1, "none",
                     c10::List<std::optional<at::Scalar>>(), "");
      return true;
    } catch (const c10::Error &) {
      return false;
    }
  }();
  return computes;
}

static bool is_channels_last(const at::Tensor &values, const at::Tensor &kernels) {
  return values.is_cpu() && kernels.is_cpu() && kernels.scalar_type() == values.scalar_type() &&
         values.dim() == 4 && values.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// Whether the sizes are such that there is a result. The general convolution checks them itself and
/// says what is wrong; oneDNN's trusts them to have been checked.
static bool fits(const at::Tensor &values, const at::Tensor &kernels,
                 const std::optional<at::Tensor> &shift, int64_t stride, int64_t padding) {
  return values.dim() == 4 && kernels.dim() == 4 && values.numel() > 0 && kernels.numel() > 0 &&
         values.size(1) == kernels.size(1) && stride >= 1 && padding >= 0 &&
         values.size(2) + 2 * padding >= kernels.size(2) &&
         values.size(3) + 2 * padding >= kernels.size(3) &&
         (!shift || (shift->dim() == 1 && shift->size(0) == kernels.size(0) && shift->is_cpu() &&
                     shift->scalar_type() == kernels.scalar_type()));
}

ct_status ct_conv2d_inference(ct_tensor input, ct_tensor weight, ct_tensor bias, int64_t stride,
                              int64_t padding, bool relu, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor values = lowered(tensor_of(input)), kernels = lowered(tensor_of(weight));
    std::optional<at::Tensor> shift;
    if (bias.pointer != nullptr) shift = lowered(tensor_of(bias));
    static const auto pointwise = find_pointwise_convolution();
    // The general convolution goes to oneDNN or not by the number of images and of threads, which sum
    // in different orders: an image's result would depend on its batch.
    const at::ScalarType type = values.scalar_type();
    if (pointwise && is_channels_last(values, kernels) &&
        (type == at::kFloat || (type == at::kBFloat16 && computes_in_bfloat16(*pointwise))) &&
        fits(values, kernels, shift, stride, padding)) {
      return pointwise->call(values, kernels, shift, {padding, padding}, {stride, stride}, {1, 1}, 1,
                             relu ? "relu" : "none", c10::List<std::optional<at::Scalar>>(), "");
    }
    at::Tensor sum = at::conv2d(values, kernels, shift, at::IntArrayRef(stride),
                                at::IntArrayRef(padding));
    return relu ? sum.relu_() : sum;
  });
}

// MARK: - Scale, shift and ReLU in one

// The inner loop is compiled for several generations of processors and chosen when the program
// starts, as libtorch does with its own. Not under ThreadSanitizer: what chooses is instrumented too, and
// is called before ThreadSanitizer has started, which ends the program.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_UNDER_THREAD_SANITIZER 1
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(IS_UNDER_THREAD_SANITIZER)
#define FOR_EVERY_PROCESSOR \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EVERY_PROCESSOR
#endif

// Comparisons are such that a NaN stays one. The four cases are loops of their own, so that each
// becomes vector instructions: parameters by element (channels last) or one for all (row-major).
#define DEFINE_SCALE_SHIFT_RELU(Number)                                                          \
  FOR_EVERY_PROCESSOR static void scale_shift_relu_by_element(                                   \
      Number *__restrict output, const Number *__restrict input, const Number *__restrict scale, \
      const Number *__restrict shift, int64_t count, bool relu_first) {                          \
    if (relu_first) {                                                                            \
      for (int64_t index = 0; index < count; ++index) {                                          \
        Number value = input[index] < 0 ? 0 : input[index];                                      \
        output[index] = value * scale[index] + shift[index];                                     \
      }                                                                                          \
    } else {                                                                                     \
      for (int64_t index = 0; index < count; ++index) {                                          \
        Number value = input[index] * scale[index] + shift[index];                               \
        output[index] = value < 0 ? 0 : value;                                                   \
      }                                                                                          \
    }                                                                                            \
  }                                                                                              \
  FOR_EVERY_PROCESSOR static void scale_shift_relu_by_channel(                                   \
      Number *__restrict output, const Number *__restrict input, Number scale, Number shift,     \
      int64_t count, bool relu_first) {                                                          \
    if (relu_first) {                                                                            \
      for (int64_t index = 0; index < count; ++index) {                                          \
        Number value = input[index] < 0 ? 0 : input[index];                                      \
        output[index] = value * scale + shift;                                                   \
      }                                                                                          \
    } else {                                                                                     \
      for (int64_t index = 0; index < count; ++index) {                                          \
        Number value = input[index] * scale + shift;                                             \
        output[index] = value < 0 ? 0 : value;                                                   \
      }                                                                                          \
    }                                                                                            \
  }

DEFINE_SCALE_SHIFT_RELU(float)
DEFINE_SCALE_SHIFT_RELU(double)

/// Walks memory with libtorch's iterator, on libtorch's threads.
template <typename Number>
static void scale_shift_relu(at::TensorIterator &iterator, bool relu_first) {
  constexpr int64_t step = sizeof(Number);
  iterator.for_each([relu_first](char **data, const int64_t *strides, int64_t inner,
                                 int64_t outer) {
    for (int64_t row = 0; row < outer; ++row) {
      auto at = [&](int operand) {
        return reinterpret_cast<Number *>(data[operand] + row * strides[4 + operand]);
      };
      const bool is_dense = strides[0] == step && strides[1] == step;
      if (is_dense && strides[2] == step && strides[3] == step) {
        scale_shift_relu_by_element(at(0), at(1), at(2), at(3), inner, relu_first);
      } else if (is_dense && strides[2] == 0 && strides[3] == 0) {
        scale_shift_relu_by_channel(at(0), at(1), *at(2), *at(3), inner, relu_first);
      } else {
        for (int64_t index = 0; index < inner; ++index) {
          auto place = [&](int operand) {
            return reinterpret_cast<Number *>(reinterpret_cast<char *>(at(operand)) +
                                              index * strides[operand]);
          };
          scale_shift_relu_by_channel(place(0), place(1), *place(2), *place(3), 1, relu_first);
        }
      }
    }
  });
}

ct_status ct_scale_shift_relu(ct_tensor input, ct_tensor scale, ct_tensor shift, bool relu_first,
                              ct_tensor *result) {
  return guarded_tensor(result, [&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor &values = tensor_of(input);
    TORCH_CHECK(values.dim() == 4, "a scale by channel needs [N, C, H, W], not ", values.sizes());
    const int64_t channels = values.size(1);
    const bool is_reduced = at::isReducedFloatingType(values.scalar_type());
    const at::ScalarType widened_type = is_reduced ? at::kFloat : values.scalar_type();
    for (const at::Tensor *each : {&tensor_of(scale), &tensor_of(shift)}) {
      TORCH_CHECK(each->dim() == 1 && each->size(0) == channels, "a parameter of sizes ",
                  each->sizes(), " does not fit ", channels, " channels");
      TORCH_CHECK(each->scalar_type() == widened_type && each->device() == values.device(),
                  "a parameter of another type or device than the values");
    }
    at::Tensor scales = tensor_of(scale).view({1, channels, 1, 1});
    at::Tensor shifts = tensor_of(shift).view({1, channels, 1, 1});
    if (is_reduced) {
      const at::Tensor from = relu_first ? at::relu(values) : values;
      const at::Tensor sum = at::addcmul(shifts, from.to(at::kFloat), scales);
      return (relu_first ? sum : sum.relu()).to(values.scalar_type());
    }
    const bool is_float = values.scalar_type() == at::kFloat;
    if (!values.is_cpu() || !(is_float || values.scalar_type() == at::kDouble)) {
      if (relu_first) return at::addcmul(shifts, at::relu(values), scales);
      return at::addcmul(shifts, values, scales).relu_();
    }
    // A view of some channels is no dense tensor; what is computed from it is to be one.
    at::Tensor output = at::empty(values.sizes(), values.options().memory_format(
        values.stride(1) == 1 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
    at::TensorIterator iterator = at::TensorIteratorConfig()
                                      .add_output(output)
                                      .add_const_input(values)
                                      .add_const_input(scales)
                                      .add_const_input(shifts)
                                      .build();
    if (is_float) {
      scale_shift_relu<float>(iterator, relu_first);
    } else {
      scale_shift_relu<double>(iterator, relu_first);
    }
    return output;
  });
}
