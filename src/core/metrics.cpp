// SPDX-License-Identifier: MIT
#include "shaken302/metrics.hpp"

namespace shaken302 {

// A line an enumerator: a new one without a name does not compile.
// NOLINTNEXTLINE(readability-function-size)
std::string_view to_text(Counter counter) noexcept {
  switch (counter) {
    case Counter::received:
      return "received";
    case Counter::method_invite:
      return "method_invite";
    case Counter::method_options:
      return "method_options";
    case Counter::method_ack:
      return "method_ack";
    case Counter::method_cancel:
      return "method_cancel";
    case Counter::method_other:
      return "method_other";
    case Counter::response:
      return "response";
    case Counter::unknown_source:
      return "unknown_source";
    case Counter::truncated:
      return "truncated";
    case Counter::refused_by_scan:
      return "refused_by_scan";
    case Counter::malformed:
      return "malformed";
    case Counter::answered_signed:
      return "answered_signed";
    case Counter::retransmissions:
      return "retransmissions";
    case Counter::answered_unsigned:
      return "answered_unsigned";
    case Counter::answered_existing:
      return "answered_existing";
    case Counter::answered_blocked:
      return "answered_blocked";
    case Counter::answered_options:
      return "answered_options";
    case Counter::answered_unavailable:
      return "answered_unavailable";
    case Counter::answered_bad_request:
      return "answered_bad_request";
    case Counter::answered_in_dialog:
      return "answered_in_dialog";
    case Counter::answered_method:
      return "answered_method";
    case Counter::answered_scheme:
      return "answered_scheme";
    case Counter::answered_version:
      return "answered_version";
    case Counter::answered_forbidden:
      return "answered_forbidden";
    case Counter::answered_busy:
      return "answered_busy";
    case Counter::silent:
      return "silent";
    case Counter::level_a:
      return "level_a";
    case Counter::level_b:
      return "level_b";
    case Counter::level_c:
      return "level_c";
    case Counter::signatures:
      return "signatures";
    case Counter::signing_failed:
      return "signing_failed";
    case Counter::account_over_rate:
      return "account_over_rate";
    case Counter::account_over_day:
      return "account_over_day";
    case Counter::over_limit:
      return "over_limit";
    case Counter::too_late:
      return "too_late";
    case Counter::unanswerable:
      return "unanswerable";
    case Counter::retargeted:
      return "retargeted";
    case Counter::identities_differ:
      return "identities_differ";
    case Counter::never_calls:
      return "never_calls";
    case Counter::request_ignored:
      return "request_ignored";
    case Counter::request_lowered:
      return "request_lowered";
    case Counter::request_reduced:
      return "request_reduced";
    case Counter::asserted_by_peer:
      return "asserted_by_peer";
    case Counter::shadow_same:
      return "shadow_same";
    case Counter::shadow_different:
      return "shadow_different";
    case Counter::reply_over_1300:
      return "reply_over_1300";
    case Counter::contact_over_1023:
      return "contact_over_1023";
    case Counter::reply_too_large:
      return "reply_too_large";
    case Counter::reply_over_ratio:
      return "reply_over_ratio";
    case Counter::send_failed:
      return "send_failed";
    case Counter::log_dropped:
      return "log_dropped";
    case Counter::stream_accepted:
      return "stream_accepted";
    case Counter::stream_refused_source:
      return "stream_refused_source";
    case Counter::stream_refused_full:
      return "stream_refused_full";
    case Counter::stream_tls_failed:
      return "stream_tls_failed";
    case Counter::stream_timed_out:
      return "stream_timed_out";
    case Counter::stream_unframed:
      return "stream_unframed";
    case Counter::stream_failed:
      return "stream_failed";
    case Counter::count_:
      break;
  }
  return {};
}

std::string_view to_text(PeerCounter counter) noexcept {
  switch (counter) {
    case PeerCounter::invites:
      return "invites";
    case PeerCounter::level_a:
      return "level_a";
    case PeerCounter::level_b:
      return "level_b";
    case PeerCounter::level_c:
      return "level_c";
    case PeerCounter::not_signed:
      return "not_signed";
    case PeerCounter::retransmissions:
      return "retransmissions";
    case PeerCounter::over_limit:
      return "over_limit";
    case PeerCounter::too_late:
      return "too_late";
    case PeerCounter::count_:
      break;
  }
  return {};
}

}  // namespace shaken302
