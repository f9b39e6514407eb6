// SPDX-License-Identifier: MIT
//
// The one way into the number table. A source (a CSV file, a database) hands over its rows as text,
// in any order; every source gets the same checks and the same words about mistakes:
//
//   NumberLoad load("sqlite:/var/lib/numbers.db", accounts, stop);
//   while (…a row…) {
//     if (!load.add({.number = …, .account = …}, row_number)) break;
//   }
//   auto table = std::move(load).finish();
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "config/config_issue.hpp"
#include "number_row.hpp"
#include "shaken302/number_table.hpp"

namespace shaken302::directory {

/// What a load ends with that was told to stop.
config::ConfigIssues stopped_load(const std::string& source);

/// The first twenty issues of a source, and how many there were.
class RowIssues {
 public:
  static constexpr std::size_t named_max = 20;
  explicit RowIssues(std::string source) : source_(std::move(source)) {}
  void add(std::uint32_t row, std::string_view column, std::string problem, std::string remedy);
  [[nodiscard]] bool is_full() const noexcept { return issues_.size() == named_max; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// Issues that are counted and not named.
  void add_unnamed(std::uint64_t count) noexcept { count_ += count; }
  config::ConfigIssues take();

 private:
  std::string source_;
  config::ConfigIssues issues_;
  std::uint64_t count_ = 0;
};

class NumberLoad {
 public:
  /// Whose number is whose: each row names one of the accounts, which must outlive this.
  NumberLoad(std::string source, const AccountIds& accounts, std::stop_token stop = {});
  /// Numbers that must never call: rows name no account, and the claims have none.
  static NumberLoad never_calls(std::string source, std::stop_token stop = {});

  /// Checks a row and takes it, or remembers what is wrong with it. `row` is its line or number in
  /// the source, from 1. False: no further row is wanted, because `stop` was requested.
  bool add(const NumberFields& fields, std::uint32_t row);
  /// What the source itself finds wrong; row 0: with the source as a whole. `column` may be empty.
  void refuse(std::uint32_t row, std::string_view column, std::string problem, std::string remedy);

  /// Rows that are good, of numbers that no plan has, go to `warnings`, which must outlive this.
  void warn_into(RowIssues& warnings) noexcept { warnings_ = &warnings; }

  [[nodiscard]] bool is_for_never_calls() const noexcept { return accounts_ == nullptr; }
  [[nodiscard]] std::size_t rows() const noexcept { return builder_.size(); }
  /// The table, or everything that is wrong: rows first; when each is good by itself, those that
  /// claim the numbers of another, named by both.
  Result<NumberTable, config::ConfigIssues> finish() &&;

 private:
  void warn_about(const NumberClaim& claim, std::uint32_t row);
  NumberLoad(std::string source, std::unique_ptr<const AccountIndex> accounts,
             std::stop_token stop);

  RowIssues issues_;
  RowIssues* warnings_ = nullptr;
  std::unique_ptr<const AccountIndex> accounts_;  ///< null: rows name none
  std::stop_token stop_;
  NumberTableBuilder builder_;
  std::uint64_t seen_ = 0;
};

}  // namespace shaken302::directory
