// Convolution with a backward pass: libtorch's, and sums of products for maps so small that most of a
// kernel hangs over their edge.

#include "ct_operations.h"
#include "handles.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

using namespace ctorch;

namespace {

/// In one direction: output `to` reads input `from` through the kernel's `tap`.
struct Reach {
  int64_t to, from, tap;
};

std::vector<Reach> reaches(int64_t inputs, int64_t outputs, int64_t kernel, int64_t stride,
                           int64_t padding) {
  std::vector<Reach> result;
  for (int64_t to = 0; to < outputs; ++to) {
    for (int64_t tap = 0; tap < kernel; ++tap) {
      const int64_t from = to * stride + tap - padding;
      if (from >= 0 && from < inputs) result.push_back({to, from, tap});
    }
  }
  return result;
}

int64_t output_size(int64_t size, int64_t kernel, int64_t stride, int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

/// All pixels of one place of a channels-last map as a matrix [N, C], or all weights of one tap as
/// [O, I]: views that matrix products read and write in place.
at::Tensor place(const at::Tensor &maps, int64_t row, int64_t column) {
  return maps.select(3, column).select(2, row);
}

/// sum += a b
void accumulate(const at::Tensor &sum, const at::Tensor &a, const at::Tensor &b) {
  at::Tensor written = sum;
  at::addmm_out(written, sum, a, b);
}

/// A convolution as one product for every place and every tap that reads a pixel of the map. Zeros
/// beyond the edge are never multiplied: with a 3x3 kernel on 2x2 maps those are 20 of 36 products.
struct SmallMapConvolution : torch::autograd::Function<SmallMapConvolution> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &weight, int64_t stride, int64_t padding) {
    context->save_for_backward({input, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    const int64_t kernel = weight.size(2);
    const int64_t height = output_size(input.size(2), kernel, stride, padding);
    const int64_t width = output_size(input.size(3), kernel, stride, padding);
    at::Tensor output = at::empty({input.size(0), weight.size(0), height, width},
                                  input.options().memory_format(at::MemoryFormat::ChannelsLast))
                            .zero_();
    const auto columns = reaches(input.size(3), width, kernel, stride, padding);
    for (const Reach &row : reaches(input.size(2), height, kernel, stride, padding)) {
      for (const Reach &column : columns) {
        accumulate(place(output, row.to, column.to), place(input, row.from, column.from),
                   place(weight, row.tap, column.tap).t());
      }
    }
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const int64_t stride = context->saved_data["stride"].toInt();
    const int64_t padding = context->saved_data["padding"].toInt();
    const at::Tensor gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const bool needs_input = context->needs_input_grad(0);
    const bool needs_weight = context->needs_input_grad(1);
    at::Tensor of_input = needs_input ? at::zeros_like(input) : at::Tensor();
    at::Tensor of_weight = needs_weight ? at::zeros_like(weight) : at::Tensor();
    const int64_t kernel = weight.size(2);
    const auto columns = reaches(input.size(3), gradient.size(3), kernel, stride, padding);
    for (const Reach &row : reaches(input.size(2), gradient.size(2), kernel, stride, padding)) {
      for (const Reach &column : columns) {
        const at::Tensor here = place(gradient, row.to, column.to);
        if (needs_input) {
          accumulate(place(of_input, row.from, column.from), here,
                     place(weight, row.tap, column.tap));
        }
        if (needs_weight) {
          accumulate(place(of_weight, row.tap, column.tap), here.t(),
                     place(input, row.from, column.from));
        }
      }
    }
    return {of_input, of_weight, at::Tensor(), at::Tensor()};
  }
};

/// Whether at least half of the products would be with zeros beyond the edge, of tensors whose places
/// are matrices. On other devices many small products cost more than they save.
bool is_mostly_edge(const at::Tensor &input, const at::Tensor &weight, int64_t stride,
                    int64_t padding) {
  constexpr auto channels_last = at::MemoryFormat::ChannelsLast;
  if (input.dim() != 4 || weight.dim() != 4 || !input.is_cpu() || !weight.is_cpu() ||
      (input.scalar_type() != at::kFloat && input.scalar_type() != at::kDouble) ||
      input.scalar_type() != weight.scalar_type() ||
      input.size(1) != weight.size(1) || weight.size(2) != weight.size(3) || stride < 1 ||
      padding < 0 || input.numel() == 0 || weight.numel() == 0 ||
      !input.is_contiguous(channels_last) || !weight.is_contiguous(channels_last)) {
    return false;
  }
  const int64_t kernel = weight.size(2);
  if (std::min(input.size(2), input.size(3)) + 2 * padding < kernel) return false;
  double used = 1, all = 1;
  for (const int64_t size : {input.size(2), input.size(3)}) {
    const int64_t outputs = output_size(size, kernel, stride, padding);
    // Larger maps are mostly inside; what is counted stays small.
    if (outputs > kernel) return false;
    used *= static_cast<double>(reaches(size, outputs, kernel, stride, padding).size());
    all *= static_cast<double>(outputs * kernel);
  }
  return 2 * used <= all;
}

}  // namespace

ct_status ct_conv2d(ct_tensor input, ct_tensor weight, int64_t stride, int64_t padding,
                    ct_tensor *result) {
  return guarded_tensor(result, [&] {
    const at::Tensor &maps = tensor_of(input), &kernels = tensor_of(weight);
    if (is_mostly_edge(maps, kernels, stride, padding)) {
      return SmallMapConvolution::apply(maps, kernels, stride, padding);
    }
    return at::conv2d(maps, kernels, std::nullopt, at::IntArrayRef(stride),
                      at::IntArrayRef(padding));
  });
}
