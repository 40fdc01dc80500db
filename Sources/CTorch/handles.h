// Handles to and from libtorch's types, and the one guard through which every call goes.

#pragma once

#if !__has_include(<ATen/core/Tensor.h>)
#error "no libtorch is linked: run scripts/setup"
#endif

#include <ATen/core/Tensor.h>

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "ct_generator.h"
#include "ct_status.h"
#include "ct_tensor.h"

namespace ctorch {

void set_last_error(const char *message) noexcept;

/// Whether libtorch's words are those of an allocation that failed. On the CPU they come as an error of
/// the general type.
bool is_out_of_memory(const c10::Error &error) noexcept;

/// Runs the body; an exception becomes a failure and its text this thread's last error.
template <typename Body>
ct_status guarded(Body &&body) noexcept {
  try {
    std::forward<Body>(body)();
    return CT_OK;
  } catch (const c10::Error &error) {
    set_last_error(error.what_without_backtrace());
    if (is_out_of_memory(error)) return CT_OUT_OF_MEMORY;
  } catch (const std::bad_alloc &error) {
    set_last_error(error.what());
    return CT_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("an exception of unknown type");
  }
  return CT_FAILED;
}

/// The tensor behind a handle. Throws for a null handle.
inline at::Tensor &tensor_of(ct_tensor handle) {
  TORCH_CHECK(handle.pointer != nullptr, "a null tensor handle");
  return *static_cast<at::Tensor *>(handle.pointer);
}

/// A new handle that owns a reference to the tensor.
ct_tensor handle_of(at::Tensor tensor);

at::Generator &generator_of(ct_generator handle);

at::ScalarType scalar_type_of(ct_dtype dtype);
at::MemoryFormat memory_format_of(ct_memory_format format);
at::Device device_of(ct_device device);

/// Runs the body, which makes a tensor, and hands out its handle.
template <typename Body>
ct_status guarded_tensor(ct_tensor *result, Body &&body) noexcept {
  return guarded([&] { *result = handle_of(std::forward<Body>(body)()); });
}

}  // namespace ctorch
