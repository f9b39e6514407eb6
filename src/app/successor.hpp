// SPDX-License-Identifier: MIT
//
// The process that shall serve in this one's place: the same program, perhaps a newer one by now,
// with the same arguments and the same sockets. Both serve until the new one says that it does.
// Control thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "net/file_descriptor.hpp"
#include "own_program.hpp"
#include "shaken302/result.hpp"
#include "start_process.hpp"

namespace shaken302::app {

/// A listening socket, and what it is called where it is stored.
struct NamedSocket {
  int fd = -1;  ///< its owner's
  std::string name;
};

class Successor {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Settings {
    OwnProgram program;
    std::vector<std::string> environment;  ///< "NAME=value", as of this process
    std::chrono::milliseconds patience = std::chrono::minutes(1);
    /// How long one that serves and is not needed may take to answer what it has and to end.
    std::chrono::milliseconds dismissal_patience = std::chrono::seconds(5);
    /// A service manager takes care of it: it stops a main process in peace, and hears of its end
    /// at once, only when that is its own child. How it ends is the manager's to know then.
    bool is_sibling = false;
  };
  /// What became of it.
  struct Outcome {
    bool serves = false;
    std::string failure{};  ///< "exit status 78", or why else it does not serve
  };

  /// Starts it, or says why not.
  static Result<Successor, std::string> start(const Settings& settings,
                                              const std::vector<NamedSocket>& sockets, Time now);
  /// One that does not serve yet is ended.
  ~Successor();
  Successor(Successor&& other) noexcept;
  Successor& operator=(Successor&&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid; }
  /// From time to time; nothing: it is not decided yet.
  std::optional<Outcome> look(Time now);
  /// After it serves: this process leaves the sockets to it, which lives on without it.
  void release(bool is_reload_wanted) noexcept;
  /// After it serves: this process serves on, and that one leaves the sockets to it.
  void dismiss(Time now) noexcept;
  /// After `dismiss`, from time to time: whether it has ended. One that takes too long is ended.
  bool is_gone(Time now) noexcept;

 private:
  Successor(Process process, net::FileDescriptor end, const Settings& settings, Time now) noexcept
      : process_(std::move(process)),
        is_sibling_(settings.is_sibling),
        end_(std::move(end)),
        give_up_at_(now + settings.patience),
        patience_(settings.patience),
        dismissal_patience_(settings.dismissal_patience) {}
  std::optional<std::string> look_for_end() noexcept;
  Outcome kill_and_wait(std::string failure) noexcept;

  Process process_;  // number 0: it is not ours to end any more
  bool is_sibling_;
  net::FileDescriptor end_;
  Time give_up_at_;
  std::chrono::milliseconds patience_;
  std::chrono::milliseconds dismissal_patience_;
};

/// The variables of this process, for `Settings::environment`.
std::vector<std::string> own_environment();

}  // namespace shaken302::app
