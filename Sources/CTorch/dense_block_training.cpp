// A dense block in training: forward, backward, and their place in libtorch's graph.

#include <ATen/ops/empty_like.h>

#include <algorithm>

#include "dense_block.h"
#include "fused_function.h"

using namespace ctorch;
using namespace ctorch::fused;

namespace {

/// Running statistics that are to move, and where to: done when nothing can fail any more.
struct Move {
  ct_norm norm;
  Statistics statistics;
};

/// The forward pass of a training step, which keeps what the backward pass needs.
struct Forward {
  const Block &block;
  const ck_context context;
  const ck_shape shape;
  at::Tensor features;
  Statistics statistics;  // of the features; behind ReLU where the layers begin with it
  std::vector<at::Tensor> saved;
  std::vector<Move> moves;

  Forward(const Block &block, const at::Tensor &input)
      : block(block),
        context(context_for(input, block.fusion.instructions)),
        shape(shape_of(input)),
        features(make_aligned(input, shape, block.channels)),
        statistics(block.channels) {
    ck_maps_copy(&context, shape, block.inputs, maps_of(input), maps_of(features));
    sum(features, block.inputs, !block.bottleneck, statistics);
  }

  void sum(const at::Tensor &maps, int64_t channels, bool rectified, Statistics &into) {
    ck_maps_sums(&context, shape, channels, maps_of(maps), rectified, into.sums(),
                 workspace(ck_sums_workspace(&context, channels)));
    into.finish(0, channels, value_count(shape), block.fusion.sum);
  }

  /// Convolves maps behind a norm with the given statistics, which move the running ones.
  void convolve(const ct_normed_convolution &layer, ck_activation activation, ck_shape maps_shape,
                ck_maps input, const Statistics &of_input, int64_t inputs, ck_maps output,
                ck_sums sums) {
    const NormNumbers numbers(tensor_of(layer.norm.weight), tensor_of(layer.norm.bias),
                              of_input, inputs, block.fusion.epsilon);
    check_running(layer.norm, inputs, of_input.count);
    moves.push_back({layer.norm, of_input});
    const ck_convolution convolution =
        convolution_of(tensor_of(layer.weight), maps_shape, input, inputs,
                       numbers.as(activation), features);
    fused::convolve(context, convolution, output, {nullptr, 0}, sums, !block.bottleneck, nullptr);
  }

  void layer(const Layer &layer) {
    const double count = value_count(shape);
    ck_maps input = maps_of(features);
    const ck_maps output = maps_of(features, layer.inputs);
    Statistics middle_statistics(0);
    const Statistics *of_input = &statistics;
    int64_t inputs = layer.inputs;
    const ct_normed_convolution *last = layer.convolutions;
    if (block.bottleneck) {
      const int64_t middle_channels = tensor_of(last->weight).size(0);
      const at::Tensor middle = make_aligned(features, shape, middle_channels);
      middle_statistics = Statistics(middle_channels);
      convolve(*last, CK_NORM_RELU, shape, input, statistics, inputs, maps_of(middle),
               middle_statistics.sums());
      middle_statistics.finish(0, middle_channels, count, block.fusion.sum);
      saved.push_back(middle);
      saved.push_back(saved_numbers(middle_statistics));
      input = maps_of(middle);
      inputs = middle_channels;
      of_input = &middle_statistics;
      ++last;
    }
    convolve(*last, block.activation(), shape, input, *of_input, inputs, output,
             statistics.sums(layer.inputs));
    statistics.finish(layer.inputs, layer.outputs, count, block.fusion.sum);
  }

  /// The features without gaps, as libtorch's operations like them.
  at::Tensor all_features() const {
    at::Tensor result = make_maps(features, shape, block.channels);
    ck_maps_copy(&context, shape, block.channels, maps_of(features), maps_of(result));
    return result;
  }

