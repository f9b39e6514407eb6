// SPDX-License-Identifier: MIT
//
// Notices that files of credentials have changed. It asks for their states a few times a second
// instead of waiting for notifications: those know nothing of a symbolic link that is turned, nor
// of a file system of another machine. A thread of its own: a file system may hang.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "config/configuration.hpp"

namespace shaken302::app {

class CredentialWatch {
 public:
  struct Pace {
    std::chrono::milliseconds look{100};   ///< between two looks
    std::chrono::milliseconds quiet{200};  ///< that its files must rest: somebody is writing
    std::chrono::milliseconds longest{
        700};  ///< after the first change: then it is told all the same
  };
  struct Watched {
    config::CredentialFiles files;
    /// As they were read (file_state); empty: nobody knows, they are told of once.
    std::string state;
  };
  /// Called on the watch's thread with the names of those whose files have changed and rest.
  using Changed = std::function<void(std::set<std::string>)>;

  CredentialWatch(Changed changed, const Pace& pace);
  explicit CredentialWatch(Changed changed) : CredentialWatch(std::move(changed), Pace{}) {}
  CredentialWatch(const CredentialWatch&) = delete;
  CredentialWatch& operator=(const CredentialWatch&) = delete;
  ~CredentialWatch() = default;

  /// These, from now on; a change of a known one that was not told of yet still is. From any
  /// thread.
  void follow(std::vector<Watched> credentials);

 private:
  using Clock = std::chrono::steady_clock;
  struct One {
    Watched watched;
    std::string seen;         ///< at the last look
    Clock::time_point since;  ///< of a change that was not told yet: the first look at it
    Clock::time_point rests;  ///< since when it looks as it does
    bool is_changed = false;
  };

  void run(const std::stop_token& stop);
  void adopt_orders();
  static One make_new(Watched watched);
  bool look_at(One& one, Clock::time_point now) const;

  Changed changed_;
  Pace pace_;
  std::mutex mutex_;
  bool is_ordered_ = false;       // guarded
  std::vector<Watched> ordered_;  // guarded
  std::vector<One> all_;          // of the thread
  std::jthread thread_;           // last: it uses all of the above
};

}  // namespace shaken302::app
