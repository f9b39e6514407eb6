// SPDX-License-Identifier: MIT
//
// `explain` by its table, and against what the server decides about the same messages.
#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <random>

#include "cli/explained.hpp"
#include "config/configuration.hpp"
#include "directory/load_snapshot.hpp"
#include "sip/answer.hpp"

namespace shaken302::test {
namespace {

struct Row {
  std::string why;
  Words words;
  std::string outcome;
  std::string attest;
  std::string reason;
};

bool has_reason(const nlohmann::json& facts, const std::string& reason) {
  for (const auto& step : facts["trail"]) {
    if (step.value("reason", "") == reason) return true;
  }
  return false;
}

TEST_CASE("explain: the sample accounts get the levels that their comments promise") {
  const Setup setup;
  const Row rows[] = {
      {"first row of numbers.csv",
       {"--from", "+12155550100", "--to", "+12155550199"},
       "signed",
       "A",
       "number_assigned"},
      {"national form",
       {"--from", "2155550100", "--to", "2155550199"},
       "signed",
       "A",
       "number_assigned"},
      {"named account, its own number",
       {"--from", "+12155550115", "--to", "911", "--account", "acme"},
       "signed",
       "A",
       "emergency"},
      {"named account, a foreign number",
       {"--from", "+13125550100", "--to", "+12155550199", "--account", "acme"},
       "signed",
       "B",
       "number_unlisted"},
      {"named account, somebody else's number",
       {"--from", "+12155550120", "--to", "+12155550199", "--account", "acme"},
       "signed",
       "B",
       "number_of_other_account"},
      {"account not approved",
       {"--from", "+12155550120", "--to", "+12155550199"},
       "signed",
       "C",
       "account_not_vouched"},
      {"no account",
       {"--from", "+13125550100", "--to", "+12155550199"},
       "signed",
       "C",
       "account_absent"},
      {"an account that there is not",
       {"--from", "+12155550100", "--to", "+12155550199", "--account", "acm"},
       "signed",
       "C",
       "account_unknown"},
      {"suspended",
       {"--from", "+12155550130", "--to", "+12155550199"},
       "unsigned",
       "",
       "account_suspended"},
      {"not a number",
       {"--from", "alice", "--to", "+12155550199"},
       "unsigned",
       "",
       "caller_not_a_number"},
      {"another Request-URI",
       {"--from", "+12155550100", "--to", "+12155550199", "--target", "+12155550177"},
       "signed",
       "A",
       "retargeted"},
      {"another P-Asserted-Identity",
       {"--from", "+13125550100", "--asserted", "+12155550100", "--to", "+12155550199"},
       "signed",
       "B",
       "capped_identities_differ"},
      {"a peer that may not ask",
       {"--from", "+12155550100", "--to", "+12155550199", "--requested", "C"},
       "signed",
       "A",
       "request_ignored"},
      {"a caller that asks for privacy",
       {"--from", "+12155550100", "--to", "+12155550199", "--privacy"},
       "signed",
       "A",
       "caller_anonymous"},
      {"after the certificate has ended",
       {"--from", "+12155550100", "--to", "+12155550199", "--at", "2099-01-01T00:00:00Z"},
       "unsigned",
       "",
       "credential_not_valid_now"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto facts = explained(setup, row.words);
    CHECK(facts["outcome"] == row.outcome);
    CHECK(facts["attest"] == row.attest);
    CHECK_MESSAGE(has_reason(facts, row.reason), facts.dump());
  }
}

TEST_CASE("explain: the trail names headers, forms, the row of the file, each cap and the end") {
  const Setup setup;
  const Words call{"--from", "2155550115", "--to", "+1-215-555-0199", "--account", "acme"};
  const auto facts = explained(setup, call);
  CHECK(facts["account"] == "acme");
  CHECK(facts["orig"] == "12155550115");
  CHECK(facts["dest"] == "12155550199");
  CHECK(facts["peer"] == "local");
  struct Step {
    std::string rule, verdict, detail;
  };
  const Step steps[] = {
      {"peer", "found", "local"},
      {"orig", "read", "P-Asserted-Identity is 12155550115"},
      {"dest", "read", "To '+1-215-555-0199@example.invalid' is 12155550199"},
      {"account", "found", "acme, header X-Account"},
      {"number", "assigned",
       setup.path("numbers.csv") + ":3: 12155550110-12155550119 of acme, loa"},
      {"cap.account", "holds", "A"},
      {"cap.peer", "holds", "A"},
      {"cap.credential", "holds", "A"},
      {"earned", "A", ""},
      {"credential", "signs", "house"},
      {"level", "A", ""},
      {"outcome", "signed", ""},
      {"answer", "302 Moved Temporarily", "with Identity"},
  };
  REQUIRE(facts["trail"].size() == std::size(steps));
  for (std::size_t i = 0; i < std::size(steps); ++i) {
    CHECK(facts["trail"][i]["rule"] == steps[i].rule);
    CHECK(facts["trail"][i]["verdict"] == steps[i].verdict);
    CHECK(facts["trail"][i]["detail"] == steps[i].detail);
  }
  Words words{"explain", "--config", setup.config()};
  words.insert(words.end(), call.begin(), call.end());
  const Ran plain = run(words);
  for (const Step& step : steps) {
    CHECK(plain.out.find(step.rule + " ") != std::string::npos);
    CHECK(plain.out.find(step.detail) != std::string::npos);
  }
}

TEST_CASE("explain: a message from a trace gives the same decision; what is no call is refused") {
  const Setup setup;
  const auto good = explained(setup, {"--sip", "-"}, invite);
  CHECK(good["attest"] == "A");
  struct Refusal {
    std::string why, what, with, says;
  };
  const Refusal rows[] = {
      {"no CSeq", "CSeq: 1 INVITE\r\n", "", "CSeq"},
      {"inside a dialog", "b.example>", "b.example>;tag=2", "first INVITE"},
      {"not SIP at all", invite, "hello\r\n\r\n", "no SIP request"},
  };
  for (const Refusal& row : rows) {
    CAPTURE(row.why);
    const Ran bad = run({"explain", "--config", setup.config(), "--sip", "-"},
                        replaced(invite, row.what, row.with));
    CHECK(bad.status == 1);
    CHECK_MESSAGE(bad.err.find(row.says) != std::string::npos, bad.err);
  }
}

TEST_CASE("explain: what a message says itself cannot be said beside it") {
  const Setup setup;
  for (const Words& more : {Words{"--from", "1"}, Words{"--to", "1"}, Words{"--asserted", "1"},
                            Words{"--target", "1"}, Words{"--account", "a"}, Words{"--privacy"}}) {
    Words words{"explain", "--config", setup.config(), "--sip", "-"};
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = run(words, invite);
    CAPTURE(more[0]);
    CHECK(ran.status == 64);
    CHECK(ran.err.find(more[0] + " exclude each other") != std::string::npos);
  }
}

TEST_CASE("explain: what a caller wrote cannot steer a terminal") {
  const Setup setup;
  const Ran ran = run({"explain", "--config", setup.config(), "--sip", "-"},
                      replaced(invite, "Call-ID", "X-Account: no\x1b[2Jbody\r\nCall-ID"));
  CHECK(ran.status == 0);
  CHECK_MESSAGE(ran.out.find("no?[2Jbody") != std::string::npos, ran.out);
  CHECK(ran.out.find('\x1b') == std::string::npos);
}

// --- where a call comes in

/// Three listeners; of the peers of one network each takes what the others leave.
constexpr const char* level_by_listener = R"toml(
attestation_override = "any"
attestation_from = ["header:X-Attestation", "listener:udp:127.0.0.1:5061=C"]
)toml";

TEST_CASE("explain: --source and --listener choose the peer and its level") {
  const Setup setup;
  write_peers(setup, level_by_listener);
  struct Case {
    std::string why;
    Words words;
    std::string peer, attest;
  };
  const Case rows[] = {
      {"a listener of nobody's",
       {"--source", "127.0.0.1", "--listener", "udp:127.0.0.1:5060"},
       "local",
       "A"},
      {"a listener that stands for a level",
       {"--source", "127.0.0.1", "--listener", "udp:127.0.0.1:5061"},
       "local",
       "C"},
      {"the same for a peer by name",
       {"--peer", "local", "--listener", "udp:127.0.0.1:5061"},
       "local",
       "C"},
      {"a level that is given comes first",
       {"--peer", "local", "--listener", "udp:127.0.0.1:5061", "--requested", "B"},
       "local",
       "B"},
      {"a level that is given needs no listener",
       {"--peer", "local", "--requested", "B"},
       "local",
       "B"},
      {"a listener of a peer",
       {"--source", "127.0.0.1", "--listener", "udp:127.0.0.1:5062"},
       "port",
       "B"},
      {"the only listener of a peer", {"--peer", "port"}, "port", "B"},
      {"a host of a peer",
       {"--source", "127.0.0.1", "--listener", "udp:127.0.0.1:5060", "--target",
        "+12155550199@gw.example"},
       "host",
       ""},
      {"a host and a listener",
       {"--source", "127.0.0.1", "--listener", "udp:127.0.0.1:5062", "--target",
        "+12155550199@gw.example"},
       "both",
       "C"},
  };
  for (const Case& row : rows) {
    CAPTURE(row.why);
    Words words{"--from", "+12155550100", "--to", "+12155550199"};
    words.insert(words.end(), row.words.begin(), row.words.end());
    const auto facts = explained(setup, words);
    CHECK(facts["peer"] == row.peer);
    CHECK(facts["attest"] == row.attest);
  }
}

TEST_CASE("explain: one listener needs no name") {
  const Setup setup;
  write(setup.config(), replaced(read(setup.config()), "caller_id_screened = true\n",
                                 "caller_id_screened = true\nattestation_override = \"any\"\n"
                                 "attestation_from = [\"listener:udp:127.0.0.1:5060=B\"]\n"));
  const Words call{"--from", "+12155550100", "--to", "+12155550199"};
  CHECK(explained(setup, call)["attest"] == "B");
  CHECK(explained(setup, {"--sip", "-"}, invite)["attest"] == "B");
  CHECK(explained(setup, {"--sip", "-", "--source", "127.0.0.1"}, invite)["attest"] == "B");
}

TEST_CASE("explain: a wrong place is wrong usage, and one of no peer a negative answer") {
  const Setup setup;
  write_peers(setup, level_by_listener);
  struct Wrong {
    std::string why;
    Words words;
    int status;
    std::string says;
  };
  const Wrong rows[] = {
      {"no listener", {"--peer", "port", "--listener", "5062"}, 64, "\"5062\" does not begin"},
      {"not one of the server",
       {"--peer", "port", "--listener", "udp:127.0.0.1:5063"},
       64,
       "'udp:127.0.0.1:5063' is no listener of this server; it has udp:127.0.0.1:5060, "},
      {"one where the peer is not",
       {"--peer", "port", "--listener", "udp:127.0.0.1:5060"},
       64,
       "peer 'port' takes no calls at udp:127.0.0.1:5060"},
      {"several listeners, levels by them", {"--peer", "local"}, 64, "name one with --listener"},
      {"several listeners, a source", {"--source", "127.0.0.1"}, 64, "name one with --listener"},
      {"no address",
       {"--source", "here", "--listener", "udp:127.0.0.1:5060"},
       64,
       "'here' is not an address"},
      {"both a peer and a source",
       {"--source", "127.0.0.1", "--peer", "port"},
       64,
       "leave --peer out"},
      {"neither", {}, 64, "there are several peers"},
      {"no peer of that name", {"--peer", "prot"}, 64, "there is no peer 'prot'"},
      {"the address of nobody",
       {"--source", "192.0.2.1", "--listener", "udp:127.0.0.1:5060"},
       1,
       "no peer's: a call from 192.0.2.1"},
  };
  for (const Wrong& row : rows) {
    CAPTURE(row.why);
    for (const bool is_message : {false, true}) {
      Words words{"explain", "--config", setup.config()};
      const Words call = is_message ? Words{"--sip", "-"}
                                    : Words{"--from", "+12155550100", "--to", "+12155550199"};
      words.insert(words.end(), call.begin(), call.end());
      words.insert(words.end(), row.words.begin(), row.words.end());
      const Ran ran = run(words, invite);
      CHECK(ran.status == row.status);
      CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
      CHECK(ran.out.empty());
    }
  }
}

// --- the same code as a call

constexpr const char* rich_policy = R"toml(
attestation_override = "any"
attestation_from = ["header:P-Attestation-Indicator", "header:X-Attestation", "header:Attestation",
                    "listener:udp:127.0.0.1:5061=B"]
caller_rules = ["impossible=B", "anonymous=C", "+1312=block"]
called_rules = ["international=B", "+1900=unsigned", "toll-free=C"]
retargeted_max_attestation = "B"
)toml";

template <class List>
const auto& one_of(const List& list, std::mt19937& random) {
  return list[random() % std::size(list)];
}

std::string draw_message(std::mt19937& random) {
  static const std::string numbers[] = {
      "+12155550100", "+12155550100", "2155550100", "2155550111", "+12155550112", "+13125550100",
      "+12155550120", "+12155550130", "alice",      "anonymous",  "611",          "+10125550100"};
  static const std::string called[] = {"+12155550199", "911",   "+442071838750",
                                       "+18005550199", "pizza", "+19005550100"};
  static const std::string more[] = {"",
                                     "",
                                     "",
                                     "",
                                     "",
                                     "",
                                     "X-Account: acme\r\n",
                                     "X-Account: acme\r\n",
                                     "X-Account: nobody\r\n",
                                     "X-Account: newcomer\r\n",
                                     "Privacy: id\r\n",
                                     "Diversion: <sip:1@example.com>\r\n",
                                     "P-Attestation-Indicator: A\r\n",
                                     "X-Attestation: c\r\n",
                                     "Attestation: high\r\n"};
  const std::string& to = one_of(called, random);
  const std::string& target = random() % 4 == 0 ? one_of(called, random) : to;
  const std::string host = random() % 5 == 0 ? "gw.example" : "127.0.0.1";
  std::string text = "INVITE sip:" + target + "@" + host + " SIP/2.0\r\n";
  text += "Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\n";
  text += "From: <sip:" + one_of(numbers, random) + "@a.example>;tag=1\r\n";
  text += "To: <sip:" + to + "@b.example>\r\n";
  if (random() % 2 == 0) {
    text += "P-Asserted-Identity: <sip:" + one_of(numbers, random) + "@a.example>\r\n";
  }
  text += one_of(more, random) + one_of(more, random);
  return text + "Call-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
}

/// Calls without a signature are refused by peers that want that.
std::string outcome_of(const sip::Answer& answer) {
  switch (answer.record->verdict) {
    case Verdict::sign:
      return "signed";
    case Verdict::leave_unsigned:
      return answer.status == 302 ? "unsigned" : "rejected";
    case Verdict::pass_existing:
      return "unsigned";
    case Verdict::block:
      break;
  }
  return "rejected";
}

/// Where the caps of a trail that lowered have left the level, each from where the one before it
/// had; nothing: none did.
std::optional<char> level_told(const nlohmann::json& facts) {
  std::optional<char> level;
  for (const auto& step : facts["trail"]) {
    const auto rule = step["rule"].get<std::string>();
    if (!rule.starts_with("cap.") || step["verdict"] != "lowered") continue;
    const auto detail = step["detail"].get<std::string>();  // "from A to C, by acme"
    if (detail.starts_with("stays ")) continue;
    REQUIRE_MESSAGE(detail.size() >= 11, detail);
    CHECK_MESSAGE(detail.substr(0, 5) == "from ", detail);
    CHECK_MESSAGE(level.value_or(detail[5]) == detail[5], detail);
    level = detail[10];
  }
  return level;
}

TEST_CASE("explain: three hundred random messages are explained as the server decides them") {
  const Setup setup;
  write_peers(setup, rich_policy);
  const auto configuration = config::read_configuration(setup.config());
  REQUIRE(configuration.has_value());
  directory::MetricsSlots slots;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto loaded = directory::load_snapshot(*configuration, 1, now, slots);
  REQUIRE(loaded.has_value());
  const auto secret = directory::load_secret(*configuration);
  WorkerMetrics metrics;
  std::atomic<bool> draining{false};
  const sip::AnswerSettings settings;
  const auto worker = std::make_unique<sip::WorkerState>(settings, *secret, metrics, draining);

  std::mt19937 random(302);
  std::map<std::string, int> seen;
  for (int i = 0; i < 300; ++i) {
    const std::string message = draw_message(random);
    CAPTURE(message);
    const config::ListenAddress& listen = one_of(configuration->settings.listen, random);
    CAPTURE(listen.text);
    sip::Request request;
    request.bytes = message;
    request.source = {*sip::parse_address("127.0.0.1"), 5062};
    request.listener = {listen.transport, listen.address, listen.port};
    const sip::Answer answer = sip::answer(request, *loaded->snapshot, now, *worker);
    REQUIRE(answer.record != nullptr);
    const DecisionRecord& record = *answer.record;
    const auto facts = explained(
        setup, {"--sip", "-", "--source", "127.0.0.1", "--listener", listen.text}, message);
    const bool is_signed = record.verdict == Verdict::sign;
    CHECK(facts["outcome"] == outcome_of(answer));
    CHECK(facts["attest"] == (is_signed ? std::string(1, to_char(record.level)) : ""));
    CHECK(facts["account"] == std::string(record.account.view()));
    CHECK(facts["orig"] == std::string(record.calling.digits()));
    CHECK(facts["dest"] == std::string(record.called.view()));
    CHECK(facts["peer"] == std::string(record.peer.view()));
    std::string reasons;
    for (const auto& step : facts["trail"]) {
      if (step.contains("reason")) reasons += step["reason"].get<std::string>() + " ";
    }
    std::string of_record;
    for (const Reason reason : record.trail.reasons()) of_record.append(to_text(reason)) += " ";
    CHECK(reasons == of_record);
    if (is_signed)
      CHECK(level_told(facts).value_or(to_char(record.level)) == to_char(record.level));
    ++seen[facts["outcome"].get<std::string>() + facts["attest"].get<std::string>()];
    ++seen[facts["peer"]];
    if (listen.port == 5061 && has_reason(facts, "request_lowered")) ++seen["asked by listener"];
  }
  for (const char* kind : {"signedA", "signedB", "signedC", "unsigned", "rejected", "local", "port",
                           "host", "both", "asked by listener"}) {
    CAPTURE(std::string(kind));
    CHECK(seen[kind] >= 10);
  }
}

}  // namespace
}  // namespace shaken302::test
