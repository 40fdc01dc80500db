// A convolution with the batch norm and ReLU before or behind it as one operation.

#include <ATen/ops/empty_like.h>

#include "fused_function.h"

using namespace ctorch;
using namespace ctorch::fused;

namespace {

/// Convolves maps, and sums the result up or normalises it where asked.
at::Tensor convolve(const ck_context &context, const at::Tensor &input, ck_norm norm,
                    const at::Tensor &weight, const at::Tensor &residual, ck_sums sums,
                    const ck_norm *result_norm) {
  const ck_convolution convolution = convolution_of(weight, shape_of(input), maps_of(input),
                                                    input.size(1), norm, input);
  at::Tensor output = make_maps(input, shape_of(input), weight.size(0));
  ck_maps added = {nullptr, 0};
  if (residual.defined()) {
    TORCH_CHECK(residual.sizes() == output.sizes(), "a residual of ", residual.sizes(), " for ",
                output.sizes());
    TORCH_CHECK(residual.is_cpu() && residual.scalar_type() == output.scalar_type(),
                "a residual of another type or device than the input's");
    added = maps_of(residual);
  }
  fused::convolve(context, convolution, maps_of(output), added, sums, false, result_norm);
  return output;
}

/// The gradients of a convolution's weight and input, whose sums are written where asked.
struct ConvolutionGradient {
  at::Tensor weight, input;
};

ConvolutionGradient convolve_backward(const ck_context &context, const at::Tensor &input,
                                      ck_norm norm, const at::Tensor &kernels,
                                      const ck_gradient &output, bool needs_input, ck_sums sums) {
  const at::Tensor weight = dense(kernels);
  const ck_convolution convolution = convolution_of(weight, shape_of(input), maps_of(input),
                                                    input.size(1), norm, input);
  ConvolutionGradient result;
  result.weight = at::empty_like(weight.detach());
  if (needs_input) result.input = at::empty_like(input);
  ck_convolution_backward(&context, &convolution, &output,
                          result.weight.data_ptr(),
                          needs_input ? maps_of(result.input) : ck_maps{nullptr, 0}, 0, false,
                          sums,
                          workspace(ck_convolution_backward_workspace(&context, &convolution)));
  return result;
}

at::Tensor with_channels_last(const at::Tensor &maps) {
  return maps.contiguous(at::MemoryFormat::ChannelsLast);
}

// MARK: - Norm, ReLU, convolution

struct NormReluConvolution : torch::autograd::Function<NormReluConvolution> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &norm_weight, const at::Tensor &norm_bias,
                            const at::Tensor &weight, const std::optional<at::Tensor> &residual,
                            const ct_norm *norm, const ct_fusion *fusion) {
    const at::Tensor maps = checked_input(input);
    const ck_context kernels = context_for(maps, fusion->instructions);
    const Statistics statistics = statistics_of(kernels, maps, fusion->sum);
    const NormNumbers numbers(norm_weight, norm_bias, statistics, maps.size(1), fusion->epsilon);
    check_running(*norm, maps.size(1), statistics.count);
    at::Tensor result = convolve(kernels, maps, numbers.as(CK_NORM_RELU), weight,
                                 residual ? with_channels_last(*residual) : at::Tensor(),
                                 {nullptr, nullptr}, nullptr);
    context->save_for_backward(
        {maps, norm_weight, norm_bias, weight, saved_numbers(statistics)});
    save_fusion(context, *fusion);
    context->saved_data["residual"] = residual.has_value();
    move_running(*norm, statistics, fusion->momentum);
    return result;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &maps = saved[0], &weight = saved[3];
    const ct_fusion fusion = saved_fusion(context);
    const ck_context kernels = context_for(maps, fusion.instructions);
    const Statistics statistics = restored_numbers(saved[4]);
    const NormNumbers numbers(saved[1], saved[2], statistics, saved[1].numel(), fusion.epsilon);
    const at::Tensor output = with_channels_last(gradients[0]);
    std::vector<double> first(numbers.weight.size()), second(first.size());
    const bool needs_input = context->needs_input_grad(0);
    const ConvolutionGradient result = convolve_backward(
        kernels, maps, numbers.as(CK_NORM_RELU), weight,
        {maps_of(output), {nullptr, 0}, nullptr, nullptr, false}, needs_input,
        {first.data(), second.data()});
    const NormGradient norm =
        norm_gradient(numbers, std::move(first), std::move(second), statistics.count, weight, fusion.sum);
    if (needs_input) {
      const ck_gradient all = {maps_of(result.input), maps_of(maps), norm.slope.data(),
                               norm.constant.data(), false};
      ck_gradient_settle(&kernels, shape_of(maps), maps.size(1), &all, maps_of(result.input));
    }
    const bool has_residual = context->saved_data["residual"].toBool();
    return {result.input,
            norm.weight,
            norm.bias,
            result.weight,
            has_residual ? gradients[0] : at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

// MARK: - Convolution, norm, ReLU

struct ConvolutionNormRelu : torch::autograd::Function<ConvolutionNormRelu> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &norm_weight, const at::Tensor &norm_bias,
                            const at::Tensor &weight, const ct_norm *norm,
                            const ct_fusion *fusion) {
    const at::Tensor maps = checked_input(input);
    const ck_context kernels = context_for(maps, fusion->instructions);
    Statistics statistics(weight.size(0));
    const at::Tensor middle =
        convolve(kernels, maps, {CK_IDENTITY, nullptr, nullptr, nullptr}, weight, at::Tensor(),
                 statistics.sums(), nullptr);
    statistics.finish(0, weight.size(0), value_count(shape_of(maps)), fusion->sum);
    check_running(*norm, weight.size(0), statistics.count);
    const NormNumbers numbers(norm_weight, norm_bias, statistics, weight.size(0), fusion->epsilon);
    context->save_for_backward(
        {maps, norm_weight, norm_bias, weight, saved_numbers(statistics), middle});
    save_fusion(context, *fusion);
    at::Tensor result = at::empty_like(middle);
    const ck_norm activation = numbers.as(CK_NORM_RELU);
    ck_maps_activate(&kernels, shape_of(maps), weight.size(0), maps_of(middle), &activation,
                     maps_of(result));
    move_running(*norm, statistics, fusion->momentum);
    return result;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &maps = saved[0], &weight = saved[3], &middle = saved[5];
    const ct_fusion fusion = saved_fusion(context);
    const ck_context kernels = context_for(maps, fusion.instructions);
    const Statistics statistics = restored_numbers(saved[4]);
    const NormNumbers numbers(saved[1], saved[2], statistics, saved[1].numel(), fusion.epsilon);
    const at::Tensor output = with_channels_last(gradients[0]);
    const at::Tensor of_middle = at::empty_like(middle);
    std::vector<double> first(numbers.weight.size()), second(first.size());
    const ck_norm activation = numbers.as(CK_NORM_RELU);
    ck_maps_activate_backward(&kernels, shape_of(maps), weight.size(0), maps_of(middle),
                              &activation, maps_of(output), maps_of(of_middle),
                              {first.data(), second.data()},
                              workspace(ck_sums_workspace(&kernels, weight.size(0))));
    const NormGradient norm =
        norm_gradient(numbers, std::move(first), std::move(second), statistics.count, weight, fusion.sum);
    const ConvolutionGradient result = convolve_backward(
        kernels, maps, {CK_IDENTITY, nullptr, nullptr, nullptr}, weight,
        {maps_of(of_middle), maps_of(middle), norm.slope.data(), norm.constant.data(), false},
        context->needs_input_grad(0), {nullptr, nullptr});
    return {result.input, norm.weight, norm.bias, result.weight, at::Tensor(), at::Tensor()};
  }
};

