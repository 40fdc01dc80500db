#include "fused.h"

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>

namespace ctorch::fused {

// MARK: - Contexts

/// Runs tasks on libtorch's threads. libtorch's own loop over elements divides them among its threads,
/// which a program compiled without its OpenMP could not do by itself.
static void run_on_torch_threads(void *, int64_t count, void (*task)(void *, int64_t),
                                 void *argument) {
  at::Tensor indices = at::arange(count, at::kLong);
  at::TensorIterator iterator = at::TensorIteratorConfig()
                                    .add_output(indices)
                                    .resize_outputs(false)
                                    .check_all_same_dtype(false)
                                    .declare_static_dtype(at::kLong)
                                    .build();
  iterator.for_each(
      [&](char **data, const int64_t *strides, int64_t size) {
        for (int64_t index = 0; index < size; ++index) {
          task(argument, *reinterpret_cast<int64_t *>(data[0] + index * strides[0]));
        }
      },
      1);
}

static_assert(static_cast<int>(CT_PORTABLE) == CK_PORTABLE && static_cast<int>(CT_AVX2) == CK_AVX2 &&
              static_cast<int>(CT_AVX512) == CK_AVX512);

ck_context context_for(const at::Tensor &maps, ct_instructions instructions) {
  TORCH_CHECK(instructions <= ct_best_instructions(),
              "this processor does not have the instructions that the kernels were to use");
  const ck_element element = maps.scalar_type() == at::kDouble ? CK_FLOAT64 : CK_FLOAT32;
  return {static_cast<ck_instructions>(instructions), element,
          std::clamp<int64_t>(maps.size(0), 1, at::get_num_threads()), run_on_torch_threads,
          nullptr, false};
}

ck_context for_images(ck_context context) {
  context.tasks = 1;
  context.run = nullptr;
  context.maps_are_cached = true;
  return context;
}

// MARK: - Maps

ck_maps maps_of(const at::Tensor &maps, int64_t channel) {
  char *const data = static_cast<char *>(maps.data_ptr());
  return {data + channel * maps.element_size(), maps.size(1)};
}

ck_shape shape_of(const at::Tensor &maps) { return {maps.size(0), maps.size(2), maps.size(3)}; }

ck_maps image_of(ck_maps maps, ck_shape shape, const ck_context &context, int64_t image) {
  if (maps.data == nullptr) return maps;
  const int64_t size = context.element == CK_FLOAT64 ? 8 : 4;
  const int64_t offset = image * shape.height * shape.width * maps.stride * size;
  return {static_cast<char *>(maps.data) + offset, maps.stride};
}

at::Tensor make_maps(const at::Tensor &like, ck_shape shape, int64_t channels) {
  return at::empty({shape.images, channels, shape.height, shape.width},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

at::Tensor checked_input(const at::Tensor &input) {
  TORCH_CHECK(input.dim() == 4 && input.size(2) > 0 && input.size(3) > 0,
              "fused layers take [N, C, H, W], not ", input.sizes());
  TORCH_CHECK(input.is_cpu() &&
                  (input.scalar_type() == at::kFloat || input.scalar_type() == at::kDouble),
              "fused layers take float32 or float64 on the CPU");
  return input.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor dense(const at::Tensor &weight) {
  return weight.is_non_overlapping_and_dense() ? weight : weight.contiguous();
}

static thread_local at::Tensor kept_workspace;

void *workspace(int64_t bytes) {
  if (!kept_workspace.defined() || kept_workspace.numel() < bytes) {
    kept_workspace = at::Tensor();  // before the next is there
    kept_workspace = at::empty({bytes}, at::kByte);
  }
  return kept_workspace.data_ptr();
}

void release_workspace() { kept_workspace = at::Tensor(); }

void convolve(const ck_context &context, const ck_convolution &convolution, ck_maps output,
              ck_maps residual, ck_sums sums, bool rectified_sums, const ck_norm *result_norm) {
  const int64_t packed_bytes = (ck_packed_bytes(&context, &convolution) + 63) / 64 * 64;
  char *const packed = static_cast<char *>(
      workspace(packed_bytes + ck_convolution_forward_workspace(&context, &convolution)));
  ck_pack_weights(&context, &convolution, packed);
  ck_convolution_forward(&context, &convolution, packed, output, residual, sums, rectified_sums,
                         result_norm, packed + packed_bytes);
}

ck_convolution convolution_of(const at::Tensor &weight, ck_shape shape, ck_maps input,
                              int64_t inputs, ck_norm norm, const at::Tensor &like) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(1) == inputs && weight.size(2) == weight.size(3) &&
                  (weight.size(2) == 1 || weight.size(2) == 3),
              "a fused convolution of ", inputs, " channels takes a weight [O, ", inputs,
              ", 1, 1] or [O, ", inputs, ", 3, 3], not ", weight.sizes());
  TORCH_CHECK(weight.is_cpu() && weight.scalar_type() == like.scalar_type(),
              "a fused convolution takes a weight of its input's type");
  TORCH_CHECK(weight.stride(2) == weight.size(3) * weight.stride(3) || weight.size(2) == 1,
              "a fused convolution takes a weight whose kernels' rows lie one behind the other");
  return {shape,
          weight.size(2),
          inputs,
          weight.size(0),
          weight.data_ptr(),
          weight.stride(0),
          weight.stride(1),
          weight.stride(3),
          input,
          norm};
}

// MARK: - Batch norm

static std::vector<double> numbers_of(const at::Tensor &tensor, size_t count) {
  TORCH_CHECK(tensor.dim() == 1 && static_cast<size_t>(tensor.size(0)) == count,
              "a batch norm of ", count, " channels takes [", count, "], not ", tensor.sizes());
  const at::Tensor wide = tensor.detach().to(at::kDouble).contiguous();
  const double *data = wide.data_ptr<double>();
  return std::vector<double>(data, data + count);
}

static at::Tensor tensor_of_numbers(const std::vector<double> &numbers, const at::Tensor &like) {
  at::Tensor wide = at::empty({static_cast<int64_t>(numbers.size())}, at::kDouble);
  std::copy(numbers.begin(), numbers.end(), wide.data_ptr<double>());
  return wide.to(like.scalar_type());
}

NormNumbers::NormNumbers(const at::Tensor &weight_tensor, const at::Tensor &bias,
                         const Statistics &statistics, int64_t channels, double epsilon)
    : weight(numbers_of(weight_tensor, static_cast<size_t>(channels))),
      shift(numbers_of(bias, weight.size())),
      mean(statistics.mean.begin(), statistics.mean.begin() + channels) {
  scale.resize(weight.size());
  inverse_deviation.resize(weight.size());
  for (size_t channel = 0; channel < weight.size(); ++channel) {
    inverse_deviation[channel] = 1 / std::sqrt(statistics.variance[channel] + epsilon);
    scale[channel] = weight[channel] * inverse_deviation[channel];
    shift[channel] -= mean[channel] * scale[channel];
  }
}

NormNumbers running_numbers(const ct_norm &norm, int64_t channels, double epsilon) {
  Statistics statistics(channels);
  statistics.mean = numbers_of(tensor_of(norm.running_mean), static_cast<size_t>(channels));
  statistics.variance = numbers_of(tensor_of(norm.running_variance), static_cast<size_t>(channels));
  return NormNumbers(tensor_of(norm.weight), tensor_of(norm.bias), statistics, channels, epsilon);
}

void add_up(const ct_statistics_sum &sum, std::vector<double> &values) {
  if (sum.add == nullptr) return;
  TORCH_CHECK(sum.add(sum.context, values.data(), static_cast<int64_t>(values.size())),
              "a batch norm's sums over the processes failed");
}

void Statistics::finish(int64_t channel, int64_t channels, double values,
                        const ct_statistics_sum &sum) {
  const auto first = mean.begin() + channel, second = variance.begin() + channel;
  std::vector<double> sums(first, first + channels);
  sums.insert(sums.end(), second, second + channels);
  sums.push_back(values);
  add_up(sum, sums);
  std::copy(sums.begin(), sums.begin() + channels, first);
  std::copy(sums.begin() + channels, sums.end() - 1, second);
  count = sums.back();
  for (int64_t index = channel; index < channel + channels; ++index) {
    mean[index] /= count;
    variance[index] = variance[index] / count - mean[index] * mean[index];
    // Not max(): what is no number stays none.
    if (variance[index] < 0) variance[index] = 0;
  }
}

Statistics statistics_of(const ck_context &context, const at::Tensor &maps,
                         const ct_statistics_sum &sum) {
  Statistics statistics(maps.size(1));
  ck_maps_sums(&context, shape_of(maps), maps.size(1), maps_of(maps), false, statistics.sums(),
               workspace(ck_sums_workspace(&context, maps.size(1))));
  statistics.finish(0, maps.size(1), value_count(shape_of(maps)), sum);
  return statistics;
}

template <typename T>
static void move(const at::Tensor &running, const double *batch, double factor, double momentum) {
  T *values = running.data_ptr<T>();
  for (int64_t channel = 0; channel < running.numel(); ++channel) {
    values[channel] = static_cast<T>((1 - momentum) * static_cast<double>(values[channel]) +
                                     momentum * factor * batch[channel]);
  }
}

void check_running(const ct_norm &norm, int64_t channels, double count) {
  TORCH_CHECK(count > 1, "Expected more than 1 value per channel when training");
  for (const ct_tensor handle : {norm.running_mean, norm.running_variance}) {
    const at::Tensor &running = tensor_of(handle);
    TORCH_CHECK(running.dim() == 1 && running.size(0) == channels, "a batch norm of ", channels,
                " channels takes running statistics [", channels, "], not ", running.sizes());
    TORCH_CHECK(running.is_contiguous() && running.is_cpu() && running.is_floating_point(),
                "running statistics lie in one piece, as numbers on the CPU");
  }
}

void move_running(const ct_norm &norm, const Statistics &statistics, double momentum) {
  const auto move_one = [&](ct_tensor handle, const double *batch, double factor) {
    const at::Tensor &running = tensor_of(handle);
    if (running.scalar_type() == at::kDouble) {
      move<double>(running, batch, factor, momentum);
    } else {
      move<float>(running, batch, factor, momentum);
    }
  };
  move_one(norm.running_mean, statistics.mean.data(), 1);
  move_one(norm.running_variance, statistics.variance.data(),
           statistics.count / (statistics.count - 1));
}

NormGradient norm_gradient(const NormNumbers &numbers, std::vector<double> first,
                           std::vector<double> second, double count, const at::Tensor &like,
                           const ct_statistics_sum &sum) {
  const size_t channels = numbers.weight.size();
  NormGradient result;
  // The parameters' gradients are those of this process's images, as every gradient is.
  std::vector<double> of_weight(channels);
  for (size_t channel = 0; channel < channels; ++channel) {
    of_weight[channel] = second[channel] * numbers.inverse_deviation[channel];
  }
  result.weight = tensor_of_numbers(of_weight, like);
  result.bias = tensor_of_numbers(first, like);
  if (sum.add != nullptr) {
    first.insert(first.end(), second.begin(), second.end());
    add_up(sum, first);
    std::copy(first.begin() + static_cast<std::ptrdiff_t>(channels), first.end(), second.begin());
  }
  result.slope.resize(channels);
  result.constant.resize(channels);
  for (size_t channel = 0; channel < channels; ++channel) {
    const double inverse_deviation = numbers.inverse_deviation[channel];
    result.slope[channel] =
        -numbers.scale[channel] * inverse_deviation * (second[channel] * inverse_deviation) / count;
    result.constant[channel] = -numbers.scale[channel] * first[channel] / count -
                               result.slope[channel] * numbers.mean[channel];
  }
  return result;
}

at::Tensor saved_numbers(const Statistics &statistics) {
  const int64_t channels = static_cast<int64_t>(statistics.mean.size());
  at::Tensor saved = at::empty({2 * channels + 1}, at::kDouble);
  double *data = saved.data_ptr<double>();
  data = std::copy(statistics.mean.begin(), statistics.mean.end(), data);
  data = std::copy(statistics.variance.begin(), statistics.variance.end(), data);
  *data = statistics.count;
  return saved;
}

Statistics restored_numbers(const at::Tensor &saved) {
  const int64_t channels = saved.size(0) / 2;
  Statistics statistics(channels);
  const double *data = saved.data_ptr<double>();
  std::copy(data, data + channels, statistics.mean.begin());
  std::copy(data + channels, data + 2 * channels, statistics.variance.begin());
  statistics.count = data[2 * channels];
  return statistics;
}

}  // namespace ctorch::fused

ct_instructions ct_best_instructions(void) {
  return static_cast<ct_instructions>(ck_best_instructions());
}
