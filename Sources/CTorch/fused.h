// What the fused operations share: the way from tensors to the plain memory of the kernels, libtorch's
// threads as their pool, and batch norm's arithmetic between two kernels.

#pragma once

#include <ATen/core/Tensor.h>
#include <ck_kernels.h>

#include <vector>

#include "ct_fused.h"
#include "handles.h"

namespace ctorch::fused {

/// A kernel's context: libtorch's threads, and as many tasks as there are, or images if those are fewer.
ck_context context_for(const at::Tensor &maps, ct_instructions instructions);

/// The same on the calling thread alone, for a few images whose maps a core's own cache holds.
ck_context for_images(ck_context context);

/// The maps in memory, of channels from `channel`.
ck_maps maps_of(const at::Tensor &maps, int64_t channel = 0);

ck_shape shape_of(const at::Tensor &maps);

/// The values of a channel.
inline double value_count(ck_shape shape) {
  return static_cast<double>(shape.images * shape.height * shape.width);
}

/// The maps of one image.
ck_maps image_of(ck_maps maps, ck_shape shape, const ck_context &context, int64_t image);

/// An uninitialised [N, C, H, W], channels last, of the type of another.
at::Tensor make_maps(const at::Tensor &like, ck_shape shape, int64_t channels);

/// Checks that an input is what the kernels take, and brings it to channels last.
at::Tensor checked_input(const at::Tensor &input);

/// The weight, or a copy of it where it is a view that leaves something of its tensor out: what is allocated
/// like it has its steps.
at::Tensor dense(const at::Tensor &weight);

/// Memory for kernels to work in, until the thread's next call. Each thread keeps it from one kernel to the
/// next: what comes and goes among maps that stay leaves holes in memory that nothing fits.
void *workspace(int64_t bytes);

/// Gives the calling thread's workspace back.
void release_workspace();

/// A convolution of `input` with `weight` behind `norm`. Throws where the sizes do not fit.
ck_convolution convolution_of(const at::Tensor &weight, ck_shape shape, ck_maps input,
                              int64_t inputs, ck_norm norm, const at::Tensor &like);

/// Packs the weights of a convolution and runs it forward.
void convolve(const ck_context &context, const ck_convolution &convolution, ck_maps output,
              ck_maps residual, ck_sums sums, bool rectified_sums, const ck_norm *result_norm);

/// Makes numbers their sums over all processes, where there are several.
void add_up(const ct_statistics_sum &sum, std::vector<double> &values);

/// Mean and variance of each channel.
struct Statistics {
  std::vector<double> mean, variance;
  double count = 0;  // of the values of a channel that they are made of

  explicit Statistics(int64_t channels)
      : mean(static_cast<size_t>(channels)), variance(static_cast<size_t>(channels)) {}

  /// Where a kernel writes its sums of channels from `channel`, before `finish`.
  ck_sums sums(int64_t channel = 0) { return {mean.data() + channel, variance.data() + channel}; }

  /// Turns the sums of `count` values of `channels` channels, and of those of the other processes, into mean and
  /// variance.
  void finish(int64_t channel, int64_t channels, double count, const ct_statistics_sum &sum);
};

/// A batch norm's numbers of each channel in one pass through the network.
struct NormNumbers {
  std::vector<double> weight, scale, shift, mean, inverse_deviation;

  /// From the statistics of the first `channels` channels of a batch. Throws where the norm has others.
  NormNumbers(const at::Tensor &weight, const at::Tensor &bias, const Statistics &statistics,
              int64_t channels, double epsilon);

  int64_t channels() const { return static_cast<int64_t>(weight.size()); }
  ck_norm as(ck_activation activation) const {
    return {activation, scale.data(), shift.data(), mean.data()};
  }
};

/// A batch norm's numbers from its running statistics. Throws where it has not `channels` channels.
NormNumbers running_numbers(const ct_norm &norm, int64_t channels, double epsilon);

/// The statistics of maps as a batch.
Statistics statistics_of(const ck_context &context, const at::Tensor &maps,
                         const ct_statistics_sum &sum);

/// Checks that there is a variance of `count` values, and that running statistics can be moved.
void check_running(const ct_norm &norm, int64_t channels, double count);

/// Moves running statistics that have been checked towards those of a batch: at
/// the end of an operation, so that one that fails leaves them as they were.
void move_running(const ct_norm &norm, const Statistics &statistics, double momentum);

/// What a norm's backward pass leaves to be added to the gradient of its input, for each channel, and the
/// gradients of its weight and bias.
struct NormGradient {
  at::Tensor weight, bias;
  std::vector<double> slope, constant;
};

/// - first, second: the sums of a backward kernel.
/// - count: of the values that the statistics were made of, here and elsewhere.
NormGradient norm_gradient(const NormNumbers &numbers, std::vector<double> first,
                           std::vector<double> second, double count, const at::Tensor &like,
                           const ct_statistics_sum &sum);

/// Doubles as a tensor, to be saved for the backward pass, and back.
at::Tensor saved_numbers(const Statistics &statistics);
Statistics restored_numbers(const at::Tensor &saved);

}  // namespace ctorch::fused
