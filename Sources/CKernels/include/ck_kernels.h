// Fused kernels for training convolutional networks on a CPU: batch norm, ReLU and a convolution in one
// pass, forward and backward.
//
// Everything is plain memory. Maps are images in "channels last" order: the channels of a pixel lie side
// by side, `stride` elements from one pixel to the next, pixels row by row, image by image. A stride larger
// than the number of channels lets many layers write side by side into one buffer, so that concatenation
// costs nothing.
//
// Nothing here is ambient: no state between calls, no thread of its own, no setting that is not an
// argument. What is computed depends on the arguments and on the number of tasks, not on the timing.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - How work is done

/// The processor instructions that a kernel is compiled for.
typedef enum ck_instructions {
  /// What every processor of the architecture has.
  CK_PORTABLE = 0,
  /// AVX2 and FMA: 8 float32 at a time.
  CK_AVX2 = 1,
  /// AVX-512 F, BW, DQ and VL: 16 float32 at a time.
  CK_AVX512 = 2,
} ck_instructions;

/// The widest instructions that this processor and this build have.
ck_instructions ck_best_instructions(void);

/// The type of every element that an address without a type points to.
typedef enum ck_element { CK_FLOAT32 = 0, CK_FLOAT64 = 1 } ck_element;

/// Runs `task(argument, index)` for every index below `count`, in any order and on any threads, and
/// returns when all are done.
typedef void (*ck_run)(void *pool, int64_t count, void (*task)(void *argument, int64_t index),
                       void *argument);

/// How a kernel runs.
typedef struct ck_context {
  /// At most `ck_best_instructions()`.
  ck_instructions instructions;
  ck_element element;
  /// Into how many parts the images are divided, at least 1. Sums over images are added up part by part:
  /// another number gives other roundings.
  int64_t tasks;
  /// Null runs all tasks on the calling thread.
  ck_run run;
  void *pool;
  /// Whether a core's own cache holds the maps already: a forward pass then fetches nothing ahead.
  bool maps_are_cached;
} ck_context;

/// Runs `task` as a kernel with this context would.
void ck_run_tasks(const ck_context *context, int64_t count,
                  void (*task)(void *argument, int64_t index), void *argument);

/// The images of a task: `begin` and `end` of a part of `images`.
void ck_task_range(int64_t images, int64_t tasks, int64_t task, int64_t *begin, int64_t *end);

// MARK: - What is read and written

/// The number and the size of maps.
typedef struct ck_shape {
  int64_t images, height, width;
} ck_shape;

/// Maps in memory: the first channel of the first pixel, and the elements from a pixel to the next. Null
/// where there are none.
typedef struct ck_maps {
  void *data;
  int64_t stride;
} ck_maps;

/// What happens to an input before it is convolved.
typedef enum ck_activation {
  /// Nothing.
  CK_IDENTITY = 0,
  /// scale x + shift
  CK_NORM = 1,
  /// max(0, scale x + shift)
  CK_NORM_RELU = 2,
  /// scale max(0, x) + shift
  CK_RELU_NORM = 3,
} ck_activation;

/// Batch norm as an affine map of each channel, and where ReLU stands; the arrays are null for
/// `CK_IDENTITY`.
typedef struct ck_norm {
  ck_activation activation;
  /// weight / deviation
  const double *scale;
  /// bias - mean scale
  const double *shift;
  /// About what the sums of a backward pass are taken; null for 0. The mean keeps them small.
  const double *center;
} ck_norm;

/// A convolution with stride 1 that keeps the size of the map, behind an activation.
typedef struct ck_convolution {
  ck_shape shape;
  /// 1 or 3; beyond the edge stand zeros.
  int64_t kernel;
  int64_t inputs, outputs;
  /// Element (output, input, tap) is at output * output_step + input * input_step + tap * tap_step, with
  /// the taps of a kernel counted row by row.
  const void *weight;
  int64_t output_step, input_step, tap_step;
  ck_maps input;
  ck_norm norm;
} ck_convolution;

/// Sums over all pixels of all images, for each channel. Both null where they are not wanted.
typedef struct ck_sums {
  double *first;
  double *second;
} ck_sums;

/// A gradient of maps, some of whose terms are not added yet: at each pixel
///
///     gradient + constant + slope value
///
/// Batch norm's backward pass takes the mean of its gradient and the part along its input away. Both are
/// affine in the input, so that for all consumers of a channel together they are two numbers, which are
/// added when the channel's gradient is read.
typedef struct ck_gradient {
  ck_maps gradient;
  /// The maps that the gradient is of; null where `slope` is.
  ck_maps values;
  /// A number for each channel; both null where nothing is left to add.
  const double *slope;
  const double *constant;
  /// Whether the consumers took max(0, value): the terms are zero where a value is not above 0.
  bool rectified;
} ck_gradient;

