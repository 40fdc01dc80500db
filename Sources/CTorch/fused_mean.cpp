// The end of a network: batch norm, ReLU and the mean over each image as one operation.

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

#include "fused_function.h"

using namespace ctorch;
using namespace ctorch::fused;

namespace {

/// [N, C] as maps of one pixel.
ck_maps means_of(const at::Tensor &means) { return {means.data_ptr(), means.size(1)}; }

at::Tensor average(const ck_context &context, const at::Tensor &maps, const NormNumbers &numbers) {
  at::Tensor means = at::empty({maps.size(0), maps.size(1)}, maps.options());
  const ck_norm activation = numbers.as(CK_NORM_RELU);
  ck_maps_means(&context, shape_of(maps), maps.size(1), maps_of(maps), &activation,
                means_of(means));
  return means;
}

struct NormReluMean : torch::autograd::Function<NormReluMean> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &norm_weight, const at::Tensor &norm_bias,
                            const ct_norm *norm, const ct_fusion *fusion) {
    const at::Tensor maps = checked_input(input);
    const ck_context kernels = context_for(maps, fusion->instructions);
    const Statistics statistics = statistics_of(kernels, maps, fusion->sum);
    const NormNumbers numbers(norm_weight, norm_bias, statistics, maps.size(1), fusion->epsilon);
    at::Tensor means = average(kernels, maps, numbers);
    check_running(*norm, maps.size(1), statistics.count);
    context->save_for_backward({maps, norm_weight, norm_bias, saved_numbers(statistics)});
    save_fusion(context, *fusion);
    move_running(*norm, statistics, fusion->momentum);
    return means;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &maps = saved[0];
    const ct_fusion fusion = saved_fusion(context);
    const ck_context kernels = context_for(maps, fusion.instructions);
    const Statistics statistics = restored_numbers(saved[3]);
    const NormNumbers numbers(saved[1], saved[2], statistics, maps.size(1), fusion.epsilon);
    const ck_shape shape = shape_of(maps);
    const int64_t channels = maps.size(1);
    const at::Tensor of_means = gradients[0].contiguous();
    const at::Tensor of_maps = at::empty_like(maps);
    const ck_norm activation = numbers.as(CK_NORM_RELU);
    std::vector<double> first(numbers.weight.size()), second(first.size());
    ck_maps_means_backward(&kernels, shape, channels, maps_of(maps), &activation,
                           means_of(of_means), maps_of(of_maps), {first.data(), second.data()},
                           workspace(ck_sums_workspace(&kernels, channels)));
    const NormGradient norm = norm_gradient(numbers, std::move(first), std::move(second), statistics.count,
                                            saved[1], fusion.sum);
    const bool needs_input = context->needs_input_grad(0);
    if (needs_input) {
      const ck_gradient all = {maps_of(of_maps), maps_of(maps), norm.slope.data(),
                               norm.constant.data(), false};
      ck_gradient_settle(&kernels, shape, channels, &all, maps_of(of_maps));
    }
    return {needs_input ? of_maps : at::Tensor(), norm.weight, norm.bias, at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

ct_status ct_norm_relu_mean(ct_tensor input, const ct_norm *norm, const ct_fusion *fusion,
                            ct_tensor *result) {
  return guarded_tensor(result, [&] {
    if (!fusion->training) {
      c10::AutoGradMode without_gradients(false);
      const at::Tensor maps = checked_input(tensor_of(input));
      return average(context_for(maps, fusion->instructions), maps,
                     running_numbers(*norm, maps.size(1), fusion->epsilon));
    }
    return NormReluMean::apply(tensor_of(input), tensor_of(norm->weight), tensor_of(norm->bias),
                               norm, fusion);
  });
}
