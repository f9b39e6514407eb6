// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/progress_line.hpp"

using namespace shaken302;
using namespace shaken302::test;
using Json = nlohmann::json;

namespace {

constexpr const char* table =
    "number,account,valid_from,valid_until,basis,reference\n"
    "12155550110-12155550119,acme,2026-01-01,,loa,\"letter \"\"17\"\", page 2\"\n"
    "12155550115,newcomer\n"
    "12155550100-12155550199,acme,,2025-12-31,verified,\n";

/// A set-up with that number table.
struct Tables : Setup {
  Tables() { write(path("numbers.csv"), table); }
  [[nodiscard]] Ran numbers(Words words) const {
    words.insert(words.begin(), "numbers");
    words.insert(words.end(), {"--config", config()});
    return run(words);
  }
};

}  // namespace

TEST_CASE("numbers: wrong usage is 64 with a line that helps") {
  struct Row {
    const char* why;
    Words words;
    const char* says;
  };
  const Row rows[] = {
      {"nothing to do", {"numbers"}, "numbers does what? check or lookup"},
      {"a sub-command that there is not", {"numbers", "chek", "x"}, "there is no numbers chek"},
      {"the same without anything behind", {"numbers", "list"}, "check or lookup"},
      {"check of nothing", {"numbers", "check"}, "needs a FILE"},
      {"lookup of nothing", {"numbers", "lookup"}, "needs a NUMBER"},
      {"an option that there is not", {"numbers", "check", "x", "--fast"}, "--fast"},
      {"too many words", {"numbers", "check", "x", "y"}, "too many"},
      {"no number", {"numbers", "lookup", "acme"}, "'acme' is no number"},
      {"a short code", {"numbers", "lookup", "911"}, "'911' is no number"},
      {"a time that is none", {"numbers", "lookup", "+12155550115", "--at", "noon"}, "'noon'"},
      {"a year", {"numbers", "lookup", "+12155550115", "--at", "2026"}, "'2026' is no time"},
      {"a time before 1970",
       {"numbers", "lookup", "+12155550115", "--at=-1000000000"},
       "seconds since 1970 in ten digits"},
      {"a date before 1970",
       {"numbers", "lookup", "+12155550115", "--at", "1969-12-31T23:59:59Z"},
       "is no time"},
      {"a day that there is not",
       {"numbers", "lookup", "+12155550115", "--at", "2026-02-29T00:00:00Z"},
       "is no time"},
      {"a time elsewhere",
       {"numbers", "lookup", "+12155550115", "--at", "2026-02-28T00:00:00+01:00"},
       "is no time"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const Ran ran = run(row.words);
    CHECK(ran.status == 64);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
    CHECK(ran.err.find("--help") != std::string::npos);
    CHECK(ran.err.find("--what") == std::string::npos);
    CHECK(ran.err.find("--action") == std::string::npos);
    CHECK(ran.out.empty());
  }
  const Ran help = run({"numbers", "--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("numbers lookup NUMBER") != std::string::npos);
  CHECK(help.out.find("--action") == std::string::npos);
}

TEST_CASE("numbers check: a good table in figures, a wrong one in places") {
  const Tables tables;
  const Ran good = tables.numbers({"check", tables.path("numbers.csv")});
  CHECK_MESSAGE(good.status == 0, good.err);
  CHECK(good.err.empty());
  CHECK(good.out.find("numbers.csv: good: 3 rows, 2 of them ranges; ") != std::string::npos);

  const Ran json = tables.numbers({"check", tables.path("numbers.csv"), "--json"});
  const Json facts = Json::parse(json.out);
  CHECK(facts["rows"] == 3);
  CHECK(facts["ranges"] == 2);
  CHECK(facts["memory_bytes"] > 0);
  CHECK(facts["seconds"] >= 0);

  write(tables.path("wrong.csv"), "number,account\n12155550100,nobody\n12155550100\n");
  const Ran wrong = tables.numbers({"check", tables.path("wrong.csv")});
  CHECK(wrong.status == 78);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("wrong.csv:2: account: \"nobody\" is no account") != std::string::npos);
  CHECK(wrong.err.find("wrong.csv:3: has 1 field") != std::string::npos);

  const Ran missing = tables.numbers({"check", tables.path("none.csv")});
  CHECK(missing.status == 78);
  CHECK(missing.err.find("No such file") != std::string::npos);
  const Ran no_configuration = run({"numbers", "check", "x", "--config", tables.path("none.toml")});
  CHECK(no_configuration.status == 78);
}

TEST_CASE("numbers check: a list of numbers that never call has no accounts") {
  const Tables tables;
  write(tables.path("never.csv"), "number,valid_from\n18005550100\n18005550110-18005550119,\n");
  const Ran good = tables.numbers({"check", tables.path("never.csv"), "--never-calls"});
  CHECK_MESSAGE(good.status == 0, good.err);
  CHECK(good.out.find("2 rows, 1 of them ranges") != std::string::npos);
  CHECK(tables.numbers({"check", tables.path("never.csv")}).status == 78);
  CHECK(tables.numbers({"check", tables.path("numbers.csv"), "--never-calls"}).status == 78);
}

TEST_CASE("numbers check: numbers that no plan has get a warning") {
  const Tables tables;
  const std::string file = tables.path("odd.csv");
  write(file,
        "number,account\n12155550100,acme\n2155550100,acme\n12151110100,acme\n"
        "12155550198-12155550199,acme\n10125550100-10125550199,acme\n");
  const Ran odd = tables.numbers({"check", file});
  CHECK_MESSAGE(odd.status == 0, odd.err);
  const auto warning = [&](int line, const std::string& number) {
    return fmt::format(
        "warning: {}:{}: number: {} is a number that no plan has; see that it begins "
        "with its country code, as in 12155550100\n",
        file, line, number);
  };
  CHECK(odd.err ==
        warning(3, "2155550100") + warning(4, "12151110100") + warning(6, "10125550100"));
  CHECK(odd.out.find("good: 5 rows") != std::string::npos);
  const Ran json = tables.numbers({"check", file, "--json"});
  CHECK(Json::parse(json.out)["warnings"] == 3);
  write(file, "number\n18001110100\n18005550100\n");
  const Ran never = tables.numbers({"check", file, "--never-calls"});
  CHECK(never.err == warning(2, "18001110100"));
}

TEST_CASE("numbers lookup: a number that never calls has neither account nor basis") {
  const Tables tables;
  write(tables.path("never.csv"), "number,valid_from\n12155550115,2026-01-01\n");
  write(tables.config(), replaced(read(tables.config()), "numbers = \"numbers.csv\"\n",
                                  "numbers = \"numbers.csv\"\ndo_not_originate = \"never.csv\"\n"));
  const Ran ran = tables.numbers({"lookup", "+12155550115", "--at", "2026-11-21T09:00:00Z"});
  CHECK(ran.out.find("  must never call: " + tables.path("never.csv") +
                     ":2: 12155550115 from 2026-01-01, valid\n") != std::string::npos);
  const Ran json = tables.numbers({"lookup", "+12155550115", "--json"});
  const Json never = Json::parse(json.out)["never_calls"][0];
  CHECK_FALSE(never.contains("basis"));
  CHECK_FALSE(never.contains("account"));
}

TEST_CASE("numbers lookup: the row that decides, and what it hides") {
  const Tables tables;
  const std::string file = tables.path("numbers.csv");
  struct Row {
    const char* why;
    Words words;
    int status;
    std::string lines;
  };
  const std::string at = " at 2026-11-21T09:00:00Z\n";
  const Row rows[] = {
      {"an exact number in two ranges",
       {"+12155550115"},
       0,
       "+12155550115" + at + "  decides: " + file +
           ":3: 12155550115 of newcomer, assigned, valid\n"
           "  hidden:  " +
           file +
           ":2: 12155550110-12155550119 of acme, loa from 2026-01-01, valid\n"
           "  hidden:  " +
           file + ":4: 12155550100-12155550199 of acme, verified until 2025-12-31, not valid\n"},
      {"an inner range, with its reference",
       {"+1-215-555-0110"},
       0,
       "+12155550110" + at + "  decides: " + file +
           ":2: 12155550110-12155550119 of acme, loa from 2026-01-01, valid\n"
           "           letter \"17\", page 2\n"
           "  hidden:  " +
           file + ":4: 12155550100-12155550199 of acme, verified until 2025-12-31, not valid\n"},
      {"a row that is not valid decides all the same",
       {"12155550100"},
       0,
       "+12155550100" + at + "  decides: " + file +
           ":4: 12155550100-12155550199 of acme, verified until 2025-12-31, not valid\n"},
      {"nobody's", {"12155550200"}, 1, "+12155550200" + at + "  no row names it\n"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    Words words{"lookup", row.words[0], "--at", "2026-11-21T09:00:00Z"};
    const Ran ran = tables.numbers(words);
    CHECK_MESSAGE(ran.status == row.status, ran.err);
    CHECK(ran.out == row.lines);
  }
}

TEST_CASE("numbers lookup: as JSON, at another time") {
  const Tables tables;
  const Ran ran =
      tables.numbers({"lookup", "+12155550110", "--json", "--at", "2025-12-31T23:59:59Z"});
  CHECK(ran.status == 0);
  const Json facts = Json::parse(ran.out);
  CHECK(facts["number"] == "12155550110");
  CHECK(facts["at"] == "2025-12-31T23:59:59Z");
  CHECK(facts["found"] == true);
  CHECK(facts["place"] == tables.path("numbers.csv") + ":2");
  CHECK(facts["account"] == "acme");
  CHECK(facts["valid_from"] == "2026-01-01");
  CHECK(facts["valid_until"] == "");
  CHECK(facts["valid"] == false);
  CHECK(facts["reference"] == "letter \"17\", page 2");
  REQUIRE(facts["hides"].size() == 1);
  CHECK(facts["hides"][0]["valid"] == true);

  const Ran none = tables.numbers({"lookup", "+442071838750", "--json"});
  CHECK(none.status == 1);
  CHECK(Json::parse(none.out)["found"] == false);
}

TEST_CASE("numbers: progress is one line, written when there is another percent, gone at the end") {
  std::ostringstream out;
  {
    cli::ProgressLine line(out, "n.csv");
    line.show({10, 1000, 5});
    line.show({11, 1000, 6});
    line.show({510, 1000, 250});
    line.show({0, 0, 0});
  }
  CHECK(out.str() ==
        "\rn.csv: 1 %, 5 rows\x1B[K\rn.csv: 51 %, 250 rows\x1B[K\rn.csv: 100 %, 0 rows\x1B[K"
        "\r\x1B[K");
  std::ostringstream quiet;
  { const cli::ProgressLine line(quiet, "n.csv"); }
  CHECK(quiet.str().empty());
}
