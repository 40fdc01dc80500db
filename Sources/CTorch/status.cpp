#include "ct_status.h"
#include "handles.h"

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

}  // namespace ctorch

const char *ct_last_error(void) { return last_error.c_str(); }
