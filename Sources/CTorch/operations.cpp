#include "ct_operations.h"
#include "handles.h"
#include "joint_batch_norm.h"
#include "precision.h"

#include <ATen/Context.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/add.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/nll_loss.h>
#include <ATen/ops/relu.h>

#include <limits>
#include <vector>

using namespace ctorch;

ct_status ct_linear(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor *result) {
  return guarded_tensor(
      result, [&] { return at::linear(tensor_of(input), tensor_of(weight), tensor_of(bias)); });
}

ct_status ct_batch_norm(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor running_mean,
                        ct_tensor running_variance, bool training, double momentum, double epsilon,
                        ct_statistics_sum sum, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    const at::Tensor &values = tensor_of(input);
    TORCH_CHECK(values.dim() >= 2, "batch norm needs [N, C, ...], not ", values.sizes());
    if (training && (sum.add != nullptr || sum.communicator.pointer != nullptr)) {
      return joint_batch_norm(values, tensor_of(weight), tensor_of(bias), tensor_of(running_mean),
                              tensor_of(running_variance), momentum, epsilon, sum);
    }
    TORCH_CHECK(!training || values.numel() > values.size(1),
                "batch norm needs more than one value a channel to train, not ", values.sizes());
    return at::batch_norm(values, tensor_of(weight), tensor_of(bias), tensor_of(running_mean),
                          tensor_of(running_variance), training, momentum, epsilon,
                          at::globalContext().userEnabledCuDNN());
  });
}

ct_status ct_relu(ct_tensor input, ct_tensor *result) {
  return guarded_tensor(result, [&] { return at::relu(tensor_of(input)); });
}

ct_status ct_relu_in_place(ct_tensor input, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    at::Tensor values = tensor_of(input);
    return values.relu_();
  });
}

ct_status ct_dropout(ct_tensor input, double probability, ct_generator generator,
                     ct_tensor *result) {
  return guarded_tensor(result, [&] {
    const at::Tensor &values = tensor_of(input);
    TORCH_CHECK(probability >= 0 && probability < 1, "a dropout probability outside of [0, 1): ",
                probability);
    // The scale in float32 at least: in bfloat16 it would be off by up to 0.4 %, for all elements alike.
    const auto type = at::isReducedFloatingType(values.scalar_type()) ? at::kFloat
                                                                     : values.scalar_type();
    at::Tensor scale =
        at::empty_like(values, values.options().dtype(type).requires_grad(false))
            .bernoulli_(1 - probability, generator_of(generator))
            .div_(1 - probability);
    return values.mul(scale).to(values.scalar_type());
  });
}

ct_status ct_average_pool2d(ct_tensor input, int64_t size, ct_tensor *result) {
  return guarded_tensor(result,
                        [&] { return at::avg_pool2d(tensor_of(input), at::IntArrayRef(size)); });
}

ct_status ct_max_pool2d(ct_tensor input, int64_t size, ct_tensor *result) {
  return guarded_tensor(result,
                        [&] { return at::max_pool2d(tensor_of(input), at::IntArrayRef(size)); });
}

ct_status ct_global_average_pool(ct_tensor input, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(input).mean({2, 3}); });
}

ct_status ct_concatenate(const ct_tensor *tensors, int64_t count, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    std::vector<at::Tensor> parts;
    parts.reserve(static_cast<size_t>(count));
    for (int64_t index = 0; index < count; ++index) parts.push_back(tensor_of(tensors[index]));
    return at::cat(parts, 1);
  });
}

ct_status ct_add(ct_tensor left, ct_tensor right, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    TORCH_CHECK(tensor_of(left).sizes() == tensor_of(right).sizes(), "cannot add sizes ",
                tensor_of(left).sizes(), " and ", tensor_of(right).sizes());
    return at::add(tensor_of(left), tensor_of(right));
  });
}

ct_status ct_scale(ct_tensor input, double factor, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(input).mul(factor); });
}

ct_status ct_narrow(ct_tensor input, int64_t dimension, int64_t start, int64_t length,
                    ct_tensor *result) {
  return guarded_tensor(result,
                        [&] { return tensor_of(input).narrow(dimension, start, length); });
}

ct_status ct_add_in_place(ct_tensor left, ct_tensor right, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    TORCH_CHECK(tensor_of(left).sizes() == tensor_of(right).sizes(), "cannot add sizes ",
                tensor_of(left).sizes(), " and ", tensor_of(right).sizes());
    at::Tensor sum = tensor_of(left);
    return sum.add_(tensor_of(right));
  });
}

ct_status ct_flatten(ct_tensor input, ct_tensor *result) {
  return guarded_tensor(result, [&] { return tensor_of(input).flatten(1); });
}

ct_status ct_log_softmax(ct_tensor input, ct_tensor *result) {
  return guarded_tensor(result, [&] { return at::log_softmax(widened(tensor_of(input)), 1); });
}

ct_status ct_nll_loss(ct_tensor log_probabilities, ct_tensor labels, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    // By default libtorch silently leaves out rows with the label -100; here every row counts.
    constexpr int64_t ignored_label = std::numeric_limits<int64_t>::min();
    return at::nll_loss(tensor_of(log_probabilities), tensor_of(labels), /*weight=*/{},
                        at::Reduction::Mean, ignored_label);
  });
}

ct_status ct_error_count(ct_tensor scores, ct_tensor labels, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    const at::Tensor &rows = tensor_of(scores);
    TORCH_CHECK(rows.dim() == 2 && tensor_of(labels).dim() == 1 &&
                    rows.size(0) == tensor_of(labels).size(0),
                "scores ", rows.sizes(), " and labels ", tensor_of(labels).sizes(),
                " do not belong together");
    return rows.argmax(1).ne(tensor_of(labels)).sum();
  });
}