  at::Tensor transition() {
    const ck_shape result_shape = halved(shape);
    // The mean over pixels commutes with the norm and the convolution behind ReLU: a quarter of the
    // pixels is left to convolve.
    const at::Tensor pooled = make_aligned(features, result_shape, block.channels);
    ck_relu_mean_pool(&context, shape, block.channels, maps_of(features), maps_of(pooled));
    Statistics rectified = statistics;
    if (block.bottleneck) sum(features, block.channels, true, rectified);
    const at::Tensor &weight = tensor_of(block.transition.weight);
    at::Tensor result = make_maps(features, result_shape, weight.size(0));
    convolve(block.transition, CK_NORM, result_shape, maps_of(pooled), rectified, block.channels,
             maps_of(result), {nullptr, nullptr});
    saved.push_back(pooled);
    saved.push_back(saved_numbers(rectified));
    return result;
  }
};

/// The backward pass: gradients of the features in one buffer, and for each channel the terms that its
/// consumers' norms leave to be added.
struct Backward {
  const Block &block;
  const ck_context context;
  const ck_shape shape;
  const at::Tensor &features;
  const Statistics statistics;
  const bool reaches_input;
  at::Tensor gradients;
  std::vector<double> slope, constant;
  std::vector<at::Tensor> parameter_gradients;

  Backward(const Block &block, const at::Tensor &features, const Statistics &statistics,
           bool reaches_input)
      : block(block),
        context(context_for(features, block.fusion.instructions)),
        shape(shape_of(features)),
        features(features),
        statistics(statistics),
        reaches_input(reaches_input),
        gradients(make_aligned(features, shape, block.channels)),
        slope(static_cast<size_t>(block.channels)),
        constant(static_cast<size_t>(block.channels)),
        parameter_gradients(3 * (block.convolutions.size() + (block.has_transition ? 1 : 0))) {}

  /// The first channel whose gradient somebody reads.
  int64_t first_channel() const { return reaches_input ? 0 : block.inputs; }

  /// The backward pass of a convolution and its norm, whose parameters are the `index`th.
  NormGradient convolve(size_t index, const ct_normed_convolution &layer, ck_activation activation,
                        ck_shape maps_shape, ck_maps input, const Statistics &of_input,
                        int64_t inputs, const ck_gradient &output,
                        ck_maps input_gradient, int64_t first, bool accumulates) {
    const NormNumbers numbers(tensor_of(layer.norm.weight), tensor_of(layer.norm.bias),
                              of_input, inputs, block.fusion.epsilon);
    const at::Tensor weight = dense(tensor_of(layer.weight));
    const ck_convolution convolution =
        convolution_of(weight, maps_shape, input, inputs, numbers.as(activation), features);
    at::Tensor weight_gradient = at::empty_like(weight.detach());
    std::vector<double> sums(static_cast<size_t>(inputs)), product_sums(sums.size());
    ck_convolution_backward(&context, &convolution, &output, weight_gradient.data_ptr(),
                            input_gradient, first, accumulates, {sums.data(), product_sums.data()},
                            workspace(ck_convolution_backward_workspace(&context, &convolution)));
    NormGradient result = norm_gradient(numbers, std::move(sums), std::move(product_sums),
                                        of_input.count, weight, block.fusion.sum);
    parameter_gradients[3 * index] = result.weight;
    parameter_gradients[3 * index + 1] = result.bias;
    parameter_gradients[3 * index + 2] = weight_gradient;
    return result;
  }

  void transition(const at::Tensor &pooled, const Statistics &rectified,
                  const at::Tensor &output_gradient) {
    const at::Tensor pooled_gradient = at::empty_like(pooled);
    const NormGradient left = convolve(
        block.convolutions.size(), block.transition, CK_NORM, halved(shape), maps_of(pooled),
        rectified, block.channels,
        {maps_of(output_gradient), {nullptr, 0}, nullptr, nullptr, false},
        maps_of(pooled_gradient), 0, false);
    ck_relu_mean_pool_backward(&context, shape, block.channels, maps_of(features),
                               maps_of(pooled_gradient), left.slope.data(), left.constant.data(),
                               maps_of(gradients));
  }

  void layer(size_t index, const at::Tensor &middle, const Statistics &of_middle,
             const at::Tensor &middle_gradient) {
    const Layer &layer = block.layers[index];
    const size_t first_convolution = (block.bottleneck ? 2 : 1) * index;
    ck_gradient output = {maps_of(gradients, layer.inputs), maps_of(features, layer.inputs),
                          slope.data() + layer.inputs, constant.data() + layer.inputs,
                          !block.bottleneck};
    NormGradient left;
    if (block.bottleneck) {
      left = convolve(first_convolution + 1, layer.convolutions[1], CK_NORM_RELU, shape,
                      maps_of(middle), of_middle, static_cast<int64_t>(of_middle.mean.size()),
                      output, maps_of(middle_gradient), 0, false);
      output = {maps_of(middle_gradient), maps_of(middle), left.slope.data(),
                left.constant.data(), false};
    }
    const bool nobody_reads = first_channel() >= layer.inputs;
    const NormGradient terms = convolve(
        first_convolution, layer.convolutions[0], block.activation(), shape, maps_of(features),
        statistics, layer.inputs, output,
        nobody_reads ? ck_maps{nullptr, 0} : maps_of(gradients), first_channel(), true);
    for (int64_t channel = 0; channel < layer.inputs; ++channel) {
      slope[channel] += terms.slope[channel];
      constant[channel] += terms.constant[channel];
    }
  }

