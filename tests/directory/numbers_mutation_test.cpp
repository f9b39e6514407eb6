// SPDX-License-Identifier: MIT
//
// hazards F5: a damaged number table is refused, or every row of it says what its own line says.
// The oracle reads lines with regular expressions and shares no code with the loader.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <regex>
#include <sstream>

#include "directory/numbers_csv.hpp"

using namespace shaken302;
using namespace shaken302::directory;

namespace {

const AccountIds accounts{{"acme", 0}, {"acme-store", 1}, {"globex", 2}};

std::string good_csv() {
  std::string csv = "number,account,valid_from,valid_until,basis,reference\n";
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(12155550100 + i);
    const char* const account = i % 3 == 0 ? "acme" : i % 3 == 1 ? "acme-store" : "globex";
    switch (i % 4) {
      case 0:
        csv += number + "," + account + ",,,assigned,order " + number + "\n";
        break;
      case 1:
        csv += number + "," + account + ",2026-01-01,2030-12-31,loa,\"a, \"\"b\"\"\"\n";
        break;
      case 2:
        csv += "+" + number + "," + account + "\n";
        break;
      default:
        csv += std::to_string(442071830000 + 100 * i) + "-" +
               std::to_string(442071830099 + 100 * i) + "," + account + ",2026-01-01,,verified,\n";
    }
  }
  return csv;
}

struct OracleRow {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint32_t account = 0;
  std::string from;
  std::string until;
  NumberBasis basis = NumberBasis::assigned;
};

/// What a line means to somebody who knows only the description of the format.
std::optional<OracleRow> read_by_hand(const std::string& line) {
  static const std::regex form(
      R"re((\+?)([1-9][0-9]{6,14})(-\+?([1-9][0-9]{6,14}))?,(acme|acme-store|globex))re"
      R"re((,([0-9]{4}-[0-9]{2}-[0-9]{2})?(,([0-9]{4}-[0-9]{2}-[0-9]{2})?)re"
      R"re((,(assigned|verified|loa|delegated)?(,([^",]*|"([^"]|"")*"))?)?)?)?)re");
  std::smatch part;
  if (!std::regex_match(line, part, form)) return std::nullopt;
  OracleRow row;
  row.first = std::stoull(part[2]);
  row.last = part[4].matched ? std::stoull(part[4]) : row.first;
  row.account = accounts.at(part[5] == "acme"     ? "acme"
                            : part[5] == "globex" ? "globex"
                                                  : "acme-store");
  row.from = part[7];
  row.until = part[9];
  row.basis = part[11] == "verified"    ? NumberBasis::verified
              : part[11] == "loa"       ? NumberBasis::letter_of_authorisation
              : part[11] == "delegated" ? NumberBasis::delegated
                                        : NumberBasis::assigned;
  return row;
}

std::string day_text(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

void check_claim(const NumberClaim& claim, const std::vector<std::string>& lines) {
  const std::string& line = lines.at(claim.line - 1);
  CAPTURE(line);
  const auto row = read_by_hand(line);
  REQUIRE(row);
  CHECK(claim.first == row->first);
  CHECK(claim.last == row->last);
  CHECK(claim.account == row->account);
  CHECK(claim.basis == row->basis);
  CHECK((row->from.empty() ? claim.valid_from == std::chrono::sys_days{}
                           : day_text(claim.valid_from) == row->from));
  CHECK((row->until.empty() ? claim.valid_until == std::chrono::sys_days::max()
                            : day_text(claim.valid_until) == row->until));
}

struct Tally {
  int accepted = 0;
  int refused = 0;
};

void check(const std::string& csv, Tally& tally) {
  const auto table = make_number_table(csv, "n.csv", accounts);
  if (!table) {
    ++tally.refused;
    CHECK_FALSE(table.error().empty());
    for (const config::ConfigIssue& issue : table.error()) {
      CHECK_FALSE(issue.problem.empty());
      CHECK_FALSE(issue.remedy.empty());
      CHECK(config::to_text(issue).find('\n') == std::string::npos);
    }
    return;
  }
  ++tally.accepted;
  std::vector<std::string> lines;
  std::istringstream stream(csv);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  // Every line but header, comments and blank ones has become a claim: none is dropped.
  const auto rows = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return !line.starts_with('#') && line.find_first_not_of(" \t") != std::string::npos;
  });
  CHECK(table->size() + 1 == static_cast<std::size_t>(rows));
  for (const NumberClaim& claim : table->claims()) check_claim(claim, lines);
}

}  // namespace

TEST_CASE("numbers mutations: the table itself is good") {
  Tally tally;
  check(good_csv(), tally);
  CHECK(tally.accepted == 1);
}

TEST_CASE("numbers mutations: 2,000 flipped bits, no row that its line does not say") {
  Tally tally;
  std::mt19937 random(302);
  const std::string good = good_csv();
  for (int i = 0; i < 2000; ++i) {
    std::string csv = good;
    const std::size_t at = random() % csv.size();
    csv[at] = static_cast<char>(static_cast<unsigned char>(csv[at]) ^ (1U << (random() % 8)));
    CAPTURE(at);
    check(csv, tally);
  }
  MESSAGE("bits: ", tally.accepted, " accepted, ", tally.refused, " refused");
  CHECK(tally.accepted > 100);
  CHECK(tally.refused > 800);
}

TEST_CASE("numbers mutations: bytes replaced, removed and doubled") {
  Tally tally;
  std::mt19937 random(7);
  const std::string good = good_csv();
  constexpr std::string_view interesting("\0\n\r\t\",#+-019ax \xEF\xBB\xBF\xFF", 19);
  for (int i = 0; i < 3000; ++i) {
    std::string csv = good;
    const std::size_t at = random() % csv.size();
    switch (i % 3) {
      case 0:
        csv[at] = interesting[random() % interesting.size()];
        break;
      case 1:
        csv.erase(at, 1);
        break;
      default:
        csv.insert(at, 1, csv[at]);
    }
    CAPTURE(at);
    check(csv, tally);
  }
  MESSAGE("bytes: ", tally.accepted, " accepted, ", tally.refused, " refused");
  CHECK(tally.refused > 1000);
}

TEST_CASE("numbers mutations: cut at any byte, refused unless cut at a line end") {
  const std::string good = good_csv();
  const std::size_t header = good.find('\n') + 1;
  for (std::size_t size = 0; size < good.size(); ++size) {
    const bool at_line_end = size >= header && good[size - 1] == '\n';
    CAPTURE(size);
    CHECK(make_number_table(good.substr(0, size), "n.csv", accounts).has_value() == at_line_end);
  }
}
