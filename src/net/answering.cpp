// SPDX-License-Identifier: MIT
#include "answering.hpp"

#include <algorithm>
#include <chrono>

namespace shaken302::net {
namespace {

template <class Clock>
std::int64_t nanoseconds_now() noexcept {
  const auto now = Clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

std::int64_t wall_clock_ns() noexcept { return nanoseconds_now<std::chrono::system_clock>(); }
std::int64_t steady_clock_ns() noexcept { return nanoseconds_now<std::chrono::steady_clock>(); }

Answering::Answering(const Parts& parts)
    : metrics_(parts.metrics),
      clock_(parts.clock),
      view_(parts.snapshots),
      state_(parts.settings, parts.secret, parts.metrics, parts.orders.draining) {}

bool Answering::begin_batch() noexcept {
  snapshot_ = &view_.refresh();
  look_for_tokens();
  now_ns_ = clock_();
  steady_ns_ = steady_clock_ns();
  return state_.service.follow(*snapshot_);
}

void Answering::look_for_tokens() noexcept {
  if (tokens_of_ == snapshot_->generation) return;
  tokens_of_ = snapshot_->generation;
  const auto& credentials = snapshot_->credentials->entries;
  has_tokens_ = std::ranges::any_of(
      credentials, [](const auto& entry) { return entry.credential.token() != nullptr; });
}

sip::Answer Answering::answer(sip::Request request) noexcept {
  request.received_ns = now_ns_;
  request.steady_ns = steady_ns_;
  const auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(now_ns_)));
  const sip::Answer answer = sip::answer(request, *snapshot_, now, state_);
  if (answer.record != nullptr && !records_.push(*answer.record)) {
    metrics_.add(Counter::log_dropped);
  }
  return answer;
}

}  // namespace shaken302::net
