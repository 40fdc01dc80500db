#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ct_reduction.h"
#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Several layers as one operation, on the kernels of CKernels: on the CPU, float32 or float64, channels
// last whatever the order of the input. Recorded for the backward pass in training; without training,
// where running statistics are used, they are not, and a result depends on its image alone, whatever the
// batch and the number of threads.

/// Which instructions the kernels use. At most ct_best_instructions().
typedef enum ct_instructions {
  CT_PORTABLE = 0,
  CT_AVX2 = 1,
  CT_AVX512 = 2,
} ct_instructions;

/// The widest instructions of this processor that the kernels know.
ct_instructions ct_best_instructions(void);

/// How fused layers run.
typedef struct ct_fusion {
  ct_instructions instructions;
  /// Whether batch norms use the batch's statistics and move their running ones.
  bool training;
  /// Of batch norms, as in ct_batch_norm.
  double momentum, epsilon;
  /// Over what the statistics of a batch are made, in training.
  ct_statistics_sum sum;
} ct_fusion;

/// The tensors of a batch norm, [C] each.
typedef struct ct_norm {
  ct_tensor weight, bias, running_mean, running_variance;
} ct_norm;

/// A batch norm and a convolution [O, C, K, K] behind or in front of it, of stride 1 and padding (K - 1) / 2.
typedef struct ct_normed_convolution {
  ct_norm norm;
  ct_tensor weight;
} ct_normed_convolution;

/// Layers that each append channels to all before them, in one buffer, and what brings them to fewer
/// channels and a quarter of the pixels.
typedef struct ct_dense_block {
  /// For each layer, in order, where `bottleneck` two: norm, ReLU, 1x1 convolution and norm, ReLU, 3x3
  /// convolution; else one: ReLU, norm, 3x3 convolution.
  const ct_normed_convolution *convolutions;
  /// Of convolutions, in all layers together.
  int64_t count;
  bool bottleneck;
  /// ReLU, norm, 1x1 convolution, mean of 2x2 pixels; null for none.
  const ct_normed_convolution *transition;
} ct_dense_block;

/// input [N, C, H, W] -> [N, C + appended channels, H, W], or with a transition [N, O, H / 2, W / 2].
ct_status ct_dense_block_apply(ct_tensor input, const ct_dense_block *block,
                               const ct_fusion *fusion, ct_tensor *result);

/// input [N, C, H, W] -> convolution(max(0, norm(input))) + residual, [N, O, H, W]; the residual is a null
/// handle for none.
ct_status ct_norm_relu_conv2d(ct_tensor input, const ct_normed_convolution *layer,
                              ct_tensor residual, const ct_fusion *fusion, ct_tensor *result);

/// input [N, C, H, W] -> max(0, norm(convolution(input))), [N, O, H, W]; the norm has O channels.
ct_status ct_conv2d_norm_relu(ct_tensor input, const ct_normed_convolution *layer,
                              const ct_fusion *fusion, ct_tensor *result);

/// input [N, C, H, W] -> the mean of max(0, norm(input)) over each image, [N, C].
ct_status ct_norm_relu_mean(ct_tensor input, const ct_norm *norm, const ct_fusion *fusion,
                            ct_tensor *result);

#ifdef __cplusplus
}
#endif
