// The table of process_group.h on MPI, compiled by `scripts/setup-mpi` with the machine's mpicc.

#include "../Sources/CProcessGroup/include/process_group.h"

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MPI counts in int: what is longer goes in pieces.
static const int64_t piece = 1 << 28;

typedef struct pieces {
  int count;
  MPI_Request requests[];
} pieces;

static void copy_text(char *to, int64_t size, const char *from, int length) {
  if (size < 1) return;
  const int64_t kept = length < size - 1 ? length : size - 1;
  memcpy(to, from, (size_t)kept);
  to[kept] = 0;
}

static pg_status start(void) {
  int provided = 0;
  const int status = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (status != MPI_SUCCESS) return status;
  if (provided < MPI_THREAD_FUNNELED) return MPI_ERR_UNSUPPORTED_OPERATION;
  // An error comes back to the program, which says what it means.
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

static pg_status finish(void) { return MPI_Finalize(); }

static void abort_job(int32_t exit_status) { MPI_Abort(MPI_COMM_WORLD, exit_status); }

static pg_status rank(int32_t *result) {
  int value = 0;
  const int status = MPI_Comm_rank(MPI_COMM_WORLD, &value);
  *result = value;
  return status;
}

static pg_status size(int32_t *result) {
  int value = 0;
  const int status = MPI_Comm_size(MPI_COMM_WORLD, &value);
  *result = value;
  return status;
}

static void name(char *text, int64_t size) {
  char full[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  if (MPI_Get_library_version(full, &length) != MPI_SUCCESS) length = 0;
  // MPICH goes on for a page, with tabs; the first line says it.
  int kept = 0;
  for (int index = 0; index < length && full[index] != '\n' && full[index] != ','; ++index) {
    const bool is_space = full[index] == ' ' || full[index] == '\t';
    if (is_space && (kept == 0 || full[kept - 1] == ' ')) continue;
    full[kept++] = is_space ? ' ' : full[index];
  }
  copy_text(text, size, full, kept);
}

static void describe(pg_status status, char *text, int64_t size) {
  char full[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(status, full, &length) != MPI_SUCCESS) length = 0;
  copy_text(text, size, full, length);
}

static pg_status begin_sum(void *values, int64_t count, int64_t element, MPI_Datatype type,
                           pg_request *request) {
  const int64_t needed = (count + piece - 1) / piece;
  request->pointer = NULL;
  if (needed >= INT_MAX) return MPI_ERR_COUNT;
  pieces *all = malloc(sizeof(pieces) + (size_t)needed * sizeof(MPI_Request));
  if (all == NULL) return MPI_ERR_NO_MEM;
  all->count = 0;
  for (int64_t begin = 0; begin < count; begin += piece) {
    const int64_t left = count - begin;
    const int status = MPI_Iallreduce(MPI_IN_PLACE, (char *)values + begin * element,
                                      (int)(left < piece ? left : piece), type, MPI_SUM,
                                      MPI_COMM_WORLD, &all->requests[all->count]);
    if (status != MPI_SUCCESS) {
      free(all);
      return status;
    }
    ++all->count;
  }
  request->pointer = all;
  return MPI_SUCCESS;
}

static pg_status begin_sum_float32(float *values, int64_t count, pg_request *request) {
  return begin_sum(values, count, sizeof(float), MPI_FLOAT, request);
}

static pg_status begin_sum_float64(double *values, int64_t count, pg_request *request) {
  return begin_sum(values, count, sizeof(double), MPI_DOUBLE, request);
}

static pg_status wait_for(pg_request request) {
  pieces *all = request.pointer;
  if (all == NULL) return MPI_SUCCESS;
  const int status = MPI_Waitall(all->count, all->requests, MPI_STATUSES_IGNORE);
  free(all);
  return status;
}

static pg_status sum_float64(double *values, int64_t count) {
  pg_request request;
  const pg_status status = begin_sum_float64(values, count, &request);
  return status != MPI_SUCCESS ? status : wait_for(request);
}

static pg_status progress(void) {
  int is_there = 0;
  return MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &is_there, MPI_STATUS_IGNORE);
}

static pg_status broadcast(void *bytes, int64_t count) {
  for (int64_t begin = 0; begin < count; begin += piece) {
    const int64_t left = count - begin;
    const int status = MPI_Bcast((char *)bytes + begin, (int)(left < piece ? left : piece), MPI_BYTE,
                                 0, MPI_COMM_WORLD);
    if (status != MPI_SUCCESS) return status;
  }
  return MPI_SUCCESS;
}

const pg_functions *freezeout_process_group(void) {
  static const pg_functions functions = {
      .version = PG_VERSION,
      .start = start,
      .finish = finish,
      .abort = abort_job,
      .rank = rank,
      .size = size,
      .name = name,
      .describe = describe,
      .sum_float64 = sum_float64,
      .begin_sum_float32 = begin_sum_float32,
      .begin_sum_float64 = begin_sum_float64,
      .wait = wait_for,
      .progress = progress,
      .broadcast = broadcast,
  };
  return &functions;
}
