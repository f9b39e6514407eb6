// SPDX-License-Identifier: MIT
#include "directory/numbers_csv.hpp"

#include <doctest/doctest.h>
#include <fmt/chrono.h>

#include "directory/number_row.hpp"

using namespace shaken302;
using namespace shaken302::directory;

namespace {

const AccountIds accounts{{"acme", 0}, {"acme-store", 1}, {"globex", 2}};
constexpr std::string_view header = "number,account,valid_from,valid_until,basis,reference\n";

std::string text_of(const NumberClaim& claim) {
  const bool is_open = claim.valid_until == std::chrono::sys_days::max();
  return fmt::format("{}-{} account {} basis {} from {:%F} until {} line {}\n", claim.first,
                     claim.last, claim.account, static_cast<int>(claim.basis), claim.valid_from,
                     is_open ? "ever" : fmt::format("{:%F}", claim.valid_until), claim.line);
}

std::string text_of(const config::ConfigIssues& issues) {
  std::string out;
  for (const config::ConfigIssue& issue : issues) out += config::to_text(issue) + '\n';
  return out;
}

/// The claims, or the issues, as text.
std::string parsed(std::string_view csv) {
  const auto table = make_number_table(csv, "n.csv", accounts);
  if (!table) return text_of(table.error());
  std::string out;
  for (const NumberClaim& claim : table->claims()) out += text_of(claim);
  return out;
}

std::string row(std::string_view line) {
  return parsed(std::string(header) + std::string(line) + '\n');
}

/// The issues of making a table.
std::string overlaps(const std::string& rows) {
  const auto table = make_number_table(std::string(header) + rows, "n.csv", accounts);
  return table ? "" : text_of(table.error());
}

}  // namespace

