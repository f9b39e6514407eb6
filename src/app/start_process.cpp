// SPDX-License-Identifier: MIT
#include "start_process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

namespace shaken302::app {
namespace {

constexpr int first_descriptor = 3;

/// Everything that is needed between fork and exec, made before: there nothing may be allocated and
/// no lock be taken, since another thread may have held it.
struct Prepared {
  explicit Prepared(const ProcessStart& start)
      : program(start.program),
        arguments(start.arguments),
        environment(start.environment),
        descriptors(start.descriptors),
        moved(start.descriptors.size()) {
    for (std::string& argument : arguments) argument_pointers.push_back(argument.data());
    argument_pointers.push_back(nullptr);
    const std::size_t others = environment.size();
    for (const std::string& name : start.pid_variables) {
      environment.push_back(name + "=" + std::string(pid_digits_max, '\0'));
    }
    for (std::string& variable : environment) environment_pointers.push_back(variable.data());
    environment_pointers.push_back(nullptr);
    for (std::size_t i = 0; i < start.pid_variables.size(); ++i) {
      pid_places.push_back(environment[others + i].data() + start.pid_variables[i].size() + 1);
    }
  }

  static constexpr std::size_t pid_digits_max = 12;
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argument_pointers;
  std::vector<char*> environment_pointers;
  std::vector<char*> pid_places;
  std::vector<int> descriptors;
  std::vector<int> moved;
  sigset_t signals_before{};
};

void write_number(char* place, pid_t number) noexcept {
  std::array<char, Prepared::pid_digits_max> digits;
  std::size_t count = 0;
  for (; number > 0; number /= 10) digits[count++] = static_cast<char>('0' + number % 10);
  while (count > 0) *place++ = digits[--count];
}

/// First above all places, then down into them: a place may hold another one's descriptor.
bool place_descriptors(Prepared& prepared) noexcept {
  const int above = first_descriptor + static_cast<int>(prepared.descriptors.size());
  for (std::size_t i = 0; i < prepared.descriptors.size(); ++i) {
    prepared.moved[i] = ::fcntl(prepared.descriptors[i], F_DUPFD, above);
    if (prepared.moved[i] < 0) return false;
  }
  for (std::size_t i = 0; i < prepared.moved.size(); ++i) {
    if (::dup2(prepared.moved[i], first_descriptor + static_cast<int>(i)) < 0) return false;
  }
  // What a library has opened without O_CLOEXEC; ours are closed by execve in any case.
  ::close_range(static_cast<unsigned>(above), UINT_MAX, 0);
  return true;
}

/// Handlers of the parent's, which would write into what both share, end before signals come in.
void restore_signals(const Prepared& prepared) noexcept {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
    ::sigaction(number, &standard, nullptr);
  }
  ::pthread_sigmask(SIG_SETMASK, &prepared.signals_before, nullptr);
}

/// In the new process: only what is async-signal-safe.
[[noreturn]] void become(Prepared& prepared) noexcept {
  const pid_t own = ::getpid();
  for (char* place : prepared.pid_places) write_number(place, own);
  const bool is_placed = place_descriptors(prepared);
  restore_signals(prepared);
  if (is_placed) {
    ::execve(prepared.program.c_str(), prepared.argument_pointers.data(),
             prepared.environment_pointers.data());
  }
  const std::array<char, 2> report{cannot_run, static_cast<char>(errno)};
  const int last = is_placed ? first_descriptor + static_cast<int>(prepared.descriptors.size()) - 1
                             : prepared.descriptors.back();
  ::send(last, report.data(), report.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::_exit(127);
}

/// The system call and not fork(3), which knows neither flag, and which takes the locks of the
/// allocator and of libraries for a child that goes on running: the control thread would wait for
/// whoever holds one. Not clone3(2), which filters of system calls often refuse. Returns twice.
pid_t clone_this_process(bool is_sibling, int& handle) noexcept {
  const unsigned long flags =
      CLONE_PIDFD | static_cast<unsigned long>(SIGCHLD) | (is_sibling ? CLONE_PARENT : 0UL);
  return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, &handle, nullptr, nullptr));
}

}  // namespace

Result<Process, int> start_process(const ProcessStart& start) {
  Prepared prepared(start);
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &prepared.signals_before);
  int handle = -1;
  const pid_t pid = clone_this_process(start.is_sibling, handle);
  if (pid == 0) become(prepared);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &prepared.signals_before, nullptr);
  if (pid < 0) return Failure{error};
  return Process{.pid = pid, .handle = net::FileDescriptor(handle)};
}

}  // namespace shaken302::app
