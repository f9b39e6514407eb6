// SPDX-License-Identifier: MIT
#include "call_book.hpp"

#include <algorithm>
#include <limits>

namespace sip_load {
namespace {

constexpr std::size_t windows_max = 100'000;

}  // namespace

Window* CallBook::window_of(std::int64_t due_ns) {
  if (patience_.window_ns <= 0 || due_ns < begin_ns_) return nullptr;
  const auto index = static_cast<std::size_t>((due_ns - begin_ns_) / patience_.window_ns);
  if (index >= windows_max) return nullptr;
  if (index >= windows_.size()) windows_.resize(index + 1);
  return &windows_[index];
}

void CallBook::sent(const Sent& request) {
  const std::uint64_t serial = calls_.size();
  if (serial == 0) begin_ns_ = request.due_ns;
  if (request.step >= steps_.size()) steps_.resize(request.step + 1);
  calls_.push_back({request.due_ns, request.now_ns, request.kind});
  calls_.back().step = static_cast<std::uint8_t>(request.step);
  if (request.kind == Kind::unknown || request.kind == Kind::malformed) {
    ++(request.kind == Kind::unknown ? counts_.unknown_sent : counts_.malformed_sent);
    return;
  }
  ++counts_.sent;
  ++all_.calls;
  ++steps_[request.step].calls;
  ++outstanding_;
  if (Window* window = window_of(request.due_ns)) ++window->due;
  wait_for({0, request.now_ns, serial}, 0);
  if (request.is_repeated) {
    repeats_.push_back({request.now_ns + patience_.repeat_after_ns, request.now_ns, serial});
    first_answers_.emplace(serial, 0);
  }
}

/// RFC 3261 17.1.1.2, timer A: T1 after the first, then twice as long each time, until timer B.
void CallBook::wait_for(Timer timer, std::size_t stage) {
  const std::int64_t end = timer.first_ns + patience_.patience_ns;
  timer.at_ns = end;
  if (patience_.retransmits && stage < 32) {
    const std::int64_t next = timer.first_ns + patience_.t1_ns * ((std::int64_t{2} << stage) - 1);
    timer.at_ns = std::min(next, end);
  }
  if (stage >= stages_.size()) stages_.resize(stage + 1);
  stages_[stage].push_back(timer);
}

bool CallBook::answered(std::uint64_t serial, std::int64_t now_ns, std::uint64_t hash_of_bytes) {
  if (serial >= calls_.size()) return false;
  Call& call = calls_[serial];
  if (call.kind == Kind::unknown || call.kind == Kind::malformed) return false;
  if (call.answers < 255) ++call.answers;
  if (call.answers > call.times_sent) ++counts_.twice;
  compare_repeat(serial, hash_of_bytes);
  if (call.answers > 1) return true;
  if (call.is_lost) {
    ++counts_.too_late;
    return true;
  }
  --outstanding_;
  ++counts_.answered;
  note_answer(call, now_ns);
  return true;
}

void CallBook::note_answer(const Call& call, std::int64_t now_ns) {
  const std::int64_t latency = now_ns - call.due_ns;
  for (StepAnswers* answers : {&all_, &steps_[call.step]}) {
    ++answers->answered;
    answers->latencies.add(latency);
    answers->service_times.add(now_ns - call.sent_ns);
  }
  if (Window* window = window_of(call.due_ns)) {
    ++window->answered;
    window->slowest_ns = std::max(window->slowest_ns, latency);
  }
}

void CallBook::compare_repeat(std::uint64_t serial, std::uint64_t hash_of_bytes) {
  const auto first = first_answers_.find(serial);
  if (first == first_answers_.end()) return;
  if (first->second == 0) {
    first->second = hash_of_bytes | 1;
    return;
  }
  ++(first->second == (hash_of_bytes | 1) ? counts_.repeats_same : counts_.repeats_different);
  first_answers_.erase(first);
}

void CallBook::expire_stage(std::size_t stage, std::int64_t now_ns,
                            std::vector<std::uint64_t>& to_send) {
  while (!stages_[stage].empty() && stages_[stage].front().at_ns <= now_ns) {
    const Timer timer = stages_[stage].front();
    stages_[stage].pop_front();
    Call& call = calls_[timer.serial];
    if (call.answers > 0) continue;
    if (stage == 0) ++counts_.raw_lost;
    if (timer.at_ns >= timer.first_ns + patience_.patience_ns) {
      call.is_lost = true;
      ++counts_.lost;
      --outstanding_;
      continue;
    }
    ++call.times_sent;
    ++counts_.retransmitted;
    to_send.push_back(timer.serial);
    wait_for(timer, stage + 1);
  }
}

void CallBook::expire(std::int64_t now_ns, std::vector<std::uint64_t>& to_send) {
  // A queue may be added behind the last one while it is looked at.
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) expire_stage(stage, now_ns, to_send);
  while (!repeats_.empty() && repeats_.front().at_ns <= now_ns) {
    const std::uint64_t serial = repeats_.front().serial;
    repeats_.pop_front();
    ++calls_[serial].times_sent;
    ++counts_.repeats_sent;
    to_send.push_back(serial);
  }
}

std::int64_t CallBook::next_ns() const {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  for (const auto& stage : stages_) {
    if (!stage.empty()) next = std::min(next, stage.front().at_ns);
  }
  return repeats_.empty() ? next : std::min(next, repeats_.front().at_ns);
}

}  // namespace sip_load
