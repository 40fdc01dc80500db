#include "ct_status.h"
#include "handles.h"

#include <cstring>
#include <new>
#include <string>

namespace {
thread_local std::string last_error;
}

namespace ctorch {

void set_last_error(const char *message) noexcept {
  try {
    last_error = message;
  } catch (const std::bad_alloc &) {
    last_error.clear();
  }
}

bool is_out_of_memory(const c10::Error &error) noexcept {
  if (dynamic_cast<const c10::OutOfMemoryError *>(&error)) return true;
  const char *words = error.what_without_backtrace();
  return std::strstr(words, "can't allocate memory") != nullptr ||
         std::strstr(words, "not enough memory") != nullptr;
}

}  // namespace ctorch

const char *ct_last_error(void) { return last_error.c_str(); }
