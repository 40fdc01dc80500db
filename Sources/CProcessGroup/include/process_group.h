// What a job of several processes needs of MPI, as a table of functions.
//
// MPI's implementations agree on a source interface and differ in a binary one. The binding (MPI/binding.c) is
// therefore compiled by the machine's own mpicc, apart from this package, and fills this table, which the
// program loads when it runs as a part of a job. A program that never does has no use for MPI and no cost.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Raised whenever the table changes.
#define PG_VERSION 1

/// 0, or an error of MPI's whose text `describe` tells.
typedef int32_t pg_status;

/// A sum that is going on.
typedef struct pg_request {
  void *pointer;
} pg_request;

/// All functions are to be called on the thread that called `start`. Every process of the job calls the collective
/// ones in the same order, with the same counts.
typedef struct pg_functions {
  int32_t version;
  /// Joins the job; once, before all others.
  pg_status (*start)(void);
  /// Leaves it: collective, and the last call.
  pg_status (*finish)(void);
  /// Ends all processes of the job with an exit status.
  void (*abort)(int32_t exit_status);
  pg_status (*rank)(int32_t *result);
  pg_status (*size)(int32_t *result);
  /// MPI's name and version, as text that is cut to `size` bytes and ends with a 0.
  void (*name)(char *text, int64_t size);
  void (*describe)(pg_status status, char *text, int64_t size);
  /// Collective: each value becomes its sum over all processes.
  pg_status (*sum_float64)(double *values, int64_t count);
  /// Collective: the same, in the background; the memory is not to be touched before `wait` has returned.
  pg_status (*begin_sum_float32)(float *values, int64_t count, pg_request *request);
  pg_status (*begin_sum_float64)(double *values, int64_t count, pg_request *request);
  /// Waits until a sum is there, and gives the request back.
  pg_status (*wait)(pg_request request);
  /// Lets sums in the background go on, as MPI does in its own calls alone.
  pg_status (*progress)(void);
  /// Collective: bytes of process 0 become everybody's.
  pg_status (*broadcast)(void *bytes, int64_t count);
} pg_functions;

/// The name of the function of a binding that gives its table.
#define PG_ENTRY_NAME "freezeout_process_group"
typedef const pg_functions *(*pg_entry)(void);

/// The table of the binding in a file. Null where it cannot be loaded or is another version's: `reason` then says
/// why, cut to `size` bytes. It stays loaded.
const pg_functions *pg_load(const char *path, char *reason, int64_t size);

#ifdef __cplusplus
}
#endif
