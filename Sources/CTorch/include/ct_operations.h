#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ct_generator.h"
#include "ct_reduction.h"
#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Every operation is recorded for the backward pass when recording is on and an operand asks for it.

/// input [N, C, H, W], weight [O, C, K, K] -> [N, O, H', W'], zero padding, no bias.
ct_status ct_conv2d(ct_tensor input, ct_tensor weight, int64_t stride, int64_t padding,
                    ct_tensor *result);

/// As ct_conv2d, with a bias [O], which may be a null handle for none, and, if `relu`, max(x, 0) of the
/// result, where possible within the convolution. Float32 on the CPU, channels last, always goes to
/// oneDNN where libtorch has it, however many images there are. Not recorded for the backward pass.
ct_status ct_conv2d_inference(ct_tensor input, ct_tensor weight, ct_tensor bias, int64_t stride,
                              int64_t padding, bool relu, ct_tensor *result);

/// input [N, C, H, W], scale [C], shift [C], all of one type, or float32 beside an input of bfloat16
/// -> max(scale * x + shift, 0), or with
/// `relu_first` scale * max(x, 0) + shift: one pass over memory. Not recorded for the backward pass.
ct_status ct_scale_shift_relu(ct_tensor input, ct_tensor scale, ct_tensor shift, bool relu_first,
                              ct_tensor *result);

/// input [N, C], weight [O, C], bias [O] -> [N, O]
ct_status ct_linear(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor *result);

/// input [N, C, ...], everything else [C] -> the input's sizes. In training the batch's own mean and
/// variance are used, and the running ones move by `momentum`, the variance unbiased; else the
/// running ones are used and stay.
ct_status ct_batch_norm(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor running_mean,
                        ct_tensor running_variance, bool training, double momentum, double epsilon,
                        ct_statistics_sum sum, ct_tensor *result);

/// max(x, 0)
ct_status ct_relu(ct_tensor input, ct_tensor *result);

/// max(x, 0) written over the input's memory; the result shares it. The operation that made the
/// input must not need its result for its own backward pass.
ct_status ct_relu_in_place(ct_tensor input, ct_tensor *result);

/// Zeroes each element with the given probability and scales the others by 1 / (1 - probability).
/// Each call takes the next numbers of the generator, which is on the input's device.
ct_status ct_dropout(ct_tensor input, double probability, ct_generator generator,
                     ct_tensor *result);

/// [N, C, H, W] -> [N, C, H / size, W / size], windows of size x size side by side, rounded down.
ct_status ct_average_pool2d(ct_tensor input, int64_t size, ct_tensor *result);

/// [N, C, H, W] -> [N, C, H / size, W / size], windows of size x size side by side, rounded down.
ct_status ct_max_pool2d(ct_tensor input, int64_t size, ct_tensor *result);

/// [N, C, H, W] -> [N, C]: the mean over height and width.
ct_status ct_global_average_pool(ct_tensor input, ct_tensor *result);

/// Joins tensors along dimension 1; the other sizes are equal.
ct_status ct_concatenate(const ct_tensor *tensors, int64_t count, ct_tensor *result);

/// The slices `start` up to `start + length` of a dimension, as a view of the same memory.
ct_status ct_narrow(ct_tensor input, int64_t dimension, int64_t start, int64_t length,
                    ct_tensor *result);

/// Adds `right` to `left`, over the memory of `left`, which the result shares; equal sizes.
ct_status ct_add_in_place(ct_tensor left, ct_tensor right, ct_tensor *result);

/// Every element times a number.
ct_status ct_scale(ct_tensor input, double factor, ct_tensor *result);

/// Element by element, equal sizes.
ct_status ct_add(ct_tensor left, ct_tensor right, ct_tensor *result);

/// [N, ...] -> [N, product of the rest]
ct_status ct_flatten(ct_tensor input, ct_tensor *result);

/// [N, K] -> [N, K]
ct_status ct_log_softmax(ct_tensor input, ct_tensor *result);

/// log_probabilities [N, K], labels [N] of int64 -> one element: the mean of -log p of the labels.
ct_status ct_nll_loss(ct_tensor log_probabilities, ct_tensor labels, ct_tensor *result);

/// scores [N, K], labels [N] of int64 -> one int64: how many of the rows have another greatest score.
ct_status ct_error_count(ct_tensor scores, ct_tensor labels, ct_tensor *result);

#ifdef __cplusplus
}
#endif
