#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// What every function that can fail returns.
typedef enum ct_status { CT_OK = 0, CT_FAILED = 1 } ct_status;

/// The message of the last failure on this thread, UTF-8, without a backtrace. It stays valid until
/// the next failure on this thread. Never null.
const char *ct_last_error(void);

#ifdef __cplusplus
}
#endif
