// A dense block with running statistics: a few images' features stay in a core's cache through all layers.

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <optional>

#include "dense_block.h"

using namespace ctorch;
using namespace ctorch::fused;

namespace {

/// A convolution with weights packed for any image, and the norms in front of it and behind it.
struct Prepared {
  at::Tensor weight, packed;
  int64_t inputs;
  ck_activation activation;
  std::optional<NormNumbers> norm;         // none for CK_IDENTITY
  std::optional<NormNumbers> result_norm;  // with ReLU behind it

  Prepared(const ck_context &context, const at::Tensor &weight, int64_t inputs,
           ck_activation activation, std::optional<NormNumbers> norm,
           std::optional<NormNumbers> result_norm, ck_shape shape, const at::Tensor &like)
      : weight(weight),
        inputs(inputs),
        activation(activation),
        norm(std::move(norm)),
        result_norm(std::move(result_norm)) {
    const ck_convolution convolution = at_images(shape, {nullptr, 0}, like);
    packed = at::empty({ck_packed_bytes(&context, &convolution)}, at::kByte);
    ck_pack_weights(&context, &convolution, packed.data_ptr());
  }

  ck_convolution at_images(ck_shape shape, ck_maps input, const at::Tensor &like) const {
    return convolution_of(weight, shape, input, inputs, norm ? norm->as(activation) : ck_norm{},
                          like);
  }
};

/// The block a few images at a time: their features stay in a core's cache through all layers.
struct Inference {
  const Block &block;
  const ck_context context;
  const ck_shape shape;
  const int64_t images_at_a_time;
  std::vector<Prepared> convolutions;
  int64_t middle_channels = 0, workspace_bytes = 0;

  Inference(const Block &block, const at::Tensor &input)
      : block(block),
        context(context_for(input, block.fusion.instructions)),
        shape(shape_of(input)),
        images_at_a_time(images_in_cache(input.element_size() * block.channels)) {
    const ck_shape piece = piece_of(images_at_a_time);
    for (const Layer &layer : block.layers) {
      const ct_normed_convolution &first = layer.convolutions[0];
      if (!block.bottleneck) {
        add(first, layer.inputs, block.activation(), numbers(first.norm, layer.inputs),
            std::nullopt, piece, input);
        continue;
      }
      // Each value in the middle is read several times: it is stored behind its norm and ReLU.
      const int64_t middle = tensor_of(first.weight).size(0);
      const ct_normed_convolution &second = layer.convolutions[1];
      middle_channels = std::max(middle_channels, (middle + 15) / 16 * 16);
      add(first, layer.inputs, CK_NORM_RELU, numbers(first.norm, layer.inputs),
          numbers(second.norm, middle), piece, input);
      add(second, middle, CK_IDENTITY, std::nullopt, std::nullopt, piece, input);
    }
    if (block.has_transition) {
      add(block.transition, block.channels, CK_NORM,
          numbers(block.transition.norm, block.channels), std::nullopt, halved(piece), input);
    }
  }

  /// As many images as leave room in a core's cache for what else a layer works on; small maps are too few tiles
  /// for a product's inner loop one by one.
  int64_t images_in_cache(int64_t pixel_bytes) const {
    constexpr int64_t room = 512 * 1024;
    const int64_t a_task = (shape.images + context.tasks - 1) / context.tasks;
    return std::clamp<int64_t>(room / (shape.height * shape.width * pixel_bytes), 1,
                               std::max<int64_t>(1, a_task));
  }

  ck_shape piece_of(int64_t images) const { return {images, shape.height, shape.width}; }

  NormNumbers numbers(const ct_norm &norm, int64_t channels) const {
    return running_numbers(norm, channels, block.fusion.epsilon);
  }

