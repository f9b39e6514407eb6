// SPDX-License-Identifier: MIT
//
// Preloaded into the server under test: the wall clock is the real one plus an offset and a slew,
// which the test changes in the file that CLOCK_SHIM names: three native 64-bit numbers. Other
// clocks are as they are.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct State {
  std::atomic<std::int64_t> offset_ns;
  std::atomic<std::int64_t> slew_per_mille;  ///< of the time since `slew_since_ns`
  std::atomic<std::int64_t> slew_since_ns;   ///< real wall clock
};

const State* map_state() {
  static const State none{};
  const char* const path = std::getenv("CLOCK_SHIM");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return &none;
  void* const mapped = ::mmap(nullptr, sizeof(State), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? &none : static_cast<const State*>(mapped);
}

using ClockGettime = int (*)(clockid_t, timespec*);

ClockGettime real_clock() {
  // POSIX has dlsym() give functions as pointers to objects.
  static const auto real = reinterpret_cast<ClockGettime>(::dlsym(RTLD_NEXT, "clock_gettime"));
  return real;
}

std::int64_t shifted_ns() {
  static const State* const state = map_state();
  timespec now{};
  real_clock()(CLOCK_REALTIME, &now);
  const std::int64_t real_ns = now.tv_sec * second_ns + now.tv_nsec;
  const std::int64_t slewed_ns = (real_ns - state->slew_since_ns) / 1000 * state->slew_per_mille;
  return real_ns + state->offset_ns + slewed_ns;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* answer) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return real_clock()(clock, answer);
  const std::int64_t now = shifted_ns();
  *answer = {now / second_ns, now % second_ns};
  return 0;
}

extern "C" int gettimeofday(timeval* answer, void* /*zone*/) noexcept {
  const std::int64_t now = shifted_ns();
  *answer = {now / second_ns, now % second_ns / 1000};
  return 0;
}

extern "C" time_t time(time_t* answer) noexcept {
  const time_t now = shifted_ns() / second_ns;
  if (answer != nullptr) *answer = now;
  return now;
}
