// SPDX-License-Identifier: MIT
//
// From one process to the next without a pause: the one that serves starts the one that shall, on
// the same sockets, and leaves when that one serves. Both sides of it. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "log.hpp"
#include "own_program.hpp"
#include "predecessor.hpp"
#include "successor.hpp"
#include "systemd_notify.hpp"

namespace shaken302::app {

class Handover {
 public:
  using Time = Successor::Time;
  /// All of it outlives the handover. While there is a predecessor the manager is told nothing.
  struct Parts {
    Log& log;
    SystemdNotifier& manager;
    std::optional<OwnProgram> program{};
    std::optional<Predecessor> predecessor{};
  };
  explicit Handover(Parts parts);

  /// Whether a process that served before has still to leave.
  [[nodiscard]] bool has_predecessor() const noexcept { return parts_.predecessor.has_value(); }
  /// This process answers calls: the one before may leave.
  void tell_serving();
  /// Starts a successor, or logs why not.
  void begin(const std::vector<NamedSocket>& sockets, Time now);
  /// This process is told to reload: a successor that is starting may have read already.
  void note_reload() noexcept { is_reload_wanted_ = true; }
  /// This process stops, and a successor with it.
  void cancel(Time now);

  enum class Event : std::uint8_t {
    none,
    taken_over,             ///< the predecessor leaves: this is the main process now
    taken_over_and_reload,  ///< likewise, and it was told to reload meanwhile
    handed_over,            ///< the successor serves: this process is to leave
    dismissed,              ///< the predecessor serves on: this process is to leave
  };
  /// Many times a second.
  Event look(Time now);

 private:
  Event look_at_predecessor();
  Event look_at_successor(Time now);
  void dismiss(Time now);

  Parts parts_;
  std::optional<Successor> successor_;
  std::optional<Successor> dismissed_;  // it answers what it has taken
  bool is_reload_wanted_ = false;
};

}  // namespace shaken302::app
