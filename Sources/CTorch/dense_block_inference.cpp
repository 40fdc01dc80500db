// A dense block with running statistics: an image's features stay in a core's cache through all layers.

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "dense_block.h"

using namespace ctorch;
using namespace ctorch::fused;

namespace {

/// A convolution behind a norm with running statistics, ready for any image.
struct Prepared {
  NormNumbers numbers;
  at::Tensor weight, packed;
  ck_activation activation;

  Prepared(const ck_context &context, const ct_normed_convolution &layer,
           ck_activation activation, int64_t inputs, ck_shape shape, const at::Tensor &like,
           double epsilon)
      : numbers(running_numbers(layer.norm, inputs, epsilon)),
        weight(tensor_of(layer.weight)),
        activation(activation) {
    const ck_convolution convolution = at_image(shape, {nullptr, 0}, like);
    packed = at::empty({ck_packed_bytes(&context, &convolution)}, at::kByte);
    ck_pack_weights(&context, &convolution, packed.data_ptr());
  }

  ck_convolution at_image(ck_shape shape, ck_maps input, const at::Tensor &like) const {
    return convolution_of(weight, shape, input, numbers.channels(), numbers.as(activation), like);
  }
};

/// The block image by image: an image's features stay in a core's cache through all layers.
struct Inference {
  const Block &block;
  const ck_context context;
  const ck_shape shape, image_shape;
  std::vector<Prepared> convolutions;
  int64_t middle_channels = 0, workspace_bytes = 0;

  Inference(const Block &block, const at::Tensor &input)
      : block(block),
        context(context_for(input, block.fusion.instructions)),
        shape(shape_of(input)),
        image_shape({1, shape.height, shape.width}) {
    for (const Layer &layer : block.layers) {
      int64_t inputs = layer.inputs;
      if (block.bottleneck) {
        add(layer.convolutions[0], CK_NORM_RELU, inputs, input, image_shape);
        inputs = convolutions.back().weight.size(0);
        middle_channels = std::max(middle_channels, (inputs + 15) / 16 * 16);
      }
      add(layer.convolutions[block.bottleneck ? 1 : 0], block.activation(), inputs, input,
          image_shape);
    }
    if (block.has_transition) {
      add(block.transition, CK_NORM, block.channels, input, halved(image_shape));
    }
  }

  void add(const ct_normed_convolution &layer, ck_activation activation, int64_t inputs,
           const at::Tensor &like, ck_shape at) {
    convolutions.emplace_back(context, layer, activation, inputs, at, like,
                              block.fusion.epsilon);
    const ck_context alone = serial(context);
    const ck_convolution convolution = convolutions.back().at_image(at, {nullptr, 0}, like);
    workspace_bytes =
        std::max(workspace_bytes, ck_convolution_forward_workspace(&alone, &convolution));
  }

  at::Tensor run(const at::Tensor &input) const {
    const bool pools = block.has_transition;
    at::Tensor result =
        make_maps(input, pools ? halved(shape) : shape,
                  pools ? convolutions.back().weight.size(0) : block.channels);
    const int64_t tasks = context.tasks;
    const ck_shape buffers = {tasks, shape.height, shape.width};
    const at::Tensor middle = make_maps(input, buffers, std::max<int64_t>(1, middle_channels));
    const at::Tensor features = make_aligned(input, buffers, block.channels);
    const at::Tensor pooled =
        make_aligned(input, pools ? halved(buffers) : ck_shape{0, 1, 1}, block.channels);
    const int64_t task_bytes = (workspace_bytes + 63) / 64 * 64;
    char *const workspaces = static_cast<char *>(workspace(tasks * task_bytes));
    const auto body = [&](int64_t task) {
      const ck_context alone = serial(context);
      char *const memory = workspaces + task * task_bytes;
      const ck_maps middle_maps = image_of(maps_of(middle), shape, context, task);
      int64_t begin, end;
      ck_task_range(shape.images, tasks, task, &begin, &end);
      for (int64_t image = begin; image < end; ++image) {
        const ck_maps all = image_of(maps_of(features), shape, context, task);
        ck_maps_copy(&alone, image_shape, block.inputs,
                     image_of(maps_of(input), shape, context, image), all);
        layers(alone, all, middle_maps, input, memory);
        if (!pools) {
          ck_maps_copy(&alone, image_shape, block.channels, all,
                       image_of(maps_of(result), shape, context, image));
          continue;
        }
        const ck_maps means = image_of(maps_of(pooled), halved(shape), context, task);
        ck_relu_mean_pool(&alone, image_shape, block.channels, all, means);
        convolve(alone, convolutions.back(), halved(image_shape), means,
                 image_of(maps_of(result), halved(shape), context, image), input, memory);
      }
    };
    struct Task {
      static void run(void *argument, int64_t index) {
        (*static_cast<decltype(body) *>(argument))(index);
      }
    };
    ck_run_tasks(&context, tasks, &Task::run, const_cast<void *>(static_cast<const void *>(&body)));
    return result;
  }

  void layers(const ck_context &alone, ck_maps features, ck_maps middle, const at::Tensor &like,
              void *memory) const {
    const int64_t size = alone.element == CK_FLOAT64 ? 8 : 4;
    const Prepared *next = convolutions.data();
    for (const Layer &layer : block.layers) {
      ck_maps input = features;
      const ck_maps output = {static_cast<char *>(features.data) + layer.inputs * size,
                              features.stride};
      if (block.bottleneck) {
        convolve(alone, *next++, image_shape, input, middle, like, memory);
        input = middle;
      }
      convolve(alone, *next++, image_shape, input, output, like, memory);
    }
  }

  static void convolve(const ck_context &alone, const Prepared &prepared, ck_shape shape,
                       ck_maps input, ck_maps output, const at::Tensor &like, void *memory) {
    const ck_convolution convolution = prepared.at_image(shape, input, like);
    ck_convolution_forward(&alone, &convolution, prepared.packed.const_data_ptr(), output,
                           {nullptr, 0}, {nullptr, nullptr}, false, memory);
  }
};

}  // namespace

at::Tensor ctorch::fused::infer_dense_block(const Block &block, const at::Tensor &input) {
  c10::AutoGradMode without_gradients(false);
  const at::Tensor values = checked_input(input);
  return Inference(block, values).run(values);
}
