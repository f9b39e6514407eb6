// SPDX-License-Identifier: MIT
//
// Numbers that are fed row by row, files that are read in pieces, and lists that name no account.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "config/temporary_folder.hpp"
#include "directory/number_load.hpp"
#include "directory/numbers_csv.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using shaken302::test::TemporaryFolder;

namespace {

const AccountIds accounts{{"acme", 0}, {"acme-store", 1}, {"globex", 2}};
constexpr std::string_view header = "number,account,valid_from,valid_until,basis,reference\n";

std::string text_of(const config::ConfigIssues& issues) {
  std::string out;
  for (const config::ConfigIssue& issue : issues) out += config::to_text(issue) + '\n';
  return out;
}

std::string never_calls(const std::string& csv) {
  const auto table = make_never_call_table(csv, "dno.csv");
  if (!table) return text_of(table.error());
  std::string out;
  for (const NumberClaim& claim : table->claims()) {
    CHECK(claim.account == no_index);
    out += std::to_string(claim.first) + "-" + std::to_string(claim.last) + " line " +
           std::to_string(claim.line) + "\n";
  }
  return out;
}

config::RegularFile opened(const std::filesystem::path& path) {
  return *config::RegularFile::open(path, number_file_rules);
}

/// 2,000 rows of all kinds in a random order, each good.
std::vector<std::string> good_rows() {
  std::vector<std::string> rows;
  for (int i = 0; i < 1900; ++i) {
    rows.push_back(std::to_string(12155550000 + 7 * i) + (i % 3 == 0 ? ",acme" : ",globex") +
                   (i % 5 == 0 ? ",2026-01-01,2027-0" + std::to_string(1 + i % 9) + "-01" : ""));
  }
  for (int i = 0; i < 100; ++i) {
    const std::string block = std::to_string(1215555 + i / 10) + std::to_string(i % 10);
    rows.push_back(block + "000-" + block + "999,acme-store,,,loa,block " + std::to_string(i));
  }
  return rows;
}

std::string joined(const std::vector<std::string>& rows) {
  std::string csv(header);
  for (const std::string& row : rows) csv += row + '\n';
  return csv;
}

/// What the table says about a number, without the line.
std::string answer(const NumberTable& table, std::uint64_t number) {
  const auto claim = table.find({std::to_string(number), NumberKind::global});
  if (!claim) return "none";
  return std::to_string(claim->first) + "-" + std::to_string(claim->last) + " " +
         std::to_string(claim->account) + " " + std::to_string(static_cast<int>(claim->basis)) +
         " " + std::to_string(claim->valid_from.time_since_epoch().count()) + " " +
         std::to_string(claim->valid_until.time_since_epoch().count());
}

}  // namespace

TEST_CASE("number_load: any source gets the same checks, and its own name and rows in them") {
  NumberLoad load("sqlite:numbers.db", accounts);
  CHECK(load.add({"12155550100", "acme"}, 1));
  CHECK(load.add({"12155550101", "globex", "2026-01-01", "2026-12-31", "loa"}, 2));
  CHECK(load.rows() == 2);
  auto table = std::move(load).finish();
  REQUIRE(table);
  CHECK(table->source() == "sqlite:numbers.db");
  const auto claim = table->find({"12155550101", NumberKind::global});
  REQUIRE(claim);
  CHECK(claim->account == 2);
  CHECK(claim->basis == NumberBasis::letter_of_authorisation);
  CHECK(claim->line == 2);

  NumberLoad wrong("sqlite:numbers.db", accounts);
  CHECK(wrong.add({"12155550100", "acme-stor"}, 7));
  CHECK(wrong.add({"x", "acme"}, 8));
  wrong.refuse(0, "numbers", "is no table", "make one");
  const auto refused = std::move(wrong).finish();
  REQUIRE_FALSE(refused);
  const std::string issues = text_of(refused.error());
  CHECK(issues.find("sqlite:numbers.db row 7: account: \"acme-stor\" is no account; did you mean "
                    "\"acme-store\"?") != std::string::npos);
  CHECK(issues.find("sqlite:numbers.db row 8: number: \"x\"") != std::string::npos);
  CHECK(issues.find("sqlite:numbers.db: numbers: is no table; make one") != std::string::npos);
}