  void add(const ct_normed_convolution &layer, int64_t inputs, ck_activation activation,
           std::optional<NormNumbers> norm, std::optional<NormNumbers> result_norm, ck_shape at,
           const at::Tensor &like) {
    convolutions.emplace_back(context, tensor_of(layer.weight), inputs, activation,
                              std::move(norm), std::move(result_norm), at, like);
    const ck_context alone = for_images(context);
    const ck_convolution convolution = convolutions.back().at_images(at, {nullptr, 0}, like);
    workspace_bytes =
        std::max(workspace_bytes, ck_convolution_forward_workspace(&alone, &convolution));
  }

  at::Tensor run(const at::Tensor &input) const {
    const bool pools = block.has_transition;
    at::Tensor result =
        make_maps(input, pools ? halved(shape) : shape,
                  pools ? convolutions.back().weight.size(0) : block.channels);
    const int64_t tasks = context.tasks;
    const ck_shape buffers = piece_of(tasks * images_at_a_time);
    const at::Tensor middle = make_maps(input, buffers, std::max<int64_t>(1, middle_channels));
    const at::Tensor features = make_aligned(input, buffers, block.channels);
    const at::Tensor pooled =
        make_aligned(input, pools ? halved(buffers) : ck_shape{0, 1, 1}, block.channels);
    const int64_t task_bytes = (workspace_bytes + 63) / 64 * 64;
    char *const workspaces = static_cast<char *>(workspace(tasks * task_bytes));
    const auto body = [&](int64_t task) {
      const ck_context alone = for_images(context);
      char *const memory = workspaces + task * task_bytes;
      const int64_t first_place = task * images_at_a_time;
      const ck_maps middle_maps = image_of(maps_of(middle), shape, context, first_place);
      const ck_maps all = image_of(maps_of(features), shape, context, first_place);
      const ck_maps means = image_of(maps_of(pooled), halved(shape), context, first_place);
      int64_t begin, end;
      ck_task_range(shape.images, tasks, task, &begin, &end);
      for (int64_t image = begin; image < end; image += images_at_a_time) {
        const ck_shape piece = piece_of(std::min(images_at_a_time, end - image));
        ck_maps_copy(&alone, piece, block.inputs, image_of(maps_of(input), shape, context, image),
                     all);
        layers(alone, piece, all, middle_maps, input, memory);
        if (!pools) {
          ck_maps_copy(&alone, piece, block.channels, all,
                       image_of(maps_of(result), shape, context, image));
          continue;
        }
        ck_relu_mean_pool(&alone, piece, block.channels, all, means);
        convolve(alone, convolutions.back(), halved(piece), means,
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

  void layers(const ck_context &alone, ck_shape piece, ck_maps features, ck_maps middle,
              const at::Tensor &like, void *memory) const {
    const int64_t size = alone.element == CK_FLOAT64 ? 8 : 4;
    const Prepared *next = convolutions.data();
    for (const Layer &layer : block.layers) {
      ck_maps input = features;
      const ck_maps output = {static_cast<char *>(features.data) + layer.inputs * size,
                              features.stride};
      if (block.bottleneck) {
        convolve(alone, *next++, piece, input, middle, like, memory);
        input = middle;
      }
      convolve(alone, *next++, piece, input, output, like, memory);
    }
  }

  static void convolve(const ck_context &alone, const Prepared &prepared, ck_shape shape,
                       ck_maps input, ck_maps output, const at::Tensor &like, void *memory) {
    const ck_convolution convolution = prepared.at_images(shape, input, like);
    const ck_norm result_norm =
        prepared.result_norm ? prepared.result_norm->as(CK_NORM_RELU) : ck_norm{};
    ck_convolution_forward(&alone, &convolution, prepared.packed.const_data_ptr(), output,
                           {nullptr, 0}, {nullptr, nullptr}, false,
                           prepared.result_norm ? &result_norm : nullptr, memory);
  }
};

}  // namespace

at::Tensor ctorch::fused::infer_dense_block(const Block &block, const at::Tensor &input) {
  c10::AutoGradMode without_gradients(false);
  const at::Tensor values = checked_input(input);
  return Inference(block, values).run(values);
}