  at::Tensor input_gradient() {
    at::Tensor result = make_maps(features, shape, block.inputs);
    const ck_gradient all = {maps_of(gradients), maps_of(features), slope.data(), constant.data(),
                             !block.bottleneck};
    ck_gradient_settle(&context, shape, block.inputs, &all, maps_of(result));
    return result;
  }
};

struct DenseBlockFunction : torch::autograd::Function<DenseBlockFunction> {
  // The block's tensors live as long as their handles; the parameters among them are saved besides, which
  // also notices a change between the passes.
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            at::TensorList parameters, const Block *block) {
    Forward pass(*block, checked_input(input));
    for (const Layer &layer : block->layers) pass.layer(layer);
    at::Tensor result = block->has_transition ? pass.transition() : pass.all_features();
    torch::autograd::variable_list saved = {pass.features, saved_numbers(pass.statistics)};
    saved.insert(saved.end(), pass.saved.begin(), pass.saved.end());
    saved.insert(saved.end(), parameters.begin(), parameters.end());
    context->save_for_backward(saved);
    context->saved_data["bottleneck"] = block->bottleneck;
    context->saved_data["layers"] = static_cast<int64_t>(block->layers.size());
    context->saved_data["transition"] = block->has_transition;
    context->saved_data["inputs"] = block->inputs;
    save_fusion(context, block->fusion);
    for (const Move &move : pass.moves) {
      move_running(move.norm, move.statistics, block->fusion.momentum);
    }
    return result;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &data = context->saved_data;
    const bool bottleneck = data["bottleneck"].toBool(), transition = data["transition"].toBool();
    const int64_t layers = data["layers"].toInt();
    const size_t convolutions = static_cast<size_t>(layers * (bottleneck ? 2 : 1));
    const size_t parameter_count = 3 * (convolutions + (transition ? 1 : 0));
    const size_t first_parameter = saved.size() - parameter_count;
    std::vector<ct_normed_convolution> all;
    for (size_t index = 0; index < parameter_count; index += 3) {
      at::Tensor *const of = &saved[first_parameter + index];
      all.push_back({{{&of[0]}, {&of[1]}, {nullptr}, {nullptr}}, {&of[2]}});
    }
    const ct_dense_block description = {all.data(), static_cast<int64_t>(convolutions), bottleneck,
                                        transition ? &all.back() : nullptr};
    const Block block(description, saved_fusion(context), data["inputs"].toInt());
    const bool reaches_input = context->needs_input_grad(0);
    Backward pass(block, saved[0], restored_numbers(saved[1]), reaches_input);
    const at::Tensor output_gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    if (transition) {
      pass.transition(saved[first_parameter - 2], restored_numbers(saved[first_parameter - 1]),
                      output_gradient);
    } else {
      ck_maps_copy(&pass.context, pass.shape, block.channels, maps_of(output_gradient),
                   maps_of(pass.gradients));
    }
    at::Tensor middle_gradient;
    for (size_t index = block.layers.size(); index-- > 0;) {
      const at::Tensor middle = bottleneck ? saved[2 + 2 * index] : at::Tensor();
      const Statistics of_middle =
          bottleneck ? restored_numbers(saved[3 + 2 * index]) : Statistics(0);
      if (bottleneck && !middle_gradient.defined()) middle_gradient = at::empty_like(middle);
      pass.layer(index, middle, of_middle, middle_gradient);
    }
    torch::autograd::variable_list result;
    result.push_back(reaches_input ? pass.input_gradient() : at::Tensor());
    for (auto &gradient : pass.parameter_gradients) result.push_back(std::move(gradient));
    result.push_back(at::Tensor());
    return result;
  }
};

}  // namespace

at::Tensor ctorch::fused::train_dense_block(const Block &block, const at::Tensor &input) {
  const std::vector<at::Tensor> parameters = block.parameters();
  const at::TensorList list = parameters;
  const Block *const pointer = &block;
  return DenseBlockFunction::apply(input, list, pointer);
}