TEST_CASE("number_load: accounts are found by their whole id, however long it is") {
  std::vector<std::string> ids;
  for (int i = 0; i < 5000; ++i) {
    // 1 to 40 characters; many differ in one place only.
    std::string id(static_cast<std::size_t>(i % 40), 'a');
    ids.push_back(std::to_string(i) + id);
    ids.push_back(id + std::to_string(i));
  }
  AccountIds index;
  for (std::uint32_t i = 0; i < ids.size(); ++i) index.emplace(ids[i], i);
  const AccountIndex accounts_of_many(index);
  for (const std::string& id : ids) {
    CHECK(accounts_of_many.find(id) == index.at(id));
    const std::string other = id + "a";
    const auto expected = index.find(other);
    CHECK(accounts_of_many.find(other) == (expected == index.end() ? no_index : expected->second));
  }
  CHECK(accounts_of_many.find("") == no_index);
  const AccountIds none;
  CHECK(AccountIndex(none).find("acme") == no_index);
}

TEST_CASE("number_load: two rows that claim the same are named both, whatever their order") {
  NumberLoad load("db", accounts);
  CHECK(load.add({"12155550100", "acme"}, 9));
  CHECK(load.add({"+12155550100", "globex"}, 4));
  const auto table = std::move(load).finish();
  REQUIRE_FALSE(table);
  CHECK(text_of(table.error()) ==
        "db:9: number: claims numbers of line 4 again; remove one of the two, or make one range "
        "hold the other whole\n");
}

TEST_CASE("number_load: a stop ends it while rows come and before the table is made") {
  std::stop_source stop;
  NumberLoad load("db", accounts, stop.get_token());
  stop.request_stop();
  bool goes_on = true;
  std::uint32_t taken = 0;
  while (goes_on && taken < 100000) {
    goes_on = load.add({std::to_string(12155550000 + taken), "acme"}, taken + 1);
    ++taken;
  }
  CHECK_FALSE(goes_on);
  CHECK(taken < 5000);
  const auto table = std::move(load).finish();
  REQUIRE_FALSE(table);
  CHECK(text_of(table.error()).find("was not read to its end") != std::string::npos);
}

TEST_CASE("number_load: the order of the rows changes nothing but their lines") {
  auto rows = good_rows();
  const auto table = make_number_table(joined(rows), "n.csv", accounts);
  REQUIRE_MESSAGE(table.has_value(), text_of(table ? config::ConfigIssues{} : table.error()));
  std::mt19937 random(302);
  for (int order = 0; order < 5; ++order) {
    std::shuffle(rows.begin(), rows.end(), random);
    const auto other = make_number_table(joined(rows), "n.csv", accounts);
    REQUIRE(other);
    CHECK(other->size() == rows.size());
    for (int i = 0; i < 20000; ++i) {
      const std::uint64_t number = 12155540000 + random() % 130000;
      REQUIRE(answer(*other, number) == answer(*table, number));
    }
    for (const NumberClaim& claim : other->claims()) {
      REQUIRE(rows[claim.line - 2].starts_with(std::to_string(claim.first)));
    }
  }
}

