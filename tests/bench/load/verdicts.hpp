// SPDX-License-Identifier: MIT
//
// Judges every answer, and keeps a sample of Identities to be verified when there is time. Not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "answer_view.hpp"
#include "call_book.hpp"
#include "identity_check.hpp"
#include "invite_text.hpp"
#include "load_options.hpp"

namespace sip_load {

struct VerdictCounts {
  std::array<std::uint64_t, 700> by_status{};
  std::uint64_t good = 0;  ///< of first answers: status and Identity as they must be
  std::uint64_t wrong_status = 0;
  std::uint64_t no_identity = 0;
  std::uint64_t unexpected_identity = 0;
  std::uint64_t strange = 0;  ///< no answer that can be read, or to no request of this run
  std::uint64_t unknown_answered = 0;
  std::uint64_t malformed_answered = 0;
  std::uint64_t verified = 0;
  std::uint64_t verify_failed = 0;
  std::uint64_t verify_skipped = 0;  ///< sampled, but too many waited
  std::string first_finding;         ///< what was wrong first, and the answer
};

class Verdicts {
 public:
  /// Throws std::runtime_error for a certificate that cannot be used.
  Verdicts(const LoadOptions& options, const InviteText& text);

  /// Who is calling in request number `serial`.
  [[nodiscard]] std::size_t caller_of(Kind kind, std::uint64_t serial) const;

  void judge(Kind from, std::string_view bytes, std::int64_t now_ns, CallBook& book);

  [[nodiscard]] bool has_unverified() const { return !unverified_.empty(); }
  void verify_one();

  [[nodiscard]] const VerdictCounts& counts() const { return counts_; }
  /// Answers that should not be. What was slow or lost is none of them.
  [[nodiscard]] std::uint64_t wrong() const;

 private:
  struct Sample {
    std::uint64_t serial = 0;
    std::int64_t received_s = 0;
    std::string identity;
    std::size_t caller = 0;
  };
  void judge_call(const AnswerView& view, std::string_view bytes, std::uint64_t serial, Kind kind);
  void finding(std::uint64_t& count, std::string_view what, std::string_view bytes);
  void sample(const AnswerView& view, std::uint64_t serial, Kind kind);

  const LoadOptions& options_;
  const InviteText& text_;
  std::unique_ptr<IdentityCheck> check_;
  std::deque<Sample> unverified_;
  VerdictCounts counts_;
};

/// A number from 0 to 1 that depends on both alone: what the run draws by it is the same for a
/// retransmission.
[[nodiscard]] double drawn(std::uint64_t serial, std::uint64_t what);

}  // namespace sip_load
