// libtorch's streams and events by its interface for any device, which needs no header of CUDA's.

#include "ct_queue.h"
#include "handles.h"

#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <memory>

using namespace ctorch;

namespace {

/// libtorch's interface to the devices, with one of them as this thread's current device from now on. What asks for the
/// current device's queue, as a recording does, is to find that device's; and to go back to another one would give this
/// process memory and a context there.
c10::impl::VirtualGuardImpl devices(c10::Device device) {
  c10::impl::VirtualGuardImpl interface(at::kCUDA);
  interface.setDevice(device);
  return interface;
}

c10::Event &event_of(ct_mark mark) {
  TORCH_CHECK(mark.pointer != nullptr, "a null mark");
  return *static_cast<c10::Event *>(mark.pointer);
}

c10::Stream &stream_of(ct_queue queue) {
  TORCH_CHECK(queue.pointer != nullptr, "a null queue");
  return *static_cast<c10::Stream *>(queue.pointer);
}

std::unique_ptr<c10::Event> recorded(const c10::Stream &stream,
                                     c10::EventFlag flag = c10::EventFlag::PYTORCH_DEFAULT) {
  auto event = std::make_unique<c10::Event>(at::kCUDA, flag);
  event->record(stream);
  return event;
}

}  // namespace

ct_status ct_queue_new(ct_device device, ct_queue *result) {
  return guarded([&] {
    const c10::Device place = device_of(device);
    TORCH_CHECK(place.is_cuda(), "the CPU has no queues");
    *result = ct_queue{new c10::Stream(devices(place).getStreamFromGlobalPool(place))};
  });
}

void ct_queue_free(ct_queue queue) { delete static_cast<c10::Stream *>(queue.pointer); }

ct_status ct_queue_enter(ct_queue queue, bool behind, ct_queue *before) {
  return guarded([&] {
    const c10::Stream entered = stream_of(queue);
    const auto interface = devices(entered.device());
    const c10::Stream left = interface.getStream(entered.device());
    if (behind && left != entered) recorded(left)->block(entered);
    auto kept = std::make_unique<c10::Stream>(left);
    interface.exchangeStream(entered);
    *before = ct_queue{kept.release()};
  });
}

ct_status ct_mark_new(ct_device device, bool timed, ct_mark *result) {
  return guarded([&] {
    const c10::Device place = device_of(device);
    TORCH_CHECK(place.is_cuda(), "the CPU has no queues");
    // In libtorch's words its own flag is for events without time.
    const auto flag = timed ? c10::EventFlag::BACKEND_DEFAULT : c10::EventFlag::PYTORCH_DEFAULT;
    *result = ct_mark{recorded(devices(place).getStream(place), flag).release()};
  });
}

void ct_mark_free(ct_mark mark) { delete static_cast<c10::Event *>(mark.pointer); }

ct_status ct_mark_wait(ct_mark mark) {
  return guarded([&] {
    const c10::Event &event = event_of(mark);
    event.block(devices(event.device()).getStream(event.device()));
  });
}

ct_status ct_mark_seconds(ct_mark from, ct_mark to, double *result) {
  return guarded([&] { *result = event_of(from).elapsedTime(event_of(to)) / 1000; });
}

ct_status ct_tensor_used(ct_tensor tensor) {
  return guarded([&] {
    const at::Tensor &value = tensor_of(tensor);
    if (value.is_cuda()) value.record_stream(devices(value.device()).getStream(value.device()));
  });
}