TEST_CASE("number_load: a list of numbers that never call") {
  struct Row {
    const char* why;
    std::string csv;
    const char* says;
  };
  const std::string head = "number,valid_from,valid_until,reference\n";
  const Row rows[] = {
      {"numbers alone", "number\n18005550100\n+18005550101\n",
       "18005550100-18005550100 line 2\n18005550101-18005550101 line 3\n"},
      {"a range, dates, a reference",
       head + "18005550100-18005550199,2026-01-01,2026-12-31,inbound\n",
       "18005550100-18005550199 line 2\n"},
      {"the rest left out", head + "18005550100\n", "18005550100-18005550100 line 2\n"},
      {"more than the header has", "number\n18005550100,acme\n",
       "dno.csv:2: has 2 fields; write the number alone\n"},
      {"an account", head + "18005550100,acme\n",
       "dno.csv:2: valid_from: \"acme\" is not a date; write YYYY-MM-DD, or nothing for no "
       "limit\n"},
      {"too many fields", head + "18005550100,,,x,y\n",
       "dno.csv:2: has 5 fields; write 1 to 4: number, valid_from, ...\n"},
      {"the header of the other kind", "number,account\n18005550100,acme\n",
       "dno.csv:1: \"number,account\" is not the header; make the first line: "
       "number,valid_from,valid_until,reference\n"},
      {"twice the same", "number\n18005550100\n18005550100\n",
       "dno.csv:3: number: claims numbers of line 2 again; remove one of the two, or make one "
       "range hold the other whole\n"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK(never_calls(row.csv) == row.says);
  }
}

TEST_CASE("number_load: a file gives what its text does, and tells how far it has come") {
  const TemporaryFolder folder;
  std::vector<std::string> rows;
  for (int i = 0; i < 140000; ++i) rows.push_back(std::to_string(12155550000 + 3 * i) + ",acme");
  const auto path = folder.write("n.csv", joined(rows));
  std::vector<LoadProgress> told;
  const auto table = load_numbers_csv(opened(path), accounts, {},
                                      [&told](const LoadProgress& now) { told.push_back(now); });
  REQUIRE(table);
  CHECK(table->source() == path.string());
  CHECK(table->claims() == make_number_table(joined(rows), "n.csv", accounts)->claims());
  REQUIRE(told.size() == 2);
  CHECK(told[0].rows == 65535);
  CHECK(told[0].bytes < told[1].bytes);
  CHECK(told[1].bytes <= told[1].bytes_total);
  CHECK(told[1].bytes_total == std::filesystem::file_size(path));
}

TEST_CASE("number_load: a file that changes while it is read is refused") {
  const TemporaryFolder folder;
  std::vector<std::string> rows;
  for (int i = 0; i < 140000; ++i) rows.push_back(std::to_string(12155550000 + 3 * i) + ",acme");
  const std::string csv = joined(rows);
  struct Row {
    const char* why;
    std::size_t size;
  };
  for (const Row& row : {Row{"cut off", 100000}, Row{"longer", csv.size() + 1000},
                         Row{"written again, as long as before", csv.size()}}) {
    const std::string why = row.why;
    CAPTURE(why);
    const auto path = folder.write("n.csv", csv);
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    const auto table = load_numbers_csv(opened(path), accounts, {}, [&](const LoadProgress&) {
      std::string other = csv;
      other.resize(row.size, '\n');
      std::fstream(path, std::ios::in | std::ios::out) << other;
      std::filesystem::resize_file(path, row.size);
    });
    REQUIRE_FALSE(table);
    CHECK(text_of(table.error()).find("changed while it was read") != std::string::npos);
  }
}

TEST_CASE("number_load: the reference is read from the line of the claim") {
  const TemporaryFolder folder;
  const auto path =
      folder.write("n.csv", std::string(header) +
                                "12155550100,acme,,,,\"order \"\"4711\"\", line 3\"\n# comment\n"
                                "+12155550101,acme,,,,plain\n12155550102,acme\n");
  const auto reference = [&](std::uint64_t number, std::uint32_t line) {
    NumberClaim claim;
    claim.first = claim.last = number;
    claim.line = line;
    return read_reference(opened(path), claim).value_or("none");
  };
  CHECK(reference(12155550100, 2) == "order \"4711\", line 3");
  CHECK(reference(12155550101, 4) == "plain");
  CHECK(reference(12155550102, 5) == "none");
  CHECK(reference(12155550100, 4) == "none");
  CHECK(reference(12155550100, 3) == "none");
  CHECK(reference(12155550100, 6) == "none");
}
