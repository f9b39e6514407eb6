// SPDX-License-Identifier: MIT
#include "pace.hpp"

#include <algorithm>
#include <limits>

namespace sip_load {
namespace {

constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

}  // namespace

Pace::Pace(const LoadOptions& options, std::int64_t begin_ns)
    : outstanding_(options.outstanding),
      burst_(options.burst),
      calls_(options.calls == 0 ? std::numeric_limits<std::uint64_t>::max() : options.calls) {
  for (const RateStep& step : options.steps) {
    const std::int64_t end_ns =
        step.duration.count() > 0 ? begin_ns + step.duration.count() : never_ns;
    steps_.push_back({step.rate, begin_ns, end_ns});
    begin_ns = end_ns;
  }
}

std::int64_t Pace::due_ns_of(const Step& step, std::uint64_t number) {
  return step.begin_ns + static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / step.rate);
}

std::uint64_t Pace::scheduled(const Step& step, std::int64_t now_ns) const {
  const double seconds = static_cast<double>(std::min(now_ns, step.end_ns) - step.begin_ns) * 1e-9;
  if (seconds < 0) return 0;
  // The first one is due at the beginning; one that is due at the end is the next step's.
  const auto count = static_cast<std::uint64_t>(seconds * step.rate) + 1;
  const bool is_end_excluded = now_ns >= step.end_ns && due_ns_of(step, count - 1) >= step.end_ns;
  return std::min(calls_, is_end_excluded ? count - 1 : count);
}

bool Pace::is_over(std::int64_t now_ns) {
  while (now_ns >= steps_[at_].end_ns) {
    if (at_ + 1 == steps_.size()) return true;
    ++at_;
  }
  return sent_ >= calls_;
}

std::uint64_t Pace::due(std::int64_t now_ns, std::uint64_t waiting) const {
  const Step& step = steps_[at_];
  std::uint64_t room = outstanding_ - std::min(outstanding_, waiting);
  if (step.rate > 0) {
    const std::uint64_t all = scheduled(step, now_ns);
    room = all - std::min(all, step.sent);
  }
  const std::uint64_t left = calls_ - sent_;
  return room >= left ? left : room - room % burst_;
}

std::int64_t Pace::due_ns(std::int64_t now_ns) const {
  const Step& step = steps_[at_];
  return step.rate > 0 ? due_ns_of(step, step.sent) : now_ns;
}

void Pace::note_sent() {
  ++sent_;
  ++steps_[at_].sent;
}

std::int64_t Pace::next_ns() const {
  const Step& step = steps_[at_];
  if (step.rate <= 0) return step.end_ns;
  const std::uint64_t burst =
      std::min<std::uint64_t>(burst_, std::max<std::uint64_t>(1, calls_ - sent_));
  return std::min(step.end_ns, due_ns_of(step, step.sent + burst - 1));
}

std::vector<Pace::StepFacts> Pace::facts(std::int64_t now_ns) const {
  std::vector<StepFacts> all;
  for (const Step& step : steps_) {
    if (step.begin_ns > now_ns) break;
    const double seconds =
        static_cast<double>(std::min(now_ns, step.end_ns) - step.begin_ns) * 1e-9;
    all.push_back(
        {step.rate, seconds, step.rate > 0 ? scheduled(step, now_ns) : step.sent, step.sent});
  }
  return all;
}

}  // namespace sip_load