// MARK: - Inference

at::Tensor infer_norm_relu_convolution(const at::Tensor &maps, const ct_normed_convolution &layer,
                                       const at::Tensor &residual, const ct_fusion &fusion) {
  const NormNumbers numbers = running_numbers(layer.norm, maps.size(1), fusion.epsilon);
  return convolve(context_for(maps, fusion.instructions), maps, numbers.as(CK_NORM_RELU),
                  tensor_of(layer.weight), residual, {nullptr, nullptr}, nullptr);
}

at::Tensor infer_convolution_norm_relu(const at::Tensor &maps, const ct_normed_convolution &layer,
                                       const ct_fusion &fusion) {
  const at::Tensor &weight = tensor_of(layer.weight);
  const NormNumbers numbers = running_numbers(layer.norm, weight.size(0), fusion.epsilon);
  const ck_norm result_norm = numbers.as(CK_NORM_RELU);
  return convolve(context_for(maps, fusion.instructions), maps,
                  {CK_IDENTITY, nullptr, nullptr, nullptr}, weight, at::Tensor(),
                  {nullptr, nullptr}, &result_norm);
}

}  // namespace

ct_status ct_norm_relu_conv2d(ct_tensor input, const ct_normed_convolution *layer,
                              ct_tensor residual, const ct_fusion *fusion, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    std::optional<at::Tensor> added;
    if (residual.pointer != nullptr) added = tensor_of(residual);
    if (!fusion->training) {
      c10::AutoGradMode without_gradients(false);
      return infer_norm_relu_convolution(checked_input(tensor_of(input)), *layer,
                                         added ? with_channels_last(*added) : at::Tensor(),
                                         *fusion);
    }
    const ct_norm *const norm = &layer->norm;
    return NormReluConvolution::apply(tensor_of(input), tensor_of(layer->norm.weight),
                                      tensor_of(layer->norm.bias), tensor_of(layer->weight), added,
                                      norm, fusion);
  });
}

ct_status ct_conv2d_norm_relu(ct_tensor input, const ct_normed_convolution *layer,
                              const ct_fusion *fusion, ct_tensor *result) {
  return guarded_tensor(result, [&] {
    if (!fusion->training) {
      c10::AutoGradMode without_gradients(false);
      return infer_convolution_norm_relu(checked_input(tensor_of(input)), *layer, *fusion);
    }
    const ct_norm *const norm = &layer->norm;
    return ConvolutionNormRelu::apply(tensor_of(input), tensor_of(layer->norm.weight),
                                      tensor_of(layer->norm.bias), tensor_of(layer->weight), norm,
                                      fusion);
  });
}
