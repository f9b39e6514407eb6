// SPDX-License-Identifier: MIT
#include "publication_watch.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>
#include <stop_token>
#include <utility>

#include "net/signals_blocked.hpp"

namespace shaken302::app {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

PublicationWatch::PublicationWatch(Steps steps, Settings settings, const Pace& pace)
    : steps_(std::move(steps)),
      fetcher_(std::move(settings)),
      schedule_(pace, std::random_device{}()) {
  // The threads in which libcurl looks up names inherit it.
  const net::SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void PublicationWatch::follow(std::vector<Publication> publications) {
  {
    const std::lock_guard lock(mutex_);
    ordered_ = std::move(publications);
  }
  fetcher_.wake();
}

void PublicationWatch::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { fetcher_.wake(); });
  while (!stop.stop_requested()) {
    try {
      look(stop);
    } catch (const std::exception&) {
      // An allocator or whoever hears: nobody would hear any more if it ended the thread, and
      // nobody be served if it ended the process.
      constexpr std::chrono::milliseconds breath{100};
      std::this_thread::sleep_for(breath);
    }
  }
}

void PublicationWatch::look(const std::stop_token& stop) {
  constexpr std::chrono::seconds idle{60};
  take_orders();
  start_due();
  const auto latest = Clock::now() + idle;
  const bool has_place = fetcher_.running() < transfers_max;
  const auto next = has_place ? schedule_.next().value_or(latest) : latest;
  const auto ended = fetcher_.wait(std::min(next, latest));
  take_orders();  // of what was dropped meanwhile nobody wants to hear
  if (!stop.stop_requested()) tell(ended);
}

void PublicationWatch::take_orders() {
  std::optional<std::vector<Publication>> ordered;
  {
    const std::lock_guard lock(mutex_);
    ordered = std::exchange(ordered_, std::nullopt);
  }
  if (!ordered) return;
  for (const std::string& id : schedule_.follow(std::move(*ordered), Clock::now())) {
    fetcher_.drop(id);
  }
}

void PublicationWatch::start_due() {
  while (fetcher_.running() < transfers_max) {
    const auto due = schedule_.take(Clock::now());
    if (!due) return;
    fetcher_.start(due->id, due->publication->x5u);
  }
}

void PublicationWatch::tell(const std::vector<PublishedFetcher::Ended>& ended) {
  std::vector<PublicationNews> news;
  for (const auto& one : ended) {
    const Publication* publication = schedule_.find(one.id);
    if (publication == nullptr) continue;
    auto finding = judge(publication->chain, one.fetched);
    schedule_.end(one.id, !finding, Clock::now());
    news.push_back({one.id, std::move(finding)});
  }
  if (!news.empty()) steps_.heard(std::move(news));
}

}  // namespace shaken302::app
