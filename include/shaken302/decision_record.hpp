// SPDX-License-Identifier: MIT
//
// What is kept of one decision for the log and, later, for the audit: a plain value of fixed size
// that a worker copies into its queue and the control thread turns into a line. Texts that do not
// fit are cut, which only ever shortens what a person reads.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "shaken302/authentication_service.hpp"

namespace shaken302 {

/// At most N characters, cut when longer.
template <std::size_t N>
class FixedText {
 public:
  FixedText& operator=(std::string_view text) noexcept {
    size_ = static_cast<std::uint16_t>(std::min(text.size(), N));
    if (size_ != 0) std::memcpy(text_.data(), text.data(), size_);
    return *this;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, N> text_{};
  std::uint16_t size_ = 0;
};

/// What the shadow directory would have decided.
struct ShadowDecision {
  bool is_there = false;      ///< the snapshot has a shadow
  bool is_different = false;  ///< another verdict, level, caller, called, account or status
  bool has_peer = false;      ///< false: the shadow knows no peer for the call
  Verdict verdict = Verdict::leave_unsigned;
  Attestation level = Attestation::C;
  std::uint16_t status = 0;  ///< of the SIP answer that it would have given
  Trail trail;
};

struct DecisionRecord {
  std::int64_t received_ns = 0;  ///< wall clock, nanoseconds since 1970
  UnixTime iat{};
  std::uint64_t generation = 0;
  Verdict verdict = Verdict::leave_unsigned;
  Attestation level = Attestation::C;
  std::uint16_t status = 0;  ///< of the SIP answer
  bool emergency = false;
  bool reply_over_1300 = false;    ///< the answer, on UDP (RFC 3261 18.1.1)
  bool contact_over_1023 = false;  ///< its Contact URI
  bool reply_over_ratio = false;   ///< it was too many times as large as the request: not sent
  PhoneNumber calling;
  Trail trail;
  ShadowDecision shadow;
  FixedText<48> called;  ///< number or URI
  FixedText<64> peer;
  FixedText<64> account;
  FixedText<64> credential;
  FixedText<36> origid;
  FixedText<128> call_id;  ///< as received: escape before printing
};

/// Fills everything but received_ns, status, the two sizes and the shadow, which only the adapter
/// knows.
DecisionRecord make_decision_record(const Call& call, const Authentication& authentication,
                                    const Snapshot& snapshot) noexcept;

}  // namespace shaken302
