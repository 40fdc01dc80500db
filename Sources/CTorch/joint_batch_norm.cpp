// Batch norm over the images of several processes, of libtorch's operations, for what is not fused.

#include "joint_batch_norm.h"
#include "communicator.h"
#include "precision.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

namespace {

/// All dimensions but the channels'.
std::vector<int64_t> dimensions_of(const at::Tensor &values) {
  std::vector<int64_t> result = {0};
  for (int64_t dimension = 2; dimension < values.dim(); ++dimension) result.push_back(dimension);
  return result;
}

/// [C] beside [N, C, ...].
at::Tensor by_channel(const at::Tensor &numbers, const at::Tensor &like) {
  std::vector<int64_t> sizes(static_cast<size_t>(like.dim()), 1);
  sizes[1] = numbers.numel();
  return numbers.to(like.scalar_type()).view(sizes);
}

at::Tensor sum_of(const at::Tensor &values) {
  return at::sum(values, dimensions_of(values), false, at::kDouble);
}

void add_up(const ct_statistics_sum &sum, const at::Tensor &numbers) {
  if (numbers.is_cuda()) return ctorch::sum_over(sum.communicator, numbers);
  TORCH_CHECK(sum.add != nullptr, "a batch norm's sums over the processes have no way on the CPU");
  TORCH_CHECK(sum.add(sum.context, numbers.data_ptr<double>(), numbers.numel()),
              "a batch norm's sums over the processes failed");
}

struct JointBatchNorm : torch::autograd::Function<JointBatchNorm> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &weight, const at::Tensor &bias,
                            const at::Tensor *running_mean, const at::Tensor *running_variance,
                            double momentum, double epsilon, const ct_statistics_sum *sum) {
    const int64_t channels = input.size(1);
    const at::Tensor values =
        at::full({1}, static_cast<double>(input.numel() / channels),
                 input.options().dtype(at::kDouble).memory_format(std::nullopt));
    const at::Tensor sums =
        at::cat({sum_of(input), sum_of(input.to(at::kDouble).square()), values});
    add_up(*sum, sums);
    // A tensor, since to read a number of a GPU's is to wait for it.
    const at::Tensor count = sums.narrow(0, 2 * channels, 1);
    TORCH_CHECK(count.is_cuda() || count.item<double>() > 1,
                "batch norm needs more than one value a channel to train");
    const at::Tensor mean = sums.narrow(0, 0, channels) / count;
    const at::Tensor variance =
        (sums.narrow(0, channels, channels) / count - mean.square()).clamp_min(0);
    const at::Tensor inverse_deviation = (variance + epsilon).rsqrt();
    running_mean->mul_(1 - momentum).add_(mean.to(running_mean->scalar_type()), momentum);
    const at::Tensor unbiased = variance * count / (count - 1);
    running_variance->mul_(1 - momentum)
        .add_(unbiased.to(running_variance->scalar_type()), momentum);
    context->save_for_backward({input, weight, mean, inverse_deviation, count});
    context->saved_data["sum"] = reinterpret_cast<int64_t>(sum->add);
    context->saved_data["sum_context"] = reinterpret_cast<int64_t>(sum->context);
    context->saved_data["communicator"] = reinterpret_cast<int64_t>(sum->communicator.pointer);
    return (input - by_channel(mean, input)) * by_channel(inverse_deviation * weight, input) +
           by_channel(bias, input);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &inverse_deviation = saved[3];
    auto &data = context->saved_data;
    const ct_statistics_sum sum = {
        reinterpret_cast<bool (*)(void *, double *, int64_t)>(data["sum"].toInt()),
        reinterpret_cast<void *>(data["sum_context"].toInt()),
        ct_communicator{reinterpret_cast<void *>(data["communicator"].toInt())}};
    const at::Tensor &count = saved[4];
    const int64_t channels = input.size(1);
    const at::Tensor centered = input - by_channel(saved[2], input);
    // The parameters' gradients are those of this process's images, as every gradient is.
    const at::Tensor of_bias = sum_of(gradients[0]);
    const at::Tensor of_weight = sum_of(gradients[0] * centered) * inverse_deviation;
    at::Tensor of_input;
    const at::Tensor sums = at::cat({of_bias, of_weight});
    add_up(sum, sums);
    if (context->needs_input_grad(0)) {
      const at::Tensor slope = inverse_deviation * sums.narrow(0, channels, channels) / count;
      of_input = (gradients[0] - by_channel(sums.narrow(0, 0, channels) / count, input) -
                  centered * by_channel(slope, input)) *
                 by_channel(inverse_deviation * weight, input);
    }
    const at::Tensor none;
    return {of_input, of_weight.to(weight.scalar_type()), of_bias.to(weight.scalar_type()), none,
            none,     none,                               none,                             none};
  }
};

}  // namespace

at::Tensor ctorch::joint_batch_norm(const at::Tensor &input, const at::Tensor &weight,
                                    const at::Tensor &bias, const at::Tensor &running_mean,
                                    const at::Tensor &running_variance, double momentum,
                                    double epsilon, const ct_statistics_sum &sum) {
  return JointBatchNorm::apply(widened(input), weight, bias, &running_mean, &running_variance,
                               momentum, epsilon, &sum)
      .to(input.scalar_type());
}
