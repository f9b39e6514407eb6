// SPDX-License-Identifier: MIT
//
// Whose number is whose, and since when. Built and checked by a loader, then immutable and shared
// by all workers; look-ups neither lock nor allocate. Ten million numbers take about 145 MB.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "shaken302/phone_number.hpp"
#include "shaken302/result.hpp"
#include "shaken302/table_index.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

enum class NumberBasis : std::uint8_t { assigned, verified, letter_of_authorisation, delegated };

/// One row of the number table: all numbers first..last (same length) belong to `account` from
/// valid_from to valid_until, UTC days, both inclusive.
struct NumberClaim {
  std::uint64_t first = 0;           ///< canonical digits read as a number
  std::uint64_t last = 0;            ///< equal to first: one number
  std::uint32_t account = no_index;  ///< no_index only in a list of numbers that must never call
  NumberBasis basis = NumberBasis::assigned;
  std::chrono::sys_days valid_from{};
  std::chrono::sys_days valid_until = std::chrono::sys_days::max();
  std::uint32_t line = 0;  ///< the row of the table's source that says so

  [[nodiscard]] bool is_valid_at(UnixTime now) const noexcept;
  friend bool operator==(const NumberClaim&, const NumberClaim&) noexcept = default;
};

/// What a table could not be made of.
struct NumberConflict {
  std::uint32_t first_line = 0;
  std::uint32_t second_line = 0;
};

/// Number -> claim. The most specific claim wins whether or not it is valid now: a ported-out
/// number must not fall back to the A of its block.
class NumberTable {
 public:
  using Conflict = NumberConflict;
  /// Refuses two claims of the very same numbers, and two ranges that overlap without nesting. For
  /// tables that are small; NumberTableBuilder names all conflicts.
  static Result<NumberTable, Conflict> make(const std::vector<NumberClaim>& claims);

  NumberTable() noexcept;  ///< nobody's numbers
  NumberTable(NumberTable&&) noexcept;
  NumberTable& operator=(NumberTable&&) noexcept;
  ~NumberTable();

  /// The claim that the number falls under, whoever has it and whether or not it is valid now.
  [[nodiscard]] std::optional<NumberClaim> find(const PhoneNumber& number) const noexcept;
  /// Fetches what `find` will look at first, without waiting for it.
  void prefetch(const PhoneNumber& number) const noexcept;
  /// All claims that the number falls under: the one that decides, then those that it hides, the
  /// innermost first.
  [[nodiscard]] std::vector<NumberClaim> find_all(const PhoneNumber& number) const;
  /// Every claim, by line.
  [[nodiscard]] std::vector<NumberClaim> claims() const;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t ranges() const noexcept;
  /// Bytes that the table holds.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  /// Where the claims were read: a path, "sqlite:…"; NumberClaim::line counts its rows.
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
  friend class NumberTableBuilder;
  class Terms;
  class Exact;
  class Ranges;
  void fill_exact(NumberClaim& claim, std::uint64_t value, std::size_t entry) const noexcept;
  void fill_range(NumberClaim& claim, std::uint32_t range) const noexcept;

  std::string source_;
  std::unique_ptr<const Terms> terms_;    ///< valid from, valid until and basis, each once
  std::unique_ptr<const Exact> exact_;    ///< claims of one number
  std::unique_ptr<const Ranges> ranges_;  ///< claims of more
};

/// Takes claims in any order, in less memory than a vector of them, and makes a table.
class NumberTableBuilder {
 public:
  /// Conflicts that are named; all are counted.
  static constexpr std::size_t conflicts_max = 20;
  /// Different combinations of valid_from, valid_until and basis.
  static constexpr std::size_t terms_max = std::size_t{1} << 22U;

  struct Refusal {
    bool stopped = false;
    std::vector<NumberConflict> conflicts;  ///< the first by their second line
    std::uint64_t count = 0;                ///< how many there are
  };

  NumberTableBuilder();
  NumberTableBuilder(NumberTableBuilder&&) noexcept;
  NumberTableBuilder& operator=(NumberTableBuilder&&) noexcept;
  ~NumberTableBuilder();

  /// Precondition: 1 <= first <= last < 10^15. False, and the claim is not taken: one term too
  /// many.
  [[nodiscard]] bool add(const NumberClaim& claim);
  [[nodiscard]] std::size_t size() const noexcept;
  /// `source` names where the claims come from. Ends soon when `stop` is requested.
  Result<NumberTable, Refusal> build(std::string source, const std::stop_token& stop = {}) &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shaken302
