// SPDX-License-Identifier: MIT
#include "verdicts.hpp"

#include <chrono>
#include <functional>

namespace sip_load {
namespace {

constexpr std::size_t unverified_max = 50'000;
constexpr std::uint64_t draw_caller = 1;
constexpr std::uint64_t draw_sample = 2;

std::int64_t unix_time_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): neighbours in, no likeness out.
double drawn(std::uint64_t serial, std::uint64_t what) {
  std::uint64_t mixed = (serial + 1) * 0x9E3779B97F4A7C15U + what * 0xD1B54A32D192ED03U;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  mixed ^= mixed >> 31;
  return static_cast<double>(mixed >> 11) * 0x1p-53;
}

Verdicts::Verdicts(const LoadOptions& options, const InviteText& text)
    : options_(options), text_(text) {
  if (!options.certificate.empty()) check_ = std::make_unique<IdentityCheck>(options.certificate);
}

// The text knows the callers first and the refused callers behind them.
std::size_t Verdicts::caller_of(Kind kind, std::uint64_t serial) const {
  const std::size_t callers = options_.callers.size();
  const std::size_t choice = kind == Kind::refused ? options_.refused_callers.size() : callers;
  const auto index =
      static_cast<std::size_t>(drawn(serial, draw_caller) * static_cast<double>(choice));
  return kind == Kind::refused ? callers + index : index;
}

void Verdicts::finding(std::uint64_t& count, std::string_view what, std::string_view bytes) {
  ++count;
  if (!counts_.first_finding.empty()) return;
  counts_.first_finding = std::string(what) + ": " + std::string(bytes.substr(0, 400));
}

void Verdicts::judge(Kind from, std::string_view bytes, std::int64_t now_ns, CallBook& book) {
  if (from == Kind::malformed) {
    ++counts_.malformed_answered;
    return;
  }
  if (from == Kind::unknown)
    return finding(counts_.unknown_answered, "an unknown source got an answer", bytes);
  const auto view = parse_answer(bytes);
  const auto serial = view ? text_.serial_of(view->call_id) : std::nullopt;
  const bool is_first = serial && *serial < book.size() && !book.is_answered(*serial);
  if (!serial || !book.answered(*serial, now_ns, std::hash<std::string_view>{}(bytes)))
    return finding(counts_.strange, "not an answer to a request of this run", bytes);
  if (view->status >= 0 && view->status < 700)
    ++counts_.by_status[static_cast<std::size_t>(view->status)];
  if (is_first) judge_call(*view, bytes, *serial, book.kind(*serial));
}

void Verdicts::judge_call(const AnswerView& view, std::string_view bytes, std::uint64_t serial,
                          Kind kind) {
  const bool is_refused = kind == Kind::refused;
  const bool needs_identity = options_.is_signed && !is_refused;
  if (view.status != (is_refused ? options_.refused_status : options_.status))
    return finding(counts_.wrong_status, "the wrong status", bytes);
  if (needs_identity && view.identity.empty())
    return finding(counts_.no_identity, "no Identity", bytes);
  if (!needs_identity && !view.identity.empty())
    return finding(counts_.unexpected_identity, "an Identity that should not be", bytes);
  ++counts_.good;
  if (check_ && needs_identity && drawn(serial, draw_sample) < options_.verify_share)
    sample(view, serial, kind);
}

void Verdicts::sample(const AnswerView& view, std::uint64_t serial, Kind kind) {
  if (unverified_.size() >= unverified_max) {
    ++counts_.verify_skipped;
    return;
  }
  unverified_.push_back(
      {serial, unix_time_s(), std::string(view.identity), caller_of(kind, serial)});
}

void Verdicts::verify_one() {
  const Sample& sample = unverified_.front();
  const std::string_view wrong = check_->finding(
      sample.identity, {text_.caller(sample.caller), text_.called(), sample.received_s});
  if (wrong.empty()) {
    ++counts_.verified;
  } else {
    --counts_.good;
    finding(counts_.verify_failed, wrong, sample.identity);
  }
  unverified_.pop_front();
}

std::uint64_t Verdicts::wrong() const {
  return counts_.wrong_status + counts_.no_identity + counts_.unexpected_identity +
         counts_.strange + counts_.unknown_answered + counts_.verify_failed;
}

}  // namespace sip_load
