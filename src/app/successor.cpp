// SPDX-License-Identifier: MIT
#include "successor.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "handover_words.hpp"
#include "net/inherited_sockets.hpp"

namespace shaken302::app {
namespace {

/// Set anew for the successor, or somebody else's.
bool is_of_one_process(std::string_view variable) {
  const auto name = variable.substr(0, variable.find('='));
  return name == "LISTEN_PID" || name == "LISTEN_FDS" || name == "LISTEN_FDNAMES" ||
         name == words::variable;
}

ProcessStart make_start(const Successor::Settings& settings,
                        const std::vector<NamedSocket>& sockets, int end) {
  ProcessStart start{.program = settings.program.path,
                     .arguments = settings.program.arguments,
                     .environment = {},
                     .pid_variables = {"LISTEN_PID"},
                     .descriptors = {},
                     .is_sibling = settings.is_sibling};
  // Whoever watches this process watches that one in its place.
  const std::string watched = fmt::format("WATCHDOG_PID={}", ::getpid());
  for (const std::string& variable : settings.environment) {
    if (variable == watched) {
      start.pid_variables.emplace_back("WATCHDOG_PID");
    } else if (!is_of_one_process(variable)) {
      start.environment.push_back(variable);
    }
  }
  std::string names;
  for (const NamedSocket& socket : sockets) {
    names += (names.empty() ? "" : ":") + socket.name;
    start.descriptors.push_back(socket.fd);
  }
  start.descriptors.push_back(end);
  start.environment.push_back(fmt::format("LISTEN_FDS={}", sockets.size()));
  start.environment.push_back("LISTEN_FDNAMES=" + names);
  start.environment.push_back(
      fmt::format("{}={}", words::variable,
                  net::InheritedSockets::first_descriptor + static_cast<int>(sockets.size())));
  return start;
}

std::string describe(int status) {
  if (WIFEXITED(status)) return fmt::format("exit status {}", WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = ::sigdescr_np(number);
  return fmt::format("ended by signal {} ({})", number, name == nullptr ? "unknown" : name);
}

bool has_ended(const net::FileDescriptor& handle, int wait_ms) noexcept {
  pollfd end{handle.number(), POLLIN, 0};
  return ::poll(&end, 1, wait_ms) == 1;
}

}  // namespace

std::vector<std::string> own_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

Result<Successor, std::string> Successor::start(const Settings& settings,
                                                const std::vector<NamedSocket>& sockets, Time now) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return Failure{std::generic_category().message(errno)};
  }
  net::FileDescriptor own(pair[0]);
  const net::FileDescriptor its(pair[1]);
  auto process = start_process(make_start(settings, sockets, its.number()));
  if (!process) return Failure{std::generic_category().message(process.error())};
  return Successor(*std::move(process), std::move(own), settings, now);
}

Successor::Successor(Successor&& other) noexcept
    : process_{.pid = std::exchange(other.process_.pid, 0),
               .handle = std::move(other.process_.handle)},
      is_sibling_(other.is_sibling_),
      end_(std::move(other.end_)),
      give_up_at_(other.give_up_at_),
      patience_(other.patience_),
      dismissal_patience_(other.dismissal_patience_) {}

Successor::~Successor() {
  if (process_.pid != 0) kill_and_wait({});
}

std::optional<Successor::Outcome> Successor::look(Time now) {
  std::array<char, 2> word{};
  const auto size = ::recv(end_.number(), word.data(), word.size(), MSG_DONTWAIT);
  if (size == 2 && word[0] == cannot_run) {
    return kill_and_wait(
        fmt::format("it cannot be run: {}",
                    std::generic_category().message(static_cast<unsigned char>(word[1]))));
  }
  if (auto failure = look_for_end()) {
    return Outcome{.serves = false, .failure = *std::move(failure)};
  }
  if (size == 1 && word[0] == words::serving) return Outcome{.serves = true};
  if (now < give_up_at_) return std::nullopt;
  return kill_and_wait(
      fmt::format("it did not serve within {} s",
                  std::chrono::duration_cast<std::chrono::seconds>(patience_).count()));
}

void Successor::release(bool is_reload_wanted) noexcept {
  const char word = is_reload_wanted ? words::yours_reload : words::yours;
  ::send(end_.number(), &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  process_.pid = 0;
}

void Successor::dismiss(Time now) noexcept {
  ::send(end_.number(), &words::not_needed, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  give_up_at_ = now + dismissal_patience_;
}

bool Successor::is_gone(Time now) noexcept {
  if (look_for_end()) return true;
  if (now < give_up_at_) return false;
  kill_and_wait({});
  return true;
}

std::optional<std::string> Successor::look_for_end() noexcept {
  if (!has_ended(process_.handle, 0)) return std::nullopt;
  int status = 0;
  const bool is_known = !is_sibling_ && ::waitpid(process_.pid, &status, 0) == process_.pid;
  process_.pid = 0;
  return is_known ? describe(status) : "it has ended, and how is its service manager's to know";
}

Successor::Outcome Successor::kill_and_wait(std::string failure) noexcept {
  // Not by its number: that of a sibling may be somebody else's by now.
  ::syscall(SYS_pidfd_send_signal, process_.handle.number(), SIGKILL, nullptr, 0);
  has_ended(process_.handle, -1);
  if (!is_sibling_) ::waitpid(process_.pid, nullptr, 0);
  process_.pid = 0;
  return {.serves = false, .failure = std::move(failure)};
}

}  // namespace shaken302::app
