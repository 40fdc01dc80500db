#include "communicator.h"
#include "built_for_cuda.h"

using namespace ctorch;

#if defined(CTORCH_CUDA)

#include <c10/cuda/CUDAGuard.h>

#include <cstring>
#include <optional>
#include <vector>

// As in torch/csrc/cuda/nccl.h, which cannot be included without the headers of cuBLAS and others.
namespace torch::cuda::nccl {

using ncclComm_t = void *;
typedef struct {
  char internal[CT_COMMUNICATOR_ID_BYTES];
} ncclUniqueId;

void get_unique_id(ncclUniqueId &id);
ncclComm_t comm_init_rank(int nranks, const ncclUniqueId &comm_id, int rank);
void comm_destroy(ncclComm_t comm);
void all_reduce(const std::vector<at::Tensor> &inputs, std::vector<at::Tensor> &outputs,
                int32_t op, const std::vector<std::optional<at::cuda::CUDAStream>> &streams,
                const std::vector<ncclComm_t> &user_comms);

}  // namespace torch::cuda::nccl

namespace nccl = torch::cuda::nccl;

/// Of torch/csrc/cuda/nccl.h's ncclRedOp.
static constexpr int32_t sum_operation = 0;

ct_status ct_communicator_id(void *bytes) {
  return guarded([&] {
    nccl::ncclUniqueId id;
    nccl::get_unique_id(id);
    std::memcpy(bytes, &id, sizeof id);
  });
}

ct_status ct_communicator_join(const void *bytes, int64_t rank, int64_t count, ct_device device,
                               ct_communicator *result) {
  return guarded([&] {
    const c10::cuda::CUDAGuard guard(device_of(device));
    nccl::ncclUniqueId id;
    std::memcpy(&id, bytes, sizeof id);
    *result = ct_communicator{
        nccl::comm_init_rank(static_cast<int>(count), id, static_cast<int>(rank))};
  });
}

void ct_communicator_free(ct_communicator communicator) {
  if (communicator.pointer == nullptr) return;
  guarded([&] { nccl::comm_destroy(communicator.pointer); });
}

void ctorch::sum_over(ct_communicator communicator, const at::Tensor &numbers) {
  TORCH_CHECK(communicator.pointer != nullptr, "a null communicator");
  // Summed where they are, on the current queue.
  const std::vector<at::Tensor> values = {numbers};
  std::vector<at::Tensor> sums = values;
  nccl::all_reduce(values, sums, sum_operation, {}, {communicator.pointer});
}

#else

ct_status ct_communicator_id(void *) { return guarded([] { no_cuda(); }); }
ct_status ct_communicator_join(const void *, int64_t, int64_t, ct_device, ct_communicator *) {
  return guarded([] { no_cuda(); });
}
void ct_communicator_free(ct_communicator) {}
void ctorch::sum_over(ct_communicator, const at::Tensor &) { no_cuda(); }

#endif

ct_status ct_communicator_sum(ct_communicator communicator, ct_tensor tensor) {
  return guarded([&] { sum_over(communicator, tensor_of(tensor)); });
}
