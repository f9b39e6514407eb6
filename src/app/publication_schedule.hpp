// SPDX-License-Identifier: MIT
//
// When which publication is fetched: a new one at once, a good one again after an hour, a bad one
// after a second, two, four, up to a minute. Those that fail let all others go first. Pure: time
// comes in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "publication_check.hpp"

namespace shaken302::app {

class PublicationSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Pace {
    std::chrono::milliseconds first_retry{1000};  ///< doubled from failure to failure
    std::chrono::milliseconds longest_retry{60'000};
    std::chrono::milliseconds again{3'600'000};
    double jitter = 0.1;  ///< each time is shorter by up to this part of it
  };
  struct Due {
    std::string id;
    const Publication* publication;  ///< until the next `follow`
  };

  PublicationSchedule(const Pace& pace, std::uint64_t seed) : pace_(pace), random_(seed) {}

  /// These from now on; the known keep their time. Returns the ids of those that ran and are gone.
  std::vector<std::string> follow(std::vector<Publication> publications, Time now);
  /// The next one to be fetched; it runs until `end`.
  std::optional<Due> take(Time now);
  /// Precondition: it was taken, and still is.
  void end(const std::string& id, bool is_good, Time now);
  /// nullptr: it is not followed, or not any more.
  [[nodiscard]] const Publication* find(const std::string& id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second.publication;
  }
  /// When the next one is due; nothing: none waits.
  [[nodiscard]] std::optional<Time> next() const;

 private:
  struct Entry {
    Publication publication;
    int failures = 0;  // in a row
    Time due{};
    bool is_running = false;
  };

  void wait_until(const std::string& id, Entry& entry, Time due);
  std::chrono::milliseconds pause_after(int failures);

  Pace pace_;
  std::mt19937_64 random_;
  std::map<std::string, Entry> entries_;
  // Of those that do not run: by time, and, once it has come, by failures.
  std::set<std::pair<Time, std::string>> waiting_;
  std::set<std::tuple<int, Time, std::string>> due_;
};

}  // namespace shaken302::app
