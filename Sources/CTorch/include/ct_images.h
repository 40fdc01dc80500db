#pragma once

#include "ct_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Cuts images out of a data set where it lies: a whole batch at once, for a device that has the data set.
///
/// bytes [M, 3, S, S] of uint8; placements [N, 4] of int64: the image's index, the first row and the first column that
/// are seen, and 1 for mirrored; table [768]: what each byte of each channel becomes. -> [N, 3, S, S] of the table's
/// type, channels last. What lies outside of an image is as its byte 0.
ct_status ct_images_place(ct_tensor bytes, ct_tensor placements, ct_tensor table,
                          ct_tensor *result);

#ifdef __cplusplus
}
#endif
