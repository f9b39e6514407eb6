// SPDX-License-Identifier: MIT
#include "token_thread.hpp"

#include <pthread.h>
#include <time.h>

#include <csignal>
#include <list>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace shaken302::directory {
namespace {

struct Started {
  std::mutex mutex;
  std::list<pthread_t> threads;
};

/// Never destroyed: a thread may outlive every static object.
Started& started() {
  static auto& all = *new Started;
  return all;
}

void* run(void* argument) {
  const std::unique_ptr<std::function<void()>> work(static_cast<std::function<void()>*>(argument));
  (*work)();
  return nullptr;
}

timespec realtime_after(std::chrono::milliseconds time) {
  using std::chrono::nanoseconds;
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME, &at);  // the one clock that pthread_timedjoin_np knows
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  at.tv_sec += whole.count();
  at.tv_nsec += static_cast<long>(nanoseconds(time - whole).count());
  if (at.tv_nsec >= 1'000'000'000) {
    at.tv_nsec -= 1'000'000'000;
    ++at.tv_sec;
  }
  return at;
}

}  // namespace

void start_token_thread(std::function<void()> work) {
  auto owned = std::make_unique<std::function<void()>>(std::move(work));
  Started& all = started();
  const std::lock_guard lock(all.mutex);
  all.threads.remove_if(
      [](pthread_t thread) { return ::pthread_tryjoin_np(thread, nullptr) == 0; });
  all.threads.emplace_back();
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  const int error = ::pthread_create(&all.threads.back(), nullptr, run, owned.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) {
    all.threads.pop_back();
    throw std::system_error(error, std::generic_category(), "a thread for a token");
  }
  static_cast<void>(owned.release());
}

bool token_threads_end_within(std::chrono::milliseconds time) {
  Started& all = started();
  const std::lock_guard lock(all.mutex);
  const timespec end = realtime_after(time);
  all.threads.remove_if(
      [&end](pthread_t thread) { return ::pthread_timedjoin_np(thread, nullptr, &end) == 0; });
  return all.threads.empty();
}

}  // namespace shaken302::directory
