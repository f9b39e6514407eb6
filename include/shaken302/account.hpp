// SPDX-License-Identifier: MIT
//
// Who is responsible for calls, and what each may have. Built and checked by a loader, then immutable
// and shared by all workers; look-ups neither lock nor allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shaken302/attestation.hpp"
#include "shaken302/passport.hpp"
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
  std::uint32_t credential = no_index;  ///< own, or no_index: the nearest ancestor's
  std::optional<Uuid> origid;           ///< fixed; none: per call

  // Derived by AccountTable::make from the account and its ancestors.
  bool suspended = false;  ///< it or an ancestor is
  bool vouched =
      false;  ///< profile and trust product approved, on it or an ancestor, none rejected on it
  Attestation effective_max = Attestation::A;
  std::uint32_t effective_credential = no_index;
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

 private:
  std::vector<Account> accounts_;
  std::vector<std::uint32_t> by_id_;  ///< sorted by id
};

}  // namespace shaken302
