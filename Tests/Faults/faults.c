// Calls of the system that fail, or at which the process is killed, at a chosen moment: preloaded into the
// program by the tests of what a run survives (LD_PRELOAD).
//
// FAULT_PATH    only calls on a path that contains this count
// FAULT_CALL    only calls of this name; all where it is not set
// FAULT_NUMBER  the call, counted from 1, at which it happens
// FAULT_ERRNO   from that call on all fail with this number, as on a disk that stays full; where it is not
//               set, the process is killed. A write does half of its work first.
// FAULT_LOG     a file that gets a line for every call that counts
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long counted;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

static void note(const char *call, const char *path) {
  const char *log = setting("FAULT_LOG");
  if (!log) return;
  static int (*next)(const char *, int, ...);
  static ssize_t (*next_write)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "open");
  if (!next_write) next_write = dlsym(RTLD_NEXT, "write");
  int file = next(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  char line[4200];
  int length = snprintf(line, sizeof line, "%s %s\n", call, path);
  if (next_write(file, line, length) < 0) abort();
  close(file);
}

// 0 where the call is to go on, else the number of the error that it is to have.
static int fault(const char *call, const char *path) {
  const char *part = setting("FAULT_PATH"), *only = setting("FAULT_CALL");
  if (!part || !strstr(path, part) || (only && strcmp(only, call))) return 0;
  note(call, path);
  const char *number = setting("FAULT_NUMBER");
  if (!number || __sync_add_and_fetch(&counted, 1) < atol(number)) return 0;
  const char *code = setting("FAULT_ERRNO");
  return code ? atoi(code) : -1;
}

static int end(int code) {
  if (code < 0) kill(getpid(), SIGKILL);
  errno = code;
  return -1;
}

static int fault_of_descriptor(const char *call, int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fault(call, path);
}

#define NEXT(name) static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int opened(const char *path, int flags) {
  return flags & O_CREAT ? fault("open", path) : 0;
}

int open(const char *path, int flags, ...) {
  NEXT(open);
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  int code = opened(path, flags);
  return code ? end(code) : next(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  NEXT(open64);
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  int code = opened(path, flags);
  return code ? end(code) : next(path, flags, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  NEXT(write);
  int code = fault_of_descriptor("write", descriptor);
  if (!code) return next(descriptor, bytes, count);
  if (count > 1) next(descriptor, bytes, count / 2);
  return end(code);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  NEXT(pwrite);
  int code = fault_of_descriptor("pwrite", descriptor);
  if (!code) return next(descriptor, bytes, count, offset);
  if (count > 1) next(descriptor, bytes, count / 2, offset);
  return end(code);
}

int fsync(int descriptor) {
  NEXT(fsync);
  int code = fault_of_descriptor("fsync", descriptor);
  return code ? end(code) : next(descriptor);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
  NEXT(posix_fallocate);
  int code = fault_of_descriptor("posix_fallocate", descriptor);
  if (!code) return next(descriptor, offset, length);
  end(code);
  return code;
}

int rename(const char *path, const char *other) {
  NEXT(rename);
  int code = fault("rename", other);
  return code ? end(code) : next(path, other);
}

int link(const char *path, const char *other) {
  NEXT(link);
  int code = fault("link", other);
  return code ? end(code) : next(path, other);
}

int unlink(const char *path) {
  NEXT(unlink);
  // What frees room works on a full disk.
  int code = fault("unlink", path);
  return code < 0 ? end(code) : next(path);
}
