#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// What every function that can fail returns. CT_OUT_OF_MEMORY stands for a failure for want of
/// memory, whose message is libtorch's too.
typedef enum ct_status { CT_OK = 0, CT_FAILED = 1, CT_OUT_OF_MEMORY = 2 } ct_status;

/// The message of the last failure on this thread, UTF-8, without a backtrace. It stays valid until
/// the next failure on this thread. Never null.
const char *ct_last_error(void);

#ifdef __cplusplus
}
#endif
