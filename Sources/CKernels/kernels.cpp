// The choice of instructions, and the calls that go to them.

#include "table.h"

namespace {

const ck_table &table_for(const ck_context *context) {
  const ck_table *tables = ck_portable_tables;
  if (context->instructions == CK_AVX2 && ck_avx2_tables != nullptr) tables = ck_avx2_tables;
  if (context->instructions == CK_AVX512 && ck_avx512_tables != nullptr) tables = ck_avx512_tables;
  return tables[context->element];
}

}  // namespace

ck_instructions ck_best_instructions(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return CK_AVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CK_AVX2;
#endif
  return CK_PORTABLE;
}

void ck_run_tasks(const ck_context *context, int64_t count,
                  void (*task)(void *argument, int64_t index), void *argument) {
  if (context->run != nullptr && count > 1) {
    context->run(context->pool, count, task, argument);
    return;
  }
  for (int64_t index = 0; index < count; ++index) task(argument, index);
}

void ck_task_range(int64_t images, int64_t tasks, int64_t task, int64_t *begin, int64_t *end) {
  *begin = images * task / tasks;
  *end = images * (task + 1) / tasks;
}

int64_t ck_convolution_forward_workspace(const ck_context *context,
                                         const ck_convolution *convolution) {
  return table_for(context).forward_workspace(context, convolution);
}

int64_t ck_convolution_backward_workspace(const ck_context *context,
                                          const ck_convolution *convolution) {
  return table_for(context).backward_workspace(context, convolution);
}

int64_t ck_packed_bytes(const ck_context *context, const ck_convolution *convolution) {
  return table_for(context).packed_bytes(context, convolution);
}

void ck_pack_weights(const ck_context *context, const ck_convolution *convolution, void *packed) {
  table_for(context).pack_weights(context, convolution, packed);
}

void ck_convolution_forward(const ck_context *context, const ck_convolution *convolution,
                            const void *packed, ck_maps output, ck_maps residual, ck_sums sums,
                            bool rectified_sums, const ck_norm *result_norm, void *workspace) {
  table_for(context).forward(context, convolution, packed, output, residual, sums, rectified_sums,
                             result_norm, workspace);
}

void ck_convolution_backward(const ck_context *context, const ck_convolution *convolution,
                             const ck_gradient *output, void *weight_gradient,
                             ck_maps input_gradient, int64_t first_channel, bool accumulates,
                             ck_sums sums, void *workspace) {
  table_for(context).backward(context, convolution, output, weight_gradient, input_gradient,
                              first_channel, accumulates, sums, workspace);
}

int64_t ck_sums_workspace(const ck_context *context, int64_t channels) {
  return table_for(context).sums_workspace(context, channels);
}

void ck_maps_sums(const ck_context *context, ck_shape shape, int64_t channels, ck_maps maps,
                  bool rectified, ck_sums sums, void *workspace) {
  table_for(context).sums(context, shape, channels, maps, rectified, sums, workspace);
}

void ck_gradient_settle(const ck_context *context, ck_shape shape, int64_t channels,
                        const ck_gradient *gradient, ck_maps result) {
  table_for(context).settle(context, shape, channels, gradient, result);
}

void ck_maps_activate(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                      const ck_norm *norm, ck_maps result) {
  table_for(context).activate(context, shape, channels, input, norm, result);
}

void ck_maps_activate_backward(const ck_context *context, ck_shape shape, int64_t channels,
                               ck_maps input, const ck_norm *norm, ck_maps gradient, ck_maps result,
                               ck_sums sums, void *workspace) {
  table_for(context).activate_backward(context, shape, channels, input, norm, gradient, result,
                                       sums, workspace);
}

void ck_maps_means(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                   const ck_norm *norm, ck_maps result) {
  table_for(context).means(context, shape, channels, input, norm, result);
}

void ck_maps_means_backward(const ck_context *context, ck_shape shape, int64_t channels,
                            ck_maps input, const ck_norm *norm, ck_maps gradient, ck_maps result,
                            ck_sums sums, void *workspace) {
  table_for(context).means_backward(context, shape, channels, input, norm, gradient, result, sums,
                                    workspace);
}

void ck_maps_copy(const ck_context *context, ck_shape shape, int64_t channels, ck_maps from,
                  ck_maps to) {
  table_for(context).copy(context, shape, channels, from, to);
}

void ck_relu_mean_pool(const ck_context *context, ck_shape shape, int64_t channels, ck_maps input,
                       ck_maps result) {
  table_for(context).pool(context, shape, channels, input, result);
}

void ck_relu_mean_pool_backward(const ck_context *context, ck_shape shape, int64_t channels,
                                ck_maps input, ck_maps gradient, const double *slope,
                                const double *constant, ck_maps result) {
  table_for(context).pool_backward(context, shape, channels, input, gradient, slope, constant,
                                   result);
}