// MARK: - Convolution

/// The bytes of memory, aligned to 64, that the two functions below need to work in.
int64_t ck_convolution_forward_workspace(const ck_context *context,
                                         const ck_convolution *convolution);
int64_t ck_convolution_backward_workspace(const ck_context *context,
                                          const ck_convolution *convolution);

/// The bytes, aligned to 64, of weights as `ck_convolution_forward` reads them.
int64_t ck_packed_bytes(const ck_context *context, const ck_convolution *convolution);

/// Brings the weights into the order in which `ck_convolution_forward` reads them.
void ck_pack_weights(const ck_context *context, const ck_convolution *convolution, void *packed);

/// output = result_norm(convolution(activation(input)) + residual)
///
/// - packed: from `ck_pack_weights`.
/// - residual: maps to add, null for none.
/// - sums: of the sum before `result_norm`, and of its squares; of max(0, sum) where `rectified_sums`.
/// - result_norm: batch norm and then ReLU of what is stored, `CK_NORM_RELU`; null for none.
void ck_convolution_forward(const ck_context *context, const ck_convolution *convolution,
                            const void *packed, ck_maps output, ck_maps residual, ck_sums sums,
                            bool rectified_sums, const ck_norm *result_norm, void *workspace);

/// The gradients of the weight and of the input.
///
/// - output: the gradient of the convolution's output.
/// - weight_gradient: ordered as the weight, overwritten; null where it is not wanted.
/// - input_gradient: as far as batch norm's scale and ReLU take it, without the terms that follow from the sums
///   (`ck_gradient`); null where it is not wanted. Channels before `first_channel` are left alone.
/// - accumulates: whether it is added to what is there.
/// - sums: of the gradient of the normalised input, and of its product with (input - center); with
///   (max(0, input) - center) for `CK_RELU_NORM`. For every channel, whatever `first_channel`.
void ck_convolution_backward(const ck_context *context, const ck_convolution *convolution,
                             const ck_gradient *output, void *weight_gradient,
                             ck_maps input_gradient, int64_t first_channel, bool accumulates,
                             ck_sums sums, void *workspace);

// MARK: - Batch norm

/// Sums of maps and of their squares, of max(0, value) where `rectified`.
///
/// - workspace: `ck_sums_workspace` bytes, aligned to 64.
void ck_maps_sums(const ck_context *context, ck_shape shape, int64_t channels, ck_maps maps,
                  bool rectified, ck_sums sums, void *workspace);
int64_t ck_sums_workspace(const ck_context *context, int64_t channels);

/// The gradient with all its terms; `result` may be the gradient's own maps.
void ck_gradient_settle(const ck_context *context, ck_shape shape, int64_t channels,
                        const ck_gradient *gradient, ck_maps result);

/// result = activation(input)
void ck_maps_activate(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                      const ck_norm *norm, ck_maps result);

/// The backward pass of `ck_maps_activate`: `result` as `input_gradient` of a convolution, and its sums.
/// `result` may be the gradient's own maps.
///
/// - workspace: `ck_sums_workspace` bytes, aligned to 64.
void ck_maps_activate_backward(const ck_context *context, ck_shape shape, int64_t channels,
                               ck_maps input, const ck_norm *norm, ck_maps gradient, ck_maps result,
                               ck_sums sums, void *workspace);

/// The mean of activation(input) over an image: `result` has one pixel an image.
void ck_maps_means(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                   const ck_norm *norm, ck_maps result);

/// The backward pass of `ck_maps_means`, whose gradient has one pixel an image: `result`, sums and workspace as
/// of `ck_maps_activate_backward`.
void ck_maps_means_backward(const ck_context *context, ck_shape shape, int64_t channels,
                            ck_maps input, const ck_norm *norm, ck_maps gradient, ck_maps result,
                            ck_sums sums, void *workspace);

/// Copies maps into others.
void ck_maps_copy(const ck_context *context, ck_shape shape, int64_t channels, ck_maps from,
                  ck_maps to);

// MARK: - Mean of 2x2 pixels

/// result = mean of max(0, input) over 2x2 pixels; a last odd row or column is left out.
///
/// - shape: of the input.
void ck_relu_mean_pool(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                       ck_maps result);

/// The backward pass, with the terms that a batch norm over max(0, input) leaves:
/// result = (input > 0) (gradient / 4 + constant + slope input)
void ck_relu_mean_pool_backward(const ck_context *context, ck_shape shape, int64_t channels,
                                ck_maps input, ck_maps gradient, const double *slope,
                                const double *constant, ck_maps result);

#ifdef __cplusplus
}
#endif
