// SPDX-License-Identifier: MIT
//
// What several commands have in common: times, warnings, and failures as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/cert_setup.hpp"
#include "core/constrained_token.hpp"

namespace shaken302::test {
namespace {

using Json = nlohmann::json;

TEST_CASE("--at: a date alone is its midnight, UTC") {
  const Setup setup;
  const auto at = [&](const std::string& time) {
    const Ran ran = run(
        {"numbers", "lookup", "+12155550100", "--json", "--config", setup.config(), "--at", time});
    return ran.status == 0 ? Json::parse(ran.out)["at"].get<std::string>()
                           : std::to_string(ran.status);
  };
  struct Row {
    const char* why;
    const char* time;
    const char* result;
  };
  const Row rows[] = {
      {"a date", "2026-11-21", "2026-11-21T00:00:00Z"},
      {"with a time", "2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z"},
      {"29 February of a leap year", "2028-02-29", "2028-02-29T00:00:00Z"},
      {"29 February of another", "2026-02-29", "64"},
      {"before 1970", "1969-12-31", "64"},
      {"a month", "2026-11", "64"},
      {"another order", "21-11-2026", "64"},
      {"with a place behind it", "2026-11-21Z", "64"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK(at(row.time) == row.result);
  }
  const Ran explained = run({"explain", "--from", "12155550100", "--to", "12155550199", "--config",
                             setup.config(), "--at", "2026-11-21"});
  CHECK_MESSAGE(explained.status == 0, explained.err);
}

TEST_CASE("check: repeats what numbers check warns about") {
  const Setup setup;
  const Ran clean = run({"check", "--config", setup.config(), "--json"});
  CHECK(clean.err.empty());
  CHECK(Json::parse(clean.out)["warnings"] == 0);

  write(setup.path("numbers.csv"), "number,account\n2155550100,acme\n12151110100,acme\n");
  write(setup.path("never.csv"), "number\n18001110100\n");
  write(setup.config(), replaced(read(setup.config()), "numbers = \"numbers.csv\"\n",
                                 "numbers = \"numbers.csv\"\ndo_not_originate = \"never.csv\"\n"));
  const auto warning = [&](const char* file, int line, const char* number) {
    return fmt::format(
        "warning: {}:{}: number: {} is a number that no plan has; see that it begins with its "
        "country code, as in 12155550100\n",
        setup.path(file), line, number);
  };
  const Ran ran = run({"check", "--config", setup.config()});
  CHECK_MESSAGE(ran.status == 0, ran.err);
  CHECK(ran.err == warning("numbers.csv", 2, "2155550100") +
                       warning("numbers.csv", 3, "12151110100") +
                       warning("never.csv", 2, "18001110100"));
  CHECK_MESSAGE(ran.out.find("3 warnings") != std::string::npos, ran.out);
  const Ran json = run({"check", "--config", setup.config(), "--json"});
  CHECK(Json::parse(json.out)["warnings"] == 3);
}

TEST_CASE("--json: whatever fails is one object with an error") {
  const Setup setup;
  const std::string none = setup.path("none");
  const std::string pem = setup.path("keys/house.pem");
  const std::string key = setup.path("keys/house.key");
  struct Row {
    const char* why;
    Words words;
    int status;
  };
  const Row rows[] = {
      {"no configuration", {"sign", "--from", "1", "--to", "2", "--config", none}, 78},
      {"no caller", {"sign", "--to", "2", "--config", setup.config()}, 64},
      {"an option that there is not", {"sign", "--fast"}, 64},
      {"no such peer",
       {"sign", "--from", "1", "--to", "2", "--peer", "x", "--config", setup.config()},
       64},
      {"no certificate to verify with", {"verify", "abc"}, 64},
      {"one that is not there", {"verify", "--certificate", none, "abc"}, 1},
      {"one that is a key", {"verify", "--certificate", key, "abc"}, 1},
      {"anchors that are not there", {"verify", "--certificate", pem, "--trust", none, "abc"}, 1},
      {"an Identity that is not there", {"verify", "--certificate", pem, "--file", none}, 1},
      {"a caller that is no number", {"verify", "--certificate", pem, "--from", "x", "abc"}, 64},
      {"no action", {"cert"}, 64},
      {"no such action", {"cert", "sell"}, 64},
      {"nothing to show", {"cert", "show"}, 64},
      {"no configuration to show", {"cert", "show", "--config", none}, 78},
      {"no such credential",
       {"cert", "check", "--config", setup.config(), "--credential", "x"},
       64},
      {"no anchors", {"cert", "check", pem, "--anchors", none}, 1},
      {"no configuration to test", {"cert", "selftest", "--config", none}, 78},
      {"no folder", {"cert", "publish", none + "/x", "--certificate", pem}, 1},
      {"a certificate that is a key", {"cert", "publish", setup.path(""), "--certificate", key}, 1},
      {"no code", {"cert", "csr", "--spc", "a"}, 64},
      {"a key that is there already",
       {"cert", "csr", "--spc", "1234", "--key", key, "--out", setup.path("new.csr")},
       1},
      {"no number", {"numbers", "lookup", "acme", "--config", setup.config()}, 64},
      {"no configuration to look into",
       {"numbers", "lookup", "+12155550100", "--config", none},
       78},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    Words words = row.words;
    words.emplace_back("--json");
    const Ran ran = run(words);
    CHECK(ran.status == row.status);
    const Json facts = Json::parse(ran.out, nullptr, false);
    REQUIRE_MESSAGE(facts.is_object(), ran.out);
    REQUIRE(facts.contains("error"));
    CHECK_FALSE(facts["error"].get<std::string>().empty());
    CHECK_FALSE(ran.err.empty());  // for whoever watches
  }
}

TEST_CASE("verify: says which claim the certificate forbids") {
  const Folder folder;
  // JWTClaimConstraints: attest may be "B" and nothing else.
  const ConstrainedToken made = make_constrained_token(
      {{"1.3.6.1.5.5.7.1.27", false, {0x30, 0x13, 0xA1, 0x11, 0x30, 0x0F, 0x30,
                                      0x0D, 0x16, 0x06, 'a',  't',  't',  'e',
                                      's',  't',  0x30, 0x03, 0x0C, 0x01, 'B'}}});
  write(folder.path("a.pem"), made.certificate);
  const Words words{"verify", "--certificate", folder.path("a.pem"),
                    "--at",   "2030-01-01",    made.token};
  const Ran ran = run(words);
  CHECK(ran.status == 1);
  CHECK_MESSAGE(ran.out.starts_with("not valid: claims_not_permitted: attest has a value that is "
                                    "not permitted (chain"),
                ran.out);
  Words as_json = words;
  as_json.emplace_back("--json");
  const Json facts = Json::parse(run(as_json).out);
  CHECK(facts["valid"] == false);
  CHECK(facts["result"] == "claims_not_permitted");
  CHECK(facts["detail"] == "attest has a value that is not permitted");
}

}  // namespace
}  // namespace shaken302::test
