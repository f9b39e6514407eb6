// SPDX-License-Identifier: MIT
#include "decision_log.hpp"

#include <fmt/format.h>

#include "logfmt.hpp"

namespace shaken302::app {
namespace {

/// A sample: the counters hold the whole.
constexpr std::uint32_t shadow_lines_per_second = 5;

}  // namespace

DecisionLog::DecisionLog(const config::LogSettings& settings, Output output)
    : settings_(settings), output_(std::move(output)) {}

void DecisionLog::add(const DecisionRecord& record, std::int64_t second) {
  warn_about_sizes(record);
  advance(second);
  sample_shadow(record);
  if (!settings_.decisions) return;
  ++counts_.decisions;
  switch (record.verdict) {
    case Verdict::sign:
      ++counts_.levels[static_cast<std::size_t>(record.level)];
      break;
    case Verdict::leave_unsigned:
      ++counts_.not_signed;
      break;
    case Verdict::pass_existing:
      ++counts_.passed;
      break;
    case Verdict::block:
      ++counts_.blocked;
      break;
  }
  if (counts_.written == settings_.decisions_per_second) return;
  ++counts_.written;
  output_.info(to_logfmt(record));
}

void DecisionLog::advance(std::int64_t second) {
  if (second == second_) return;
  finish();
  second_ = second;
}

void DecisionLog::finish() {
  if (const auto suppressed = counts_.decisions - counts_.written; suppressed != 0) {
    output_.info(fmt::format(
        "decisions total={} sign_a={} sign_b={} sign_c={} leave_unsigned={} pass_existing={} "
        "block={} suppressed={}",
        counts_.decisions, counts_.levels[2], counts_.levels[1], counts_.levels[0],
        counts_.not_signed, counts_.passed, counts_.blocked, suppressed));
  }
  counts_ = {};
}

void DecisionLog::sample_shadow(const DecisionRecord& record) {
  if (!record.shadow.is_different || counts_.shadow_lines == shadow_lines_per_second) return;
  ++counts_.shadow_lines;
  output_.info(to_shadow_logfmt(record));
}

void DecisionLog::warn_about_sizes(const DecisionRecord& record) {
  const std::string_view peer = record.peer.view();
  if (record.reply_over_1300 && !warned_reply_.contains(peer)) {
    warned_reply_.emplace(peer);
    output_.warning(fmt::format(
        "peer {}: an answer passed 1300 bytes on UDP and may arrive in fragments or not at all "
        "(RFC 3261 18.1.1); a shorter x5u or fewer dialects make it smaller; said once a peer",
        to_one_line(peer)));
  }
  if (record.reply_over_ratio && !warned_ratio_.contains(peer)) {
    warned_ratio_.emplace(peer);
    output_.warning(fmt::format(
        "peer {}: an answer was more than reply_ratio_max times as large as its request, and was "
        "not sent; a shorter x5u or fewer dialects make answers smaller, TCP has no such limit, "
        "or raise [server] reply_ratio_max; said once a peer",
        to_one_line(peer)));
  }
  if (record.contact_over_1023 && !warned_contact_.contains(peer)) {
    warned_contact_.emplace(peer);
    output_.warning(
        fmt::format("peer {}: a Contact URI passed 1023 characters, which Kamailio and OpenSIPS "
                    "refuse; use the "
                    "identity dialect or a shorter x5u; said once a peer",
                    to_one_line(peer)));
  }
}

}  // namespace shaken302::app