TEST_CASE("numbers_csv: each form of a good row") {
  struct Row {
    const char* why;
    const char* line;
    const char* claim;
  };
  const Row rows[] = {
      {"everything", "12155550100,acme,2026-01-01,2026-12-31,loa,order 7",
       "12155550100-12155550100 account 0 basis 2 from 2026-01-01 until 2026-12-31 line 2\n"},
      {"number and account alone", "12155550100,acme-store",
       "12155550100-12155550100 account 1 basis 0 from 1970-01-01 until ever line 2\n"},
      {"the rest empty", "12155550100,acme,,,,",
       "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"with +", "+442071838750,globex",
       "442071838750-442071838750 account 2 basis 0 from 1970-01-01 until ever line 2\n"},
      {"a range", "12155550100-12155550199,acme",
       "12155550100-12155550199 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"a range with +", "+12155550100-+12155550199,acme",
       "12155550100-12155550199 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"a range of one", "12155550100-12155550100,acme",
       "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"15 digits", "441234567890123,acme",
       "441234567890123-441234567890123 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"one day", "12155550100,acme,2028-02-29,2028-02-29,delegated",
       "12155550100-12155550100 account 0 basis 3 from 2028-02-29 until 2028-02-29 line 2\n"},
      {"verified", "12155550100,acme,,,verified",
       "12155550100-12155550100 account 0 basis 1 from 1970-01-01 until ever line 2\n"},
      {"quotes around everything",
       "\"12155550100\",\"acme\",\"\",\"\",\"assigned\",\"a, \"\"b\"\"\"",
       "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"a reference in another alphabet", "12155550100,acme,,,,\xD0\xB4\xD0\xBE\xD0\xBC",
       "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
      {"a tab in the reference", "12155550100,acme,,,,a\tb",
       "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 2\n"},
  };
  for (const Row& r : rows) {
    CAPTURE(r.why);
    CHECK(row(r.line) == r.claim);
  }
}

TEST_CASE("numbers_csv: each mistake names line, column and what would be right") {
  constexpr const char* number_form =
      "write 7 to 15 digits with the country code first, as in 12155550100, or a range "
      "12155550100-12155550199\n";
  struct Row {
    const char* why;
    std::string_view line;
    std::string issue;
  };
  const Row rows[] = {
      {"a national number of other digits", "2155550100,acme", ""},
      {"too few digits", "215555,acme",
       "number: \"215555\" is not a number; " + std::string(number_form)},
      {"16 digits", "4412345678901234,acme",
       "number: \"4412345678901234\" is not a number; " + std::string(number_form)},
      {"a leading zero", "0012155550100,acme",
       "number: \"0012155550100\" is not a number; " + std::string(number_form)},
      {"country code 1 with nine digits", "1215555010,acme",
       "number: \"1215555010\" is not a number; " + std::string(number_form)},
      {"a number with blanks", "1 215 555 0100,acme",
       "number: \"1 215 555 0100\" is not a number; " + std::string(number_form)},
      {"two +", "++12155550100,acme",
       "number: \"++12155550100\" is not a number; " + std::string(number_form)},
      {"a short code", "911,acme", "number: \"911\" is not a number; " + std::string(number_form)},
      {"no number", ",acme", "number: \"\" is not a number; " + std::string(number_form)},
      {"a blank in front", " 12155550100,acme",
       "number: \" 12155550100\" is not a number; " + std::string(number_form)},
      {"half a range", "12155550100-,acme",
       "number: \"\" is not a number; " + std::string(number_form)},
      {"the short form of a range", "12155550100-199,acme",
       "number: \"199\" is not a number; " + std::string(number_form)},
      {"a range backwards", "12155550199-12155550100,acme",
       "number: \"12155550199-12155550100\" is not a range; write FIRST-LAST with as many digits "
       "on "
       "both sides, the smaller one first\n"},
      {"a range of two lengths", "4412345678-441234567890,acme",
       "number: \"4412345678-441234567890\" is not a range; write FIRST-LAST with as many digits "
       "on "
       "both sides, the smaller one first\n"},
      {"three numbers", "12155550100-12155550101-12155550102,acme",
       "number: \"12155550101-12155550102\" is not a number; " + std::string(number_form)},
      {"an unknown account", "12155550100,acme-stor",
       "account: \"acme-stor\" is no account; did you mean \"acme-store\"?\n"},
      {"an account in other capitals", "12155550100,Globex",
       "account: \"Globex\" is no account; did you mean \"globex\"?\n"},
      {"an account like no other", "12155550100,initech",
       "account: \"initech\" is no account; accounts: \"acme\", \"acme-store\", \"globex\"\n"},
      {"no account", "12155550100,",
       "account: \"\" is no account; accounts: \"acme\", \"acme-store\", \"globex\"\n"},
      {"a date that does not exist", "12155550100,acme,2026-02-29",
       "valid_from: \"2026-02-29\" is not a date; write YYYY-MM-DD, or nothing for no limit\n"},
      {"a date of another country", "12155550100,acme,,31.12.2026",
       "valid_until: \"31.12.2026\" is not a date; write YYYY-MM-DD, or nothing for no limit\n"},
      {"a date cut short", "12155550100,acme,,2026-12-3",
       "valid_until: \"2026-12-3\" is not a date; write YYYY-MM-DD, or nothing for no limit\n"},
      {"a date with a time", "12155550100,acme,2026-01-01T00:00",
       "valid_from: \"2026-01-01T00:00\" is not a date; write YYYY-MM-DD, or nothing for no "
       "limit\n"},
      {"month 13", "12155550100,acme,2026-13-01",
       "valid_from: \"2026-13-01\" is not a date; write YYYY-MM-DD, or nothing for no limit\n"},
      {"day 0", "12155550100,acme,2026-12-00",
       "valid_from: \"2026-12-00\" is not a date; write YYYY-MM-DD, or nothing for no limit\n"},
      {"the dates exchanged", "12155550100,acme,2026-12-31,2026-01-01",
       "valid_until: 2026-01-01 is before valid_from; exchange the two dates\n"},
      {"an unknown basis", "12155550100,acme,,,LOA",
       "basis: \"LOA\" is not a basis; write assigned, verified, loa, delegated, or nothing for "
       "assigned\n"},
      {"one column", "12155550100", "has 1 field; write 2 to 6: number, account, ...\n"},
      {"seven columns", "12155550100,acme,,,,,x",
       "has 7 fields; write 2 to 6: number, account, ...\n"},
      {"the wrong separator", "12155550100;acme",
       "has 1 field; write 2 to 6: number, account, ...\n"},
      {"the columns exchanged", "acme,12155550100",
       "number: \"acme\" is not a number; " + std::string(number_form)},
      {"a NUL", std::string_view("12155550100,acme\0,", 18),
       "holds the byte 00; save it as plain text, UTF-8\n"},
      {"a NUL in the reference", std::string_view("12155550100,acme,,,,\0", 21),
       "holds the byte 00; save it as plain text, UTF-8\n"},
      {"a lone CR", "12155550100,acme\r,", "holds the byte 0D; save it as plain text, UTF-8\n"},
      {"an escape sequence", "12155550100,acme,,,,\x1B[2J",
       "holds the byte 1B; save it as plain text, UTF-8\n"},
      {"Latin-1", "12155550100,acme,,,,caf\xE9", "is not UTF-8; save it as plain text, UTF-8\n"},
      {"a NUL in a comment", std::string_view("# \0", 3),
       "holds the byte 00; save it as plain text, UTF-8\n"},
      {"a quote that is not closed", "12155550100,acme,,,,\"x",
       "has a quote that is not closed; close it on the same line\n"},
      {"a quote inside a field", "12155550100,acme,,,,5\" disk",
       "has a quote inside a field; put the whole field in quotes, and double the inner one\n"},
      {"text behind a quote", "12155550100,acme,,,,\"a\" b",
       "has text behind a closing quote; put a comma there, or double the quote\n"},
      {"a comment behind a row", "12155550100,acme # main",
       "account: \"acme # main\" is no account; accounts: \"acme\", \"acme-store\", \"globex\"\n"},
      {"a blank line with a comment", "  # x", "has 1 field; write 2 to 6: number, account, ...\n"},
  };
  for (const Row& r : rows) {
    CAPTURE(r.why);
    if (r.issue.empty()) {
      // Ten digits are somebody's number (+215...): the table cannot know who forgot a 1.
      CHECK(row(r.line).starts_with("2155550100-"));
    } else {
      CHECK(row(r.line) == "n.csv:2: " + r.issue);
    }
  }
}

TEST_CASE(
    "numbers_csv: the header comes first, after comments and blank lines, and says the columns") {
  struct Row {
    const char* why;
    std::string_view csv;
    const char* result;
  };
  constexpr const char* remedy =
      "make the first line: number,account,valid_from,valid_until,basis,reference\n";
  const std::string none = std::string("n.csv: has no header; ") + remedy;
  const Row rows[] = {
      {"an empty file", "", none.c_str()},
      {"only comments", "# x\n\n", none.c_str()},
      {"no header", "12155550100,acme\n",
       "n.csv:1: \"12155550100,acme\" is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"another order", "account,number\n",
       "n.csv:1: \"account,number\" is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"one column too many", "number,account,valid_from,valid_until,basis,reference,notes\n",
       "n.csv:1: \"number,account,valid_from,valid_until,basis,reference,notes\" is not the "
       "header; "
       "make the first line: number,account,valid_from,valid_until,basis,reference\n"},
      {"one column", "number\n",
       "n.csv:1: \"number\" is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"cut off", "number,account",
       "n.csv:1: \"number,account\" is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"comments before it", "# a\n\n \t\nnumber,account\n12155550100,acme\n",
       "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 5\n"},
      {"in quotes", "\"number\",\"account\"\n", ""},
      {"fewer columns: no more than that in the rows",
       "number,account\n12155550100,acme,2026-01-01\n",
       "n.csv:2: has 3 fields; write number and account\n"},
      {"four columns", "number,account,valid_from,valid_until\n12155550100,acme,,,loa\n",
       "n.csv:2: has 5 fields; write 2 to 4: number, account, ...\n"},
      {"UTF-16", std::string_view("\xFF\xFEn\0u\0", 6),
       "n.csv:1: is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"a passphrase, whose file was named by mistake: it is not shown", "correct,horse\n",
       "n.csv:1: is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"a passphrase of digits", "12155550100\n",
       "n.csv:1: is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
      {"more fields than are kept", "a,b,c,d,e,f,g,h,i,j,k\n",
       "n.csv:1: is not the header; make the first line: "
       "number,account,valid_from,valid_until,basis,reference\n"},
  };
  for (const Row& r : rows) {
    CAPTURE(r.why);
    CHECK(parsed(r.csv) == r.result);
  }
}

TEST_CASE("numbers_csv: byte order mark, CRLF, comments and blank lines change nothing") {
  const std::string rows = "12155550100,acme\n12155550101,acme-store\n";
  const std::string plain = parsed(std::string(header) + rows);
  CHECK(plain.find("12155550101-12155550101 account 1") != std::string::npos);
  CHECK(parsed("\xEF\xBB\xBF" + std::string(header) + rows) == plain);
  std::string crlf;
  for (const char c : std::string(header) + rows) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(parsed(crlf) == plain);
  CHECK(parsed(std::string(header) + "# 12155550100,globex\n\n   \n12155550100,acme\n") ==
        "12155550100-12155550100 account 0 basis 0 from 1970-01-01 until ever line 5\n");
}

TEST_CASE("numbers_csv: a last line without its end may be half a row") {
  CHECK(
      parsed(std::string(header) + "12155550100,acme") ==
      "n.csv:2: has no line end: the file may have been cut off; complete the row and end it with "
      "a line end\n");
  CHECK(
      parsed(std::string(header) + "12155550100,acme\n# en") ==
      "n.csv:3: has no line end: the file may have been cut off; complete the row and end it with "
      "a line end\n");
}

TEST_CASE("numbers_csv: all mistakes are reported, twenty at most, and how many more") {
  std::string csv(header);
  for (int i = 0; i < 20; ++i) csv += "x,acme\n";
  const auto twenty = make_number_table(csv, "n.csv", accounts);
  REQUIRE_FALSE(twenty);
  CHECK(twenty.error().size() == 20);
  CHECK(twenty.error().back().line == 21);
  csv += "12155550100,acme\nx,acme\n12155550101,nobody\n";
  const auto more = make_number_table(csv, "n.csv", accounts);
  REQUIRE_FALSE(more);
  REQUIRE(more.error().size() == 21);
  CHECK(config::to_text(more.error().back()) == "n.csv: and 2 more; correct those above first");
}

TEST_CASE("numbers_csv: overlaps name both lines, nested rows are good") {
  struct Row {
    const char* why;
    const char* rows;
    const char* issues;
  };
  const Row rows[] = {
      {"a number inside a range", "12155550100-12155550199,acme\n12155550150,globex\n", ""},
      {"a range inside a range", "12155550150-12155550159,globex\n12155550100-12155550199,acme\n",
       ""},
      {"the same number twice", "12155550100,acme\n12155550101,acme\n12155550100,globex\n",
       "n.csv:4: number: claims numbers of line 2 again; remove one of the two, or make one range "
       "hold the other whole\n"},
      {"the same number twice for one account", "12155550100,acme\n+12155550100,acme\n",
       "n.csv:3: number: claims numbers of line 2 again; remove one of the two, or make one range "
       "hold the other whole\n"},
      {"half inside", "12155550100-12155550199,acme\n12155550150-12155550250,globex\n",
       "n.csv:3: number: claims numbers of line 2 again; remove one of the two, or make one range "
       "hold the other whole\n"},
      {"two overlaps: both",
       "12155550100,acme\n12155550100,acme\n12155550105,acme\n"
       "12155550105,globex\n",
       "n.csv:3: number: claims numbers of line 2 again; remove one of the two, or make one range "
       "hold the other whole\n"
       "n.csv:5: number: claims numbers of line 4 again; remove one of the two, or make one range "
       "hold the other whole\n"},
  };
  for (const Row& r : rows) {
    CAPTURE(r.why);
    CHECK(overlaps(r.rows) == r.issues);
  }
  std::string many;
  for (int i = 0; i < 30; ++i) many += "12155550100,acme\n";
  const auto table = make_number_table(std::string(header) + many, "n.csv", accounts);
  REQUIRE_FALSE(table);
  REQUIRE(table.error().size() == 21);
  CHECK(table.error()[19].line == 22);
  CHECK(config::to_text(table.error()[20]) == "n.csv: and 9 more; correct those above first");
}

TEST_CASE("numbers_csv: days from 1900 to 9999") {
  CHECK(parse_day("1900-01-01"));
  CHECK(parse_day("9999-12-31"));
  CHECK(parse_day("2000-02-29"));
  CHECK_FALSE(parse_day("1899-12-31"));
  CHECK_FALSE(parse_day("2100-02-29"));
  CHECK_FALSE(parse_day("2026-1-01"));
  CHECK_FALSE(parse_day("+026-01-01"));
  CHECK_FALSE(parse_day("2026/01/01"));
  CHECK_FALSE(parse_day(""));
}
