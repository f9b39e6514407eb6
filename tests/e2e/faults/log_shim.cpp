// SPDX-License-Identifier: MIT
//
// Preloaded into the server under test: what becomes of a line for standard error is read from the
// first byte of the file that LOG_SHIM names. `r`: the file system is read-only. `s`: each takes
// two seconds, as on a disk that is slow to sync. Anything else: it is written.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

const volatile char* map_state() {
  static const char none = '\0';
  const char* const path = std::getenv("LOG_SHIM");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return &none;
  void* const mapped = ::mmap(nullptr, 1, PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? &none : static_cast<const char*>(mapped);
}

}  // namespace

extern "C" size_t fwrite(const void* bytes, size_t size, size_t count, FILE* file) {
  using Fwrite = size_t (*)(const void*, size_t, size_t, FILE*);
  // POSIX has dlsym() give functions as pointers to objects.
  static const auto real = reinterpret_cast<Fwrite>(::dlsym(RTLD_NEXT, "fwrite"));
  static const volatile char* const state = map_state();
  if (file == stderr && *state == 'r') {
    errno = EROFS;
    return 0;
  }
  if (file == stderr && *state == 's') ::sleep(2);
  return real(bytes, size, count, file);
}
