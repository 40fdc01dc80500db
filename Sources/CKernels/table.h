// What each set of instructions offers: the functions of ck_kernels.h for one type of elements.

#pragma once

#include "include/ck_kernels.h"

struct ck_table {
  int64_t (*forward_workspace)(const ck_context *, const ck_convolution *);
  int64_t (*backward_workspace)(const ck_context *, const ck_convolution *);
  int64_t (*packed_bytes)(const ck_context *, const ck_convolution *);
  void (*pack_weights)(const ck_context *, const ck_convolution *, void *);
  void (*forward)(const ck_context *, const ck_convolution *, const void *, ck_maps, ck_maps,
                  ck_sums, bool, const ck_norm *, void *);
  void (*backward)(const ck_context *, const ck_convolution *, const ck_gradient *, void *,
                   ck_maps, int64_t, bool, ck_sums, void *);
  int64_t (*sums_workspace)(const ck_context *, int64_t);
  void (*sums)(const ck_context *, ck_shape, int64_t, ck_maps, bool, ck_sums, void *);
  void (*settle)(const ck_context *, ck_shape, int64_t, const ck_gradient *, ck_maps);
  void (*activate)(const ck_context *, ck_shape, int64_t, ck_maps, const ck_norm *, ck_maps);
  void (*activate_backward)(const ck_context *, ck_shape, int64_t, ck_maps, const ck_norm *,
                            ck_maps, ck_maps, ck_sums, void *);
  void (*means)(const ck_context *, ck_shape, int64_t, ck_maps, const ck_norm *, ck_maps);
  void (*means_backward)(const ck_context *, ck_shape, int64_t, ck_maps, const ck_norm *, ck_maps,
                         ck_maps, ck_sums, void *);
  void (*copy)(const ck_context *, ck_shape, int64_t, ck_maps, ck_maps);
  void (*pool)(const ck_context *, ck_shape, int64_t, ck_maps, ck_maps);
  void (*pool_backward)(const ck_context *, ck_shape, int64_t, ck_maps, ck_maps, const double *,
                        const double *, ck_maps);
};

/// By `ck_element`; null where the build has no such instructions.
extern const ck_table ck_portable_tables[2];
extern const ck_table *const ck_avx2_tables;
extern const ck_table *const ck_avx512_tables;
