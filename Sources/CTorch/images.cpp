#include "ct_images.h"
#include "handles.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/where.h>
#include <c10/core/GradMode.h>

using namespace ctorch;

ct_status ct_images_place(ct_tensor bytes, ct_tensor placements, ct_tensor table,
                          ct_tensor *result) {
  return guarded_tensor(result, [&] {
    c10::AutoGradMode without_gradients(false);
    const at::Tensor &images = tensor_of(bytes), &places = tensor_of(placements);
    const at::Tensor &values = tensor_of(table);
    TORCH_CHECK(images.dim() == 4 && images.size(2) == images.size(3) && images.is_contiguous() &&
                    images.scalar_type() == at::kByte,
                "images are [M, C, S, S] of bytes, not ", images.sizes());
    TORCH_CHECK(places.dim() == 2 && places.size(1) == 4 && places.scalar_type() == at::kLong,
                "placements are [N, 4], not ", places.sizes());
    const int64_t count = places.size(0), channels = images.size(1), side = images.size(2);
    TORCH_CHECK(values.dim() == 1 && values.size(0) == channels * 256, "a table of ",
                values.sizes(), " for ", channels, " channels");
    const auto by_image = [&](int64_t column) { return places.select(1, column).view({count, 1, 1}); };
    const at::Tensor along = at::arange(side, places.options());
    const at::Tensor rows = along.view({1, side, 1}) + by_image(1);
    const at::Tensor seen = along.view({1, 1, side});
    const at::Tensor columns =
        at::where(by_image(3) != 0, side - 1 - seen, seen) + by_image(2);
    const at::Tensor is_inside =
        ((rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)).unsqueeze(3);
    // Where each pixel's first channel lies in the data set.
    const at::Tensor first = by_image(0) * (channels * side * side) +
                             rows.clamp(0, side - 1) * side + columns.clamp(0, side - 1);
    const at::Tensor channel = at::arange(channels, places.options());
    const at::Tensor pixels = (first.unsqueeze(3) + channel * (side * side)).view(-1);
    const at::Tensor read = images.view(-1).index_select(0, pixels)
                                .view({count, side, side, channels}).to(at::kLong);
    return values.index_select(0, (read * is_inside + channel * 256).view(-1))
        .view({count, side, side, channels}).permute({0, 3, 1, 2});
  });
}
