// SPDX-License-Identifier: MIT
//
// Claims of one number lie in lines of a few slots, by their mixed number. Here they are chosen so
// that these are full, overfull and of every width.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/number_table_rows.hpp"
#include "shaken302/directory.hpp"

namespace shaken302 {
namespace {

constexpr std::uint64_t number_end = 1000000000000000;
constexpr std::uint64_t mixed_end = std::uint64_t{1} << number_bits;
/// Mixed numbers that are so far apart have the same tag.
constexpr std::uint64_t same_tag = std::uint64_t{1} << 32U;

/// What the fields of the claims are drawn from: how wide they are decides how many fit in a line.
struct Widths {
  std::uint32_t account_max = 0;
  std::uint32_t terms = 1;
  std::uint32_t line_max = 0;
};

class Claims {
 public:
  explicit Claims(Widths widths) : widths_(widths) {}

  /// False: the mixed number is of no number, or was added before.
  bool add_mixed(std::uint64_t mixed) {
    const std::uint64_t value = NumberMix::unmix(mixed);
    if (value == 0 || value >= number_end || !mixed_.insert(mixed).second) return false;
    add(value, value);
    return true;
  }
  /// `count` numbers whose mixed numbers follow each other, but for every third, up or down.
  void add_cluster(std::uint64_t mixed, std::size_t count, bool is_upwards) {
    for (std::size_t added = 0; added < count; mixed += is_upwards ? 1 : -std::uint64_t{1}) {
      if (mixed % 3 != 0 && add_mixed(mixed)) ++added;
    }
  }
  void add_anywhere(std::size_t count) {
    for (std::size_t added = 0; added < count;) added += add_mixed(random_() % mixed_end) ? 1U : 0U;
  }
  void add_ranges(std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count; ++i) add(i * 1000, i * 1000 + 1);
  }
  /// Every claim is found, none beside one, and all come back by line.
  void check() {
    std::shuffle(list_.begin(), list_.end(), random_);
    std::uint32_t line = widths_.line_max - static_cast<std::uint32_t>(list_.size());
    for (NumberClaim& one : list_) one.line = ++line;
    const auto table = NumberTable::make(list_);
    REQUIRE(table);
    REQUIRE(table->size() == list_.size());
    REQUIRE(table->claims() == list_);
    for (const NumberClaim& one : list_) REQUIRE(find(*table, one.first) == one);
    for (const std::uint64_t mixed : mixed_) {
      for (const std::uint64_t beside :
           {mixed - 1, mixed + 1, mixed - same_tag, mixed + same_tag}) {
        if (beside >= mixed_end || mixed_.contains(beside)) continue;
        const std::uint64_t value = NumberMix::unmix(beside);
        if (value >= 100000000 && value < number_end) REQUIRE(!find(*table, value));
      }
    }
  }
  [[nodiscard]] const std::vector<NumberClaim>& list() const { return list_; }

 private:
  static std::optional<NumberClaim> find(const NumberTable& table, std::uint64_t value) {
    return table.find({std::to_string(value), NumberKind::global});
  }
  void add(std::uint64_t first, std::uint64_t last) {
    NumberClaim made;
    made.first = first;
    made.last = last;
    made.account = static_cast<std::uint32_t>(random_() % (std::uint64_t{widths_.account_max} + 1));
    if (list_.empty()) made.account = widths_.account_max;
    made.valid_until = std::chrono::sys_days{std::chrono::days{list_.size() % widths_.terms}};
    list_.push_back(made);
  }

  Widths widths_;
  std::mt19937_64 random_{302};
  std::vector<NumberClaim> list_;
  std::unordered_set<std::uint64_t> mixed_;
};

TEST_CASE("number_table: lines that are empty, nearly full, full and overfull") {
  for (std::size_t rows = 0; rows < 60; ++rows) {
    CAPTURE(rows);
    Claims claims({2, 2, 1000});
    claims.add_anywhere(rows);
    claims.check();
  }
}

TEST_CASE("number_table: numbers of one line go to the next ones, and behind these aside") {
  struct Row {
    const char* why;
    std::size_t below;   ///< numbers of the first lines
    std::size_t above;   ///< of the last ones
    std::size_t middle;  ///< of one in the middle
    std::size_t others;
  };
  const Row rows[] = {
      {"a few more than the first line holds", 20, 0, 0, 2000},
      {"a few more than the last line holds: the next is behind the end", 0, 20, 0, 2000},
      {"a few more than one in the middle holds", 0, 0, 20, 2000},
      {"more than all that can be reached from the first line", 1000, 0, 0, 2000},
      {"from the last one", 0, 1000, 0, 2000},
      {"from one in the middle", 0, 0, 1000, 2000},
      {"at all three, among many", 1000, 1000, 1000, 50000},
      {"nothing else", 0, 1000, 0, 0},
      {"two lines would do for all", 0, 0, 10, 0},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    Claims claims({50000, 1000, 10000000});
    claims.add_cluster(1, row.below, true);
    claims.add_cluster(mixed_end - 1, row.above, false);
    claims.add_cluster(mixed_end / 2 - 500, row.middle, true);
    claims.add_cluster(mixed_end / 2 - 500 + same_tag, row.middle, true);
    claims.add_anywhere(row.others);
    claims.check();
  }
}

TEST_CASE("number_table: lines of few slots, and of many") {
  struct Row {
    const char* why;
    Widths widths;
    std::size_t ranges;  ///< they use terms too
    std::size_t rows;
  };
  const Row rows[] = {
      {"eight slots, with room to spare: fields of one bit", {0, 1, 3000}, 0, 3000},
      {"eight", {0, 1, 300000}, 0, 300000},
      {"seven", {50000, 1, 100000}, 0, 10000},
      {"six", {50000, 1, 10000000}, 0, 10000},
      {"five: all lines", {50000, 100, 4294967294}, 0, 10000},
      {"four: all accounts, too", {4294967294, 1000, 4294967294}, 0, 10000},
      {"four: no account", {no_index, 1000, 4294967294}, 0, 10000},
      {"three: many dates, few numbers", {4294967294, 16384, 4294967294}, 16384, 10},
      {"no slot's fields begin behind the end: nothing to say but that it is there",
       {0, 1, 1},
       0,
       1},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    Claims claims(row.widths);
    claims.add_ranges(row.ranges);
    claims.add_anywhere(row.rows);
    claims.check();
  }
}

TEST_CASE("number_table: conflicts and a stop where lines are overfull") {
  Claims claims({50000, 1, 10000000});
  claims.add_cluster(mixed_end - 1, 1000, false);
  for (const bool is_stopped : {false, true}) {
    NumberTableBuilder builder;
    std::uint32_t line = 0;
    for (const std::size_t time : {1U, 2U}) {
      for (NumberClaim one : claims.list()) {
        one.line = ++line;
        if (time == 1 || line % 2 == 0) REQUIRE(builder.add(one));
      }
    }
    std::stop_source stop;
    if (is_stopped) stop.request_stop();
    const auto table = std::move(builder).build("n.csv", stop.get_token());
    REQUIRE(!table);
    CHECK(table.error().stopped == is_stopped);
    CHECK(table.error().count == (is_stopped ? 0U : 500U));
  }
}

}  // namespace
}  // namespace shaken302
