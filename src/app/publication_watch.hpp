// SPDX-License-Identifier: MIT
//
// Fetches every x5u back, again and again, and says whether it serves exactly the chain that is
// signed with. A thread of its own, with a bounded number of transfers at once, so that thousands
// of credentials neither take forever nor flood whoever publishes them.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fetch_published.hpp"
#include "publication_check.hpp"
#include "publication_schedule.hpp"

namespace shaken302::app {

struct PublicationNews {
  std::string id;                             ///< publication_id
  std::optional<PublicationFinding> finding;  ///< nothing: it serves exactly this chain
};

class PublicationWatch {
 public:
  using Pace = PublicationSchedule::Pace;
  using Settings = FetchLimits;
  static constexpr std::size_t transfers_max = 16;
  /// Called on the watch's thread.
  struct Steps {
    /// After every fetch, also when it found what the one before had found. Never empty.
    std::function<void(std::vector<PublicationNews>)> heard;
  };

  /// Throws std::runtime_error when libcurl or the thread cannot start.
  PublicationWatch(Steps steps, Settings settings, const Pace& pace);
  PublicationWatch(Steps steps, Settings settings)
      : PublicationWatch(std::move(steps), std::move(settings), Pace{}) {}
  /// Ends the thread, within a blink also when a transfer hangs.
  ~PublicationWatch() = default;
  PublicationWatch(const PublicationWatch&) = delete;
  PublicationWatch& operator=(const PublicationWatch&) = delete;

  /// All that is to be watched from now on; from any thread. New ones are fetched at once, the
  /// known keep their schedule, and the others are dropped: of them nothing is told but what is
  /// being told already.
  void follow(std::vector<Publication> publications);

 private:
  void run(const std::stop_token& stop);
  void look(const std::stop_token& stop);
  void take_orders();
  void start_due();
  void tell(const std::vector<PublishedFetcher::Ended>& ended);

  Steps steps_;
  PublishedFetcher fetcher_;
  PublicationSchedule schedule_;
  std::mutex mutex_;
  std::optional<std::vector<Publication>> ordered_;  // under mutex_: what `follow` got last
  std::jthread thread_;                              // last: it uses all of the above
};

}  // namespace shaken302::app
