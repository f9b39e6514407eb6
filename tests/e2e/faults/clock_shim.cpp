// SPDX-License-Identifier: MIT
//
// Preloaded into the server under test: the wall clock is the real one plus an offset and a slew,
// which the test changes in the file that CLOCK_SHIM names: three native 64-bit numbers. The times
// at which datagrams came in are told by that clock too. Other clocks are as they are.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
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

/// A time of the real clock, as the server is to see it.
timespec shifted(const timespec& time) {
  static const State* const state = map_state();
  const std::int64_t real_ns = time.tv_sec * second_ns + time.tv_nsec;
  const std::int64_t slewed_ns = (real_ns - state->slew_since_ns) / 1000 * state->slew_per_mille;
  const std::int64_t told_ns = real_ns + state->offset_ns + slewed_ns;
  return {told_ns / second_ns, told_ns % second_ns};
}

timespec now() {
  timespec real{};
  real_clock()(CLOCK_REALTIME, &real);
  return shifted(real);
}

void shift_receive_time(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time{};
    std::memcpy(&time, CMSG_DATA(part), sizeof time);
    time = shifted(time);
    std::memcpy(CMSG_DATA(part), &time, sizeof time);
  }
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* answer) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return real_clock()(clock, answer);
  *answer = now();
  return 0;
}

extern "C" int gettimeofday(timeval* answer, void* /*zone*/) noexcept {
  const timespec time = now();
  *answer = {time.tv_sec, time.tv_nsec / 1000};
  return 0;
}

extern "C" time_t time(time_t* answer) noexcept {
  const time_t seconds = now().tv_sec;
  if (answer != nullptr) *answer = seconds;
  return seconds;
}

extern "C" int recvmmsg(int socket, mmsghdr* messages, unsigned size, int flags,
                        timespec* timeout) {
  using Recvmmsg = int (*)(int, mmsghdr*, unsigned, int, timespec*);
  static const auto real = reinterpret_cast<Recvmmsg>(::dlsym(RTLD_NEXT, "recvmmsg"));
  const int count = real(socket, messages, size, flags, timeout);
  for (int i = 0; i < count; ++i) shift_receive_time(messages[i].msg_hdr);
  return count;
}
