// SPDX-License-Identifier: MIT
//
// Preloaded by a test: one worker hangs in its next receive for ever once the file
// $SHAKEN302_TEST_STUCK is there. Its text says how: "spin" uses a core, "lock" waits for a lock
// that is never given back.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string_view>

namespace {

std::atomic<bool> is_taken = false;
std::atomic<std::uint64_t> turns = 0;

void hang(std::string_view how) {
  if (how.starts_with("spin")) {
    for (;;) turns.fetch_add(1);
  }
  static std::timed_mutex never_free;
  never_free.lock();
  for (;;) static_cast<void>(never_free.try_lock_for(std::chrono::hours(1)));
}

}  // namespace

extern "C" int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* limit) {
  static const char* const path = std::getenv("SHAKEN302_TEST_STUCK");
  static const auto real = reinterpret_cast<decltype(&::recvmmsg)>(::dlsym(RTLD_NEXT, "recvmmsg"));
  if (const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC); file >= 0) {
    std::array<char, 8> text;
    const ssize_t size = ::read(file, text.data(), text.size());
    ::close(file);
    if (size > 0 && !is_taken.exchange(true)) {
      hang({text.data(), static_cast<std::size_t>(size)});
    }
  }
  return real(socket, messages, count, flags, limit);
}
