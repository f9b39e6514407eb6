// SPDX-License-Identifier: MIT
#include "publication_schedule.hpp"

#include <algorithm>

namespace shaken302::app {

std::vector<std::string> PublicationSchedule::follow(std::vector<Publication> publications,
                                                     Time now) {
  std::set<std::string> wanted;
  for (Publication& one : publications) {
    const std::string id = publication_id(one);
    wanted.insert(id);
    const auto [entry, is_new] = entries_.try_emplace(id, Entry{std::move(one)});
    if (is_new) wait_until(id, entry->second, now);
  }
  std::vector<std::string> gone;
  for (auto one = entries_.begin(); one != entries_.end();) {
    const Entry& entry = one->second;
    if (wanted.contains(one->first)) {
      ++one;
      continue;
    }
    waiting_.erase({entry.due, one->first});
    due_.erase({entry.failures, entry.due, one->first});
    if (entry.is_running) gone.push_back(one->first);
    one = entries_.erase(one);
  }
  return gone;
}

std::optional<PublicationSchedule::Due> PublicationSchedule::take(Time now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const std::string& id = waiting_.begin()->second;
    const Entry& entry = entries_.at(id);
    due_.emplace(entry.failures, entry.due, id);
    waiting_.erase(waiting_.begin());
  }
  if (due_.empty()) return std::nullopt;
  std::string id = std::get<std::string>(*due_.begin());
  due_.erase(due_.begin());
  Entry& entry = entries_.at(id);
  entry.is_running = true;
  return Due{std::move(id), &entry.publication};
}

void PublicationSchedule::end(const std::string& id, bool is_good, Time now) {
  Entry& entry = entries_.at(id);
  entry.is_running = false;
  // Beyond twenty the pause has long been the longest.
  entry.failures = is_good ? 0 : std::min(entry.failures + 1, 20);
  wait_until(id, entry, now + pause_after(entry.failures));
}

std::optional<PublicationSchedule::Time> PublicationSchedule::next() const {
  if (!due_.empty()) return std::get<Time>(*due_.begin());
  if (!waiting_.empty()) return waiting_.begin()->first;
  return std::nullopt;
}

void PublicationSchedule::wait_until(const std::string& id, Entry& entry, Time due) {
  entry.due = due;
  waiting_.emplace(due, id);
}

std::chrono::milliseconds PublicationSchedule::pause_after(int failures) {
  auto pause = failures == 0 ? pace_.again : pace_.first_retry;
  for (int i = 1; i < failures && pause < pace_.longest_retry; ++i) pause *= 2;
  if (failures > 0) pause = std::min(pause, pace_.longest_retry);
  const double shortened = std::uniform_real_distribution<>(0.0, pace_.jitter)(random_);
  const auto less = static_cast<double>(pause.count()) * shortened;
  return pause - std::chrono::milliseconds(static_cast<std::int64_t>(less));
}

}  // namespace shaken302::app
