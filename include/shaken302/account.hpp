// SPDX-License-Identifier: MIT
//
// Who is responsible for calls, and what each may have. Built and checked by a loader, then
// immutable and shared by all workers; look-ups neither lock nor allocate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/attestation.hpp"
#include "shaken302/credential_list.hpp"
#include "shaken302/origid.hpp"
#include "shaken302/rate_limit.hpp"
#include "shaken302/result.hpp"
#include "shaken302/table_index.hpp"

namespace shaken302 {

enum class AccountStatus : std::uint8_t { active, suspended };
enum class ReviewStatus : std::uint8_t { none, pending, approved, rejected };

struct Account {
  std::string id;
  std::string parent;  ///< id of another account, or empty
  AccountStatus status = AccountStatus::active;
  ReviewStatus business_profile = ReviewStatus::none;
  ReviewStatus trust_product = ReviewStatus::none;
  Attestation max_attestation = Attestation::A;
  CredentialList credentials;  ///< own; empty: the nearest ancestor's
  OrigidPolicy origid;
  /// Level of callers that are not its own numbers; B at most, and only where B is earned.
  Attestation outside_attestation = Attestation::B;
  /// Numbers of the accounts above and below it count as its own.
  bool family_numbers = false;
  /// Signs with a credential of its own or not at all (FCC 24-120).
  bool own_certificate_required = false;
  std::vector<std::string> labels;  ///< for people and reports; the policy reads none
  /// It was there when the numbers were loaded and is not any more: no name finds it, it signs
  /// nothing. It keeps its index, so that numbers need not be loaded again.
  bool removed = false;
  CallLimits limits;  ///< its own; those of its ancestors hold for its calls too

  // Derived by AccountTable::make from the account and its ancestors.
  bool suspended = false;  ///< it or an ancestor is, or it was removed
  bool vouched = false;   ///< profile and trust product approved, on it or an ancestor, and neither
                          ///< rejected nearer by
  bool rejected = false;  ///< profile or trust product rejected, on it or the nearest judged one
  Attestation effective_max = Attestation::A;
  Attestation effective_outside = Attestation::B;  ///< the least of its own and its ancestors'
  CredentialList effective_credentials;
  /// The nearest account with a limit among itself and its ancestors, and the next one above
  /// itself; or no_index.
  std::uint32_t limited_by = no_index;
  std::uint32_t limited_above = no_index;
};

class AccountTable {
 public:
  enum class Problem : std::uint8_t { duplicate_id, unknown_parent, parent_cycle };
  struct Error {
    Problem problem = Problem::duplicate_id;
    std::uint32_t account = no_index;  ///< position in the input
  };
  static Result<AccountTable, Error> make(std::vector<Account> accounts);

  [[nodiscard]] const std::vector<Account>& accounts() const noexcept { return accounts_; }
  /// Index of the account with this id (exact, case-sensitive), or no_index.
  [[nodiscard]] std::uint32_t find(std::string_view id) const noexcept;
  /// Whether one of the two is above the other, or they are the same. In constant time.
  [[nodiscard]] bool is_family(std::uint32_t one, std::uint32_t other) const noexcept;
  /// Those with a limit of their own.
  [[nodiscard]] const std::vector<std::uint32_t>& limited() const noexcept { return limited_; }

 private:
  /// Where an account begins and ends in a walk through the trees: those below it lie in between.
  struct Span {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };
  std::vector<Account> accounts_;
  std::vector<Span> spans_;
  std::vector<std::uint32_t> by_id_;  ///< sorted by id
  std::vector<std::uint32_t> limited_;
};

}  // namespace shaken302
