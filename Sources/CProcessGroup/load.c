#include "process_group.h"

#include <dlfcn.h>
#include <stdio.h>

const pg_functions *pg_load(const char *path, char *reason, int64_t size) {
  // MPI's own plug-ins look for its symbols among those of the whole program.
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) {
    snprintf(reason, (size_t)size, "%s", dlerror());
    return NULL;
  }
  pg_entry entry = (pg_entry)dlsym(library, PG_ENTRY_NAME);
  const pg_functions *functions = entry == NULL ? NULL : entry();
  if (functions == NULL || functions->version != PG_VERSION) {
    snprintf(reason, (size_t)size, "it was made for another version of this program");
    return NULL;
  }
  return functions;
}
