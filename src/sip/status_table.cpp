// SPDX-License-Identifier: MIT
#include "status_table.hpp"

namespace shaken302::sip {
namespace {

constexpr Refusal silent(Outcome outcome, Counter counted_as) noexcept {
  return {outcome, {}, counted_as};
}
constexpr Refusal scan(std::string_view phrase) noexcept {
  return {Outcome::bad_request, {400, phrase}, Counter::refused_by_scan};
}
constexpr Refusal gate(std::string_view phrase) noexcept {
  return {Outcome::bad_request, {400, phrase}, Counter::malformed};
}

}  // namespace

// The switches have no default: a new enumerator without a row does not compile.

Refusal refusal_for(RequestError error) noexcept {
  switch (error) {
    case RequestError::keep_alive:
      return silent(Outcome::silent_garbage, Counter::refused_by_scan);
    case RequestError::response:
      return silent(Outcome::silent_response, Counter::response);
    case RequestError::not_sip:
    case RequestError::memory:
      return silent(Outcome::silent_garbage, Counter::malformed);
    case RequestError::too_long:
      return {Outcome::bad_request, {400, "Bad Request - Message Too Long"}, Counter::truncated};
    case RequestError::too_many_lines:
      return scan("Bad Request - Too Many Header Lines");
    case RequestError::too_many_commas:
      return scan("Bad Request - Too Many Commas or Semicolons");
    case RequestError::nul:
      return scan("Bad Request - NUL in Header Section");
    case RequestError::lone_cr:
      return scan("Bad Request - CR Without LF");
    case RequestError::no_colon:
      return scan("Bad Request - Header Without Colon");
    case RequestError::unterminated:
      return scan("Bad Request - Header Section Does Not End");
    case RequestError::version:
      return {Outcome::bad_version, {505, "Version Not Supported"}, Counter::malformed};
    case RequestError::request_line:
      return gate("Bad Request - Malformed Request Line");
    case RequestError::via:
      return gate("Bad Request - Malformed Via");
    case RequestError::from:
      return gate("Bad Request - Malformed From");
    case RequestError::to:
      return gate("Bad Request - Malformed To");
    case RequestError::call_id:
      return gate("Bad Request - Malformed Call-ID");
    case RequestError::cseq:
      return gate("Bad Request - Malformed CSeq");
    case RequestError::cseq_method:
      return gate("Bad Request - CSeq Method Differs");
    case RequestError::duplicate_header:
      return gate("Bad Request - Repeated Header");
    case RequestError::content_length:
      return gate("Bad Request - Wrong Content-Length");
    case RequestError::other_header:
      return gate("Bad Request - Malformed Header");
  }
  return {};
}

Status status_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::options_ok:
      return {200, "OK"};
    case Outcome::options_draining:
      return {503, "Service Unavailable"};
    case Outcome::in_dialog:
      return {481, "Call/Transaction Does Not Exist"};
    case Outcome::bad_method:
      return {405, "Method Not Allowed"};
    case Outcome::bad_scheme:
      return {416, "Unsupported URI Scheme"};
    case Outcome::forbidden:
      return {403, "Forbidden"};
    case Outcome::busy:
      return {503, "Service Unavailable"};
    case Outcome::signed_redirect:
    case Outcome::repeated_redirect:
    case Outcome::unsigned_redirect:
    case Outcome::existing_redirect:
    case Outcome::unsigned_refusal:
    case Outcome::blocked:
    case Outcome::bad_request:
    case Outcome::bad_version:
    case Outcome::silent_source:
    case Outcome::silent_method:
    case Outcome::silent_response:
    case Outcome::silent_garbage:
    case Outcome::over_limit:
    case Outcome::too_late:
    case Outcome::reply_too_large:
    case Outcome::reply_over_ratio:
      break;
  }
  return {};
}

Status redirect_status(const Peer& peer) noexcept {
  if (peer.redirect_status == 300) return {300, "Multiple Choices"};
  return {302, "Moved Temporarily"};
}

Status status_of(UnsignedOutcome outcome, const Peer& peer) noexcept {
  switch (outcome) {
    case UnsignedOutcome::redirect:
      return redirect_status(peer);
    case UnsignedOutcome::not_found:
      return {404, "Not Found"};
    case UnsignedOutcome::forbidden:
      return {403, "Forbidden"};
    case UnsignedOutcome::decline:
      return {603, "Decline"};
    case UnsignedOutcome::unavailable:
      return {503, "Service Unavailable"};
  }
  return {};
}

Counter counter_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::signed_redirect:
      return Counter::answered_signed;
    case Outcome::repeated_redirect:
      return Counter::retransmissions;
    case Outcome::unsigned_redirect:
    case Outcome::unsigned_refusal:
      return Counter::answered_unsigned;
    case Outcome::blocked:
      return Counter::answered_blocked;
    case Outcome::existing_redirect:
      return Counter::answered_existing;
    case Outcome::options_ok:
      return Counter::answered_options;
    case Outcome::options_draining:
      return Counter::answered_unavailable;
    case Outcome::bad_request:
      return Counter::answered_bad_request;
    case Outcome::in_dialog:
      return Counter::answered_in_dialog;
    case Outcome::bad_method:
      return Counter::answered_method;
    case Outcome::bad_scheme:
      return Counter::answered_scheme;
    case Outcome::bad_version:
      return Counter::answered_version;
    case Outcome::forbidden:
      return Counter::answered_forbidden;
    case Outcome::busy:
      return Counter::answered_busy;
    case Outcome::silent_source:
    case Outcome::silent_method:
    case Outcome::silent_response:
    case Outcome::silent_garbage:
    case Outcome::over_limit:
    case Outcome::too_late:
    case Outcome::reply_too_large:
    case Outcome::reply_over_ratio:
      break;
  }
  return Counter::silent;
}

Counter counter_of(Method method) noexcept {
  switch (method) {
    case Method::invite:
      return Counter::method_invite;
    case Method::options:
      return Counter::method_options;
    case Method::ack:
      return Counter::method_ack;
    case Method::cancel:
      return Counter::method_cancel;
    case Method::other:
      break;
  }
  return Counter::method_other;
}

}  // namespace shaken302::sip
