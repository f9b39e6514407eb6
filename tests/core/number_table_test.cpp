// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "shaken302/directory.hpp"

namespace shaken302 {
namespace {

NumberClaim claim(std::uint64_t first, std::uint64_t last, std::uint32_t line) {
  NumberClaim made;
  made.first = first;
  made.last = last;
  made.account = line;
  made.line = line;
  return made;
}

PhoneNumber number(std::string_view digits) { return {digits, NumberKind::global}; }

/// The line of the claim that was found; 0 for none.
std::uint32_t line_of(const NumberTable& table, const PhoneNumber& wanted) {
  const auto found = table.find(wanted);
  return !found ? 0 : found->line;
}

TEST_CASE("number_table: the innermost claim wins") {
  const auto table = NumberTable::make({
      claim(12125550100, 12125550199, 2),
      claim(12125550110, 12125550119, 3),
      claim(12125550115, 12125550115, 4),
      claim(12125550100, 12125550109, 5),
      claim(12125550190, 12125550199, 6),
      claim(442071838750, 442071838750, 7),
      claim(999999999999998, 999999999999999, 8),
      claim(1000000, 1000000, 9),
  });
  REQUIRE(table);
  CHECK(table->size() == 8);
  struct Row {
    const char* why;
    PhoneNumber number;
    std::uint32_t line;
  };
  const Row rows[] = {
      {"an exact number inside two ranges", number("12125550115"), 4},
      {"before it, in the inner range", number("12125550114"), 3},
      {"after it, in the inner range", number("12125550116"), 3},
      {"behind the inner range, in the outer one", number("12125550120"), 2},
      {"an inner range that begins where the outer one does", number("12125550100"), 5},
      {"the end of that range", number("12125550109"), 5},
      {"an inner range that ends where the outer one does", number("12125550199"), 6},
      {"the last of the outer range before it", number("12125550189"), 2},
      {"one before everything", number("12125550099"), 0},
      {"one after the block", number("12125550200"), 0},
      {"a number alone", number("442071838750"), 7},
      {"its neighbour", number("442071838751"), 0},
      {"the longest and largest", number("999999999999999"), 8},
      {"the shortest", number("1000000"), 9},
      {"smaller than everything", number("1"), 0},
      {"not a number at all", PhoneNumber{}, 0},
      {"a short code is nobody's, even with listed digits",
       {"12125550115", NumberKind::short_code},
       0},
      {"nor is an emergency number", {"12125550115", NumberKind::emergency}, 0},
      {"a zero in front is not a canonical number", number("012125550115"), 0},
      {"other characters are not either", number("1000000*"), 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(line_of(*table, row.number) == row.line);
  }
}

TEST_CASE("number_table: a claim that is not valid now hides the range around it") {
  NumberClaim ported = claim(12125550150, 12125550150, 3);
  ported.valid_until = std::chrono::sys_days{std::chrono::days{100}};
  const auto table = NumberTable::make({claim(12125550100, 12125550199, 2), ported});
  const auto found = table->find(number("12125550150"));
  REQUIRE(found.has_value());
  CHECK(found->line == 3);
  CHECK(!found->is_valid_at(UnixTime{std::chrono::days{200}}));
}

TEST_CASE("number_table: what refuses a list, and which lines are named") {
  struct Row {
    const char* why;
    std::vector<NumberClaim> claims;
    std::uint32_t first_line, second_line;
  };
  const Row rows[] = {
      {"the same number twice", {claim(20000000, 20000000, 2), claim(20000000, 20000000, 3)}, 2, 3},
      {"the lower line is named first",
       {claim(20000000, 20000000, 9), claim(20000000, 20000000, 3)},
       3,
       9},
      {"the same range twice, with one inside",
       {claim(20000000, 20000099, 2), claim(20000005, 20000005, 3), claim(20000000, 20000099, 4)},
       2,
       4},
      {"ranges that overlap without nesting",
       {claim(20000000, 20000099, 2), claim(20000050, 20000149, 3)},
       2,
       3},
      {"that touch in one number",
       {claim(20000000, 20000099, 2), claim(20000099, 20000100, 3)},
       2,
       3},
      {"inner ranges that overlap",
       {claim(20000000, 20000999, 2), claim(20000100, 20000199, 3), claim(20000150, 20000250, 4)},
       3,
       4},
      {"an inner range that sticks out of the outer one",
       {claim(20000000, 20000999, 2), claim(20000100, 20000199, 3), claim(20000200, 20001000, 4)},
       2,
       4},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto table = NumberTable::make(row.claims);
    REQUIRE(!table);
    CHECK(table.error().first_line == row.first_line);
    CHECK(table.error().second_line == row.second_line);
  }
  CHECK(NumberTable::make({claim(20000000, 20000099, 2), claim(20000100, 20000199, 3)}));
  CHECK(!NumberTable::make({})->find(number("20000000")));
}

TEST_CASE("number_table: days of validity are UTC and both inclusive") {
  using std::chrono::sys_days;
  constexpr auto first_day = sys_days{std::chrono::year{2030} / 3 / 1};
  constexpr auto last_day = sys_days{std::chrono::year{2030} / 3 / 31};
  constexpr auto second = std::chrono::seconds{1};
  NumberClaim both = claim(20000000, 20000000, 2);
  both.valid_from = first_day;
  both.valid_until = last_day;
  struct Row {
    const char* why;
    UnixTime now;
    bool valid;
  };
  const Row rows[] = {
      {"a second before the first day", UnixTime{first_day} - second, false},
      {"midnight of the first day", UnixTime{first_day}, true},
      {"the last second of the last day", UnixTime{last_day} + std::chrono::days{1} - second, true},
      {"midnight after it", UnixTime{last_day} + std::chrono::days{1}, false},
      {"long before 1970", UnixTime{} - std::chrono::days{100000}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(both.is_valid_at(row.now) == row.valid);
  }

  const NumberClaim endless = claim(20000000, 20000000, 2);
  CHECK(endless.is_valid_at(UnixTime{}));
  CHECK(endless.is_valid_at(UnixTime{sys_days{std::chrono::year{9999} / 12 / 31}}));
  CHECK(!endless.is_valid_at(UnixTime{} - second));
}

/// The narrowest of all claims that hold the number, by looking at every one of them.
std::uint32_t find_slowly(const std::vector<NumberClaim>& claims, std::uint64_t wanted) {
  std::uint32_t line = 0;
  std::uint64_t width = UINT64_MAX;
  for (const NumberClaim& one : claims) {
    if (one.first <= wanted && wanted <= one.last && one.last - one.first < width) {
      line = one.line;
      width = one.last - one.first;
    }
  }
  return line;
}

TEST_CASE("number_table: agrees with a search through all claims, in any order of the rows") {
  std::mt19937 random(302);
  int accepted = 0;
  int refused = 0;
  for (int world = 0; world < 2000; ++world) {
    std::vector<NumberClaim> claims;
    for (std::uint32_t i = 0; i < 8; ++i) {
      const std::uint64_t first = 20000000 + random() % 100;
      const std::uint64_t width = random() % 3 == 0 ? 0 : random() % 40;
      claims.push_back(claim(first, first + width, i + 2));
    }
    const bool clashes = std::any_of(claims.begin(), claims.end(), [&](const NumberClaim& a) {
      return std::any_of(claims.begin(), claims.end(), [&](const NumberClaim& b) {
        const bool apart = a.last < b.first || b.last < a.first;
        const bool a_in_b = b.first <= a.first && a.last <= b.last;
        const bool b_in_a = a.first <= b.first && b.last <= a.last;
        return a.line != b.line && !apart && (a_in_b == b_in_a);
      });
    });
    const auto table = NumberTable::make(claims);
    REQUIRE(table.has_value() == !clashes);
    std::shuffle(claims.begin(), claims.end(), random);
    const auto shuffled = NumberTable::make(claims);
    REQUIRE(shuffled.has_value() == !clashes);
    (clashes ? refused : accepted) += 1;
    if (clashes) continue;
    for (std::uint64_t wanted = 19999999; wanted < 20000150; ++wanted) {
      const PhoneNumber phone = number(std::to_string(wanted));
      REQUIRE(line_of(*table, phone) == find_slowly(claims, wanted));
      REQUIRE(line_of(*shuffled, phone) == find_slowly(claims, wanted));
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
}

/// What the table was before it was packed: every claim as it is, looked at one by one.
class PlainTable {
 public:
  explicit PlainTable(std::vector<NumberClaim> claims) : claims_(std::move(claims)) {}
  /// The claims around a number, the narrowest first.
  [[nodiscard]] std::vector<NumberClaim> find_all(std::uint64_t wanted) const {
    std::vector<NumberClaim> found;
    for (const NumberClaim& one : claims_) {
      if (one.first <= wanted && wanted <= one.last) found.push_back(one);
    }
    std::sort(found.begin(), found.end(), [](const NumberClaim& a, const NumberClaim& b) {
      return a.last - a.first < b.last - b.first;
    });
    return found;
  }
  [[nodiscard]] const std::vector<NumberClaim>& claims() const { return claims_; }

 private:
  std::vector<NumberClaim> claims_;
};

/// Fields of every width: nothing that is packed beside another may touch it.
NumberClaim random_claim(std::mt19937_64& random, std::uint64_t first, std::uint64_t last) {
  NumberClaim made;
  made.first = first;
  made.last = last;
  const std::uint64_t account_bits = random() % 33;
  made.account =
      random() % 8 == 0
          ? no_index
          : static_cast<std::uint32_t>(random() & ((std::uint64_t{1} << account_bits) - 1));
  made.basis = static_cast<NumberBasis>(random() % 4);
  if (random() % 3 != 0) made.valid_from += std::chrono::days{random() % 30000};
  if (random() % 3 != 0) made.valid_until = made.valid_from + std::chrono::days{random() % 30000};
  return made;
}

/// Numbers of 7 to 15 digits, some side by side; every fourth block is a range, some hold others.
std::vector<NumberClaim> random_claims(std::mt19937_64& random, std::size_t blocks) {
  std::vector<NumberClaim> claims;
  for (std::size_t i = 0; i < blocks; ++i) {
    std::uint64_t smallest = 1000000;
    for (std::uint64_t digits = random() % 9; digits > 0; --digits) smallest *= 10;
    const std::uint64_t block = (smallest + random() % (9 * smallest)) / 1000 * 1000;
    if (random() % 4 == 0) {
      claims.push_back(random_claim(random, block, block + 999));
      if (random() % 2 == 0) claims.push_back(random_claim(random, block + 100, block + 199));
    }
    for (std::uint64_t number = random() % 5; number < 200; number += 1 + random() % 90) {
      claims.push_back(random_claim(random, block + number, block + number));
    }
  }
  // Two blocks may be the same: of equal claims the first stays.
  std::stable_sort(claims.begin(), claims.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.last < b.last;
  });
  claims.erase(std::unique(claims.begin(), claims.end(),
                           [](const auto& a, const auto& b) {
                             return a.first == b.first && a.last == b.last;
                           }),
               claims.end());
  std::shuffle(claims.begin(), claims.end(), random);
  std::uint32_t line = 1 + static_cast<std::uint32_t>(random() % 1000);
  for (NumberClaim& one : claims) one.line = line += 1 + static_cast<std::uint32_t>(random() % 9);
  return claims;
}

TEST_CASE("number_table: gives every claim back as it was, with the ones that it hides") {
  std::mt19937_64 random(7);
  for (const std::size_t blocks : {0U, 1U, 2U, 3U, 5U, 30U, 300U, 3000U}) {
    CAPTURE(blocks);
    const PlainTable plain(random_claims(random, blocks));
    const auto table = NumberTable::make(plain.claims());
    REQUIRE(table);
    REQUIRE(table->claims() == plain.claims());
    CHECK(table->size() == plain.claims().size());
    const auto ranges = std::count_if(plain.claims().begin(), plain.claims().end(),
                                      [](const auto& one) { return one.first != one.last; });
    CHECK(table->ranges() == static_cast<std::size_t>(ranges));
    for (int draw = 0; draw < 300 && blocks > 0; ++draw) {
      const NumberClaim& near = plain.claims()[random() % plain.claims().size()];
      const std::uint64_t wanted = near.first - 3 + random() % (near.last - near.first + 7);
      const auto expected = plain.find_all(wanted);
      REQUIRE(table->find_all(number(std::to_string(wanted))) == expected);
      const auto found = table->find(number(std::to_string(wanted)));
      REQUIRE(found == (expected.empty() ? std::nullopt : std::optional(expected.front())));
    }
  }
}

TEST_CASE("number_table: conflicts are named by their second line, twenty at most, and counted") {
  NumberTableBuilder builder;
  for (std::uint32_t line = 6000; line > 0; --line) {
    const std::uint64_t value = 20000000 + line % 3000;
    REQUIRE(builder.add(claim(value, value, line)));
  }
  CHECK(builder.size() == 6000);
  const auto table = std::move(builder).build("n.csv");
  REQUIRE(!table);
  CHECK(!table.error().stopped);
  CHECK(table.error().count == 3000);
  REQUIRE(table.error().conflicts.size() == NumberTableBuilder::conflicts_max);
  for (std::uint32_t i = 0; i < NumberTableBuilder::conflicts_max; ++i) {
    CHECK(table.error().conflicts[i].first_line == i + 1);
    CHECK(table.error().conflicts[i].second_line == i + 3001);
  }
}

TEST_CASE("number_table: a claim that is to go is not held against those behind it") {
  const auto conflicts = [](const std::vector<NumberClaim>& claims) {
    NumberTableBuilder builder;
    for (const NumberClaim& one : claims) REQUIRE(builder.add(one));
    const auto table = std::move(builder).build("");
    std::string text;
    if (table) return text;
    for (const NumberConflict& one : table.error().conflicts) {
      text += std::to_string(one.first_line) + "-" + std::to_string(one.second_line) + " ";
    }
    return text;
  };
  CHECK(conflicts({claim(20000000, 20000099, 2), claim(20000050, 20000149, 3),
                   claim(20000100, 20000199, 4)}) == "2-3 ");
  CHECK(conflicts({claim(20000000, 20000099, 9), claim(20000050, 20000149, 3),
                   claim(20000060, 20000069, 4)}) == "3-9 ");
}

TEST_CASE("number_table: a stop ends the building") {
  NumberTableBuilder builder;
  REQUIRE(builder.add(claim(20000000, 20000000, 2)));
  std::stop_source stop;
  stop.request_stop();
  const auto table = std::move(builder).build("n.csv", stop.get_token());
  REQUIRE(!table);
  CHECK(table.error().stopped);
}

TEST_CASE("number_table: an empty one is nobody's, and says where it comes from") {
  const NumberTable none;
  CHECK(none.size() == 0);
  CHECK(none.ranges() == 0);
  CHECK(none.claims().empty());
  CHECK(!none.find(number("12155550100")));
  CHECK(none.find_all(number("12155550100")).empty());
  CHECK(none.source().empty());
  const auto built = NumberTableBuilder().build("n.csv");
  REQUIRE(built);
  CHECK(built->source() == "n.csv");
  CHECK(!built->find(number("12155550100")));
}

TEST_CASE("number_table: holds little more than what its rows need") {
  NumberTableBuilder builder;
  constexpr std::uint32_t rows = 100000;
  for (std::uint32_t row = 0; row < rows; ++row) {
    NumberClaim one = claim(12125550000 + 3 * row, 12125550000 + 3 * row, row + 1);
    one.account = row % 50000;
    REQUIRE(builder.add(one));
  }
  const auto table = std::move(builder).build("");
  REQUIRE(table);
  // 40 bits of the number, 16 of the account and 17 of the line: seven in a line of 64 bytes, three
  // quarters of which are filled.
  CHECK(table->memory_bytes() > rows * 64 / 7 * 4 / 3);
  CHECK(table->memory_bytes() < rows * 64 / 7 * 4 / 3 + 10000);
}

TEST_CASE("number_table: finds ranges however many there are, and however they are spread") {
  // Four ranges lie together, and buckets of fours double their number with them.
  for (const std::uint64_t full : {1U, 4U, 32U, 33U, 256U, 500U, 2048U, 5000U, 16384U}) {
    for (const std::uint64_t count : {full - 1, full, full + 1}) {
      CAPTURE(count);
      std::vector<NumberClaim> claims;
      for (std::uint32_t i = 0; i < count; ++i) {
        claims.push_back(claim(20000000 + i * 10, 20000004 + i * 10, i + 2));
      }
      // One that is far away leaves all others in one bucket.
      const bool is_uneven = full % 64 == 0;
      if (is_uneven) claims.push_back(claim(900000000000000, 900000000000009, 1));
      const auto table = NumberTable::make(claims);
      REQUIRE(table);
      CHECK(line_of(*table, number("19999999")) == 0);
      std::size_t wrong = 0;
      for (const NumberClaim& one : claims) {
        wrong += line_of(*table, number(std::to_string(one.first))) != one.line ? 1U : 0U;
        wrong += line_of(*table, number(std::to_string(one.last))) != one.line ? 1U : 0U;
        wrong += line_of(*table, number(std::to_string(one.last + 1))) != 0 ? 1U : 0U;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("number_table: one combination of dates and basis too many is not taken") {
  NumberTableBuilder builder;
  NumberClaim one = claim(20000000, 20000000, 1);
  std::size_t taken = 0;
  for (std::size_t i = 0; i <= NumberTableBuilder::terms_max; ++i) {
    one.valid_until = std::chrono::sys_days{std::chrono::days{i}};
    one.first = one.last = 20000000 + i;
    taken += builder.add(one) ? 1U : 0U;
  }
  CHECK(taken == NumberTableBuilder::terms_max);
  one.valid_until = std::chrono::sys_days{};
  CHECK(builder.add(one));
}

}  // namespace
}  // namespace shaken302
