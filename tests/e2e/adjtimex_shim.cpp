// SPDX-License-Identifier: MIT
//
// Preloaded into the server under test: what the kernel says of the clock is read from the file
// that CLOCK_STATE names: "set", "unset", or anything else for a kernel that refuses to tell.
#include <sys/timex.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" int adjtimex(timex* answer) noexcept {
  char word[16]{};
  if (std::FILE* const file = std::fopen(std::getenv("CLOCK_STATE"), "re")) {
    if (std::fgets(word, sizeof word, file) == nullptr) word[0] = '\0';
    std::fclose(file);
  }
  *answer = {};
  if (std::strcmp(word, "set") == 0) return TIME_OK;
  if (std::strcmp(word, "unset") == 0) {
    answer->status = STA_UNSYNC;
    return TIME_ERROR;
  }
  errno = EPERM;
  return -1;
}
