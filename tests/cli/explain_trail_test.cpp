// SPDX-License-Identifier: MIT
//
// What `explain` says beside the decision: dates, caps, the answer, warnings, failures as JSON.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/explained.hpp"

namespace shaken302::test {
namespace {

TEST_CASE("explain --json, numbers --json: a failure is one JSON object, its text stays") {
  const Setup setup;
  const std::string broken = setup.path("broken.toml");
  write(broken, replaced(read(setup.config()), "caller_id_screened = true\n",
                         "caller_id_screened = true\nmax_attestation = \"D\"\n"));
  struct Failed {
    std::string why;
    Words words;
    int status;
    std::string error, key;
  };
  const Failed rows[] = {
      {"a wrong key",
       {"explain", "--from", "+12155550100", "--to", "+12155550199", "--config", broken},
       78,
       "\"D\" is not a level",
       "peer[local].max_attestation"},
      {"a look-up in a wrong configuration",
       {"numbers", "lookup", "+12155550100", "--config", broken},
       78,
       "\"D\" is not a level",
       "peer[local].max_attestation"},
      {"a check by a wrong configuration",
       {"numbers", "check", setup.path("numbers.csv"), "--config", broken},
       78,
       "\"D\" is not a level",
       "peer[local].max_attestation"},
      {"no number", {"numbers", "lookup", "acme"}, 64, "'acme' is no number", ""},
      {"no such option", {"explain", "--form", "1"}, 64, "--form", ""},
      {"half a call", {"explain", "--from", "1", "--config", setup.config()}, 64, "--to", ""},
      {"a file that is not there",
       {"explain", "--sip", setup.path("none"), "--config", setup.config()},
       1,
       "No such file",
       ""},
      {"no message", {"explain", "--sip", "-", "--config", setup.config()}, 1, "no SIP", ""},
      {"no call of anybody's",
       {"explain", "--source", "192.0.2.1", "--from", "1", "--to", "2", "--config", setup.config()},
       1,
       "no peer's",
       ""},
  };
  for (const Failed& row : rows) {
    CAPTURE(row.why);
    const Ran plain = run(row.words, "hello\r\n\r\n");
    CHECK(plain.status == row.status);
    CHECK(plain.out.empty());
    Words words = row.words;
    words.push_back("--json");
    const Ran ran = run(words, "hello\r\n\r\n");
    CHECK(ran.status == row.status);
    CHECK(ran.err == plain.err);
    REQUIRE_MESSAGE(ran.out.starts_with("{"), ran.out);
    const auto json = nlohmann::json::parse(ran.out);
    CHECK_MESSAGE(json["error"].get<std::string>().find(row.error) != std::string::npos, ran.out);
    CHECK(json.value("key", "") == row.key);
    if (row.key.empty()) continue;
    CHECK(json["file"] == broken);
    CHECK(json["line"] ==
          1 + std::ranges::count(
                  read(broken).substr(0, read(broken).find("max_attestation = \"D\"")), '\n'));
    CHECK(json["fix"] == "use \"A\", \"B\" or \"C\"");
    CHECK(json["issues"].size() == 1);
  }
}

/// "VERDICT: DETAIL" of the first step of that rule; empty: there is none.
std::string step(const nlohmann::json& facts, const std::string& rule) {
  for (const auto& item : facts["trail"]) {
    if (item["rule"] != rule) continue;
    return item["verdict"].get<std::string>() + ": " + item["detail"].get<std::string>();
  }
  return {};
}

void write_policy(const Setup& setup, const std::string& policy) {
  write(setup.config(), replaced(read(setup.config()), "caller_id_screened = true\n",
                                 "caller_id_screened = true\n" + policy));
}

TEST_CASE("explain: a row that is not valid now says so, whatever names the account") {
  const Setup setup;
  write(setup.path("numbers.csv"),
        "number,account,valid_from,valid_until\n12155550100,acme,,2025-12-31\n"
        "12155550101,acme,2030-01-01,\n");
  const std::string file = setup.path("numbers.csv");
  struct Case {
    std::string why, from, account, detail;
  };
  const Case rows[] = {
      {"ended, named by the number", "+12155550100", "",
       file + ":2: 12155550100 of acme, until 2025-12-31, assigned, expired"},
      {"not begun, named by the number", "+12155550101", "",
       file + ":3: 12155550101 of acme, from 2030-01-01, assigned, not yet valid"},
      {"ended, named by a header", "+12155550100", "acme",
       file + ":2: 12155550100 of acme, until 2025-12-31, assigned, expired"},
  };
  for (const Case& row : rows) {
    CAPTURE(row.why);
    Words words{"--from", row.from, "--to", "+12155550199", "--at", "2026-11-21T09:00:00Z"};
    if (!row.account.empty()) words.insert(words.end(), {"--account", row.account});
    const auto facts = explained(setup, words);
    CHECK(step(facts, "number") == "not valid at this time: " + row.detail);
    const bool is_absent = row.account.empty();
    CHECK((step(facts, "account") ==
           "absent: the row of the calling number names nobody: it is not valid at this time") ==
          is_absent);
  }
  const auto nobody = explained(setup, {"--from", "+13125550100", "--to", "+12155550199"});
  CHECK(step(nobody, "account") == "absent: ");
}

TEST_CASE("explain: a cap says from which level to which, and whether somebody wrote it") {
  struct Case {
    std::string why, policy;
    Words more;
    std::string rule, says;
  };
  const Case rows[] = {
      {"a number that no plan has, and no rule about it",
       "",
       {"--from", "+12151110100", "--account", "acme"},
       "cap.impossible_number",
       "lowered: from B to C"},
      {"a rule about something else",
       "caller_rules = [\"+1215=B\"]\n",
       {"--from", "+12151110100", "--account", "acme"},
       "cap.impossible_number",
       "lowered: from B to C"},
      {"a rule about such numbers",
       "caller_rules = [\"impossible=C\"]\n",
       {"--from", "+12151110100", "--account", "acme"},
       "cap.rule",
       "lowered: from B to C"},
      {"a rule that gives such numbers more than they had without it",
       "attestation_override = \"any\"\nattestation_from = [\"header:X-Attestation\"]\n"
       "caller_rules = [\"impossible=B\"]\n",
       {"--from", "+12151110100", "--account", "acme", "--requested", "A"},
       "cap.rule",
       "lowered: from A to B"},
      {"a rule about the destination",
       "called_rules = [\"+1215=C\"]\n",
       {"--from", "+12151110100", "--account", "acme"},
       "cap.rule",
       "lowered: from B to C"},
      {"a rule about a number that is possible",
       "caller_rules = [\"+1215=B\"]\n",
       {"--from", "+12155550100"},
       "cap.rule",
       "lowered: from A to B"},
      {"two caps, the second one from where the first has left it",
       "max_attestation = \"B\"\ncaller_rules = [\"+1215=C\"]\n",
       {"--from", "+12155550100"},
       "cap.rule",
       "lowered: from B to C"},
      {"the first of them",
       "max_attestation = \"B\"\ncaller_rules = [\"+1215=C\"]\n",
       {"--from", "+12155550100"},
       "cap.peer",
       "lowered: from A to B"},
      {"behind a request that raises",
       "attestation_override = \"any\"\nattestation_from = [\"header:X-Attestation\"]\n"
       "max_attestation = \"B\"\n",
       {"--from", "+13125550100", "--account", "acme", "--requested", "A"},
       "cap.peer",
       "lowered: from A to B"},
      {"a request for a call of nobody's",
       "attestation_override = \"any\"\nattestation_from = [\"header:X-Attestation\"]\n",
       {"--from", "+13125550100", "--requested", "A"},
       "cap.account_unknown",
       "lowered: stays C"},
  };
  for (const Case& row : rows) {
    CAPTURE(row.why);
    const Setup setup;
    write_policy(setup, row.policy);
    Words words{"--to", "+12155550199"};
    words.insert(words.end(), row.more.begin(), row.more.end());
    const auto facts = explained(setup, words);
    CHECK_MESSAGE(step(facts, row.rule) == row.says, facts.dump(1));
    const std::string other = row.rule == "cap.rule" ? "cap.impossible_number" : "cap.rule";
    if (row.rule != "cap.peer") CHECK(step(facts, other).empty());
  }
}

TEST_CASE("explain: the SIP answer, and a rule that a call for help overrules") {
  const Setup setup;
  write_policy(setup,
               "block = \"403\"\nexisting_identity = \"pass\"\n"
               "verifies_identity = true\ncaller_rules = [\"+1312=block\"]\n");
  write(setup.config(), replaced(read(setup.config()), "unsigned = \"302\"", "unsigned = \"404\""));
  write(setup.path("never.csv"), "number\n12155550177\n");
  write(setup.config(), replaced(read(setup.config()), "numbers = \"numbers.csv\"\n",
                                 "numbers = \"numbers.csv\"\ndo_not_originate = \"never.csv\"\n"));
  struct Case {
    std::string why, from, to;
    int status;
    std::string outcome, answer, caller_rule, never_calls;
  };
  const Case rows[] = {
      {"signed", "+12155550100", "+12155550199", 302, "signed",
       "302 Moved Temporarily: with Identity", "", ""},
      {"not signed", "alice", "+12155550199", 404, "rejected", "404 Not Found: ", "", ""},
      {"for help, not signed", "alice", "911", 302, "unsigned",
       "302 Moved Temporarily: without Identity", "", ""},
      {"blocked", "+13125550100", "+12155550199", 403, "rejected",
       "403 Forbidden: ", "matched: block, rule 1", ""},
      {"for help, so not blocked", "+13125550100", "911", 302, "unsigned",
       "302 Moved Temporarily: without Identity",
       "overruled: block, rule 1: an emergency call is never blocked", ""},
      {"never calls", "+12155550177", "+12155550199", 403, "rejected", "403 Forbidden: ", "",
       "listed: " + setup.path("never.csv") + ":2: 12155550177"},
      {"never calls, but for help", "+12155550177", "911", 302, "unsigned",
       "302 Moved Temporarily: without Identity", "",
       "overruled: " + setup.path("never.csv") + ":2: 12155550177"},
  };
  for (const Case& row : rows) {
    CAPTURE(row.why);
    const auto facts = explained(setup, {"--from", row.from, "--to", row.to});
    CHECK(facts["sip_status"] == row.status);
    CHECK(facts["outcome"] == row.outcome);
    CHECK(step(facts, "outcome") == row.outcome + ": ");
    CHECK(step(facts, "answer") == row.answer);
    CHECK(step(facts, "caller rule") == row.caller_rule);
    CHECK(step(facts, "do-not-originate") == row.never_calls);
  }
  const std::string shaken =
      "Identity: eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0"
      "In0.e30.AA;info=<https://c.example/x.pem>;alg=ES256;ppt=shaken\r\n";
  const auto passed =
      explained(setup, {"--sip", "-"}, replaced(invite, "Call-ID", shaken + "Call-ID"));
  CHECK(step(passed, "answer") == "302 Moved Temporarily: the Identity that is there stays");
}

TEST_CASE("explain: a request that nobody can make and a host of another peer get a warning") {
  const Setup setup;
  write_peers(setup,
              "attestation_override = \"any\"\n"
              "attestation_from = [\"listener:udp:127.0.0.1:5061=C\"]\n");
  const std::string no_way = "peer 'local' asks for levels by listeners alone";
  struct Case {
    std::string why;
    Words words;
    std::string to, warning;
  };
  const Case rows[] = {
      {"a level that no listener stands for",
       {"--peer", "local", "--requested", "A"},
       "+12155550199",
       no_way},
      {"a level of another listener",
       {"--peer", "local", "--listener", "udp:127.0.0.1:5060", "--requested", "C"},
       "+12155550199",
       no_way},
      {"no level", {"--peer", "local", "--requested", "much"}, "+12155550199", no_way},
      {"a level of a listener", {"--peer", "local", "--requested", "C"}, "+12155550199", ""},
      {"a header can ask for anything", {"--peer", "port", "--requested", "A"}, "+12155550199", ""},
      {"its own host, in capitals",
       {"--peer", "host", "--target", "+12155550199@GW.example"},
       "+12155550199",
       ""},
      {"a host of nobody's",
       {"--peer", "host", "--target", "+12155550199@gw.elsewhere"},
       "+12155550199",
       "the host 'gw.elsewhere' of the Request-URI is not among the hosts of"},
      {"no host at all", {"--peer", "host"}, "+12155550199", ""},
      {"a call for help is taken whatever its host", {"--peer", "host"}, "911@gw.elsewhere", ""},
      {"a peer of every host",
       {"--peer", "port", "--target", "+12155550199@gw.elsewhere"},
       "+12155550199",
       ""},
  };
  for (const Case& row : rows) {
    CAPTURE(row.why);
    Words words{"--from", "+12155550100", "--to", row.to};
    words.insert(words.end(), row.words.begin(), row.words.end());
    if (std::ranges::count(words, "--listener") == 0 && row.words[1] != "port") {
      words.insert(words.end(), {"--listener", "udp:127.0.0.1:5061"});
    }
    const auto facts = explained(setup, words);
    const std::string warning = step(facts, "warning");
    CHECK_MESSAGE(warning.starts_with(row.warning.empty() ? "" : ": " + row.warning), warning);
    CHECK(warning.empty() == row.warning.empty());
  }
  const auto message = explained(setup, {"--sip", "-", "--peer", "host"}, invite);
  CHECK(step(message, "warning").find("the host '127.0.0.1'") != std::string::npos);
}

}  // namespace
}  // namespace shaken302::test
