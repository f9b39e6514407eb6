// SPDX-License-Identifier: MIT
//
// What is not answered, or not signed, because there is too much of it: over a peer's or an
// account's limit, too late, or too large for its request.
#include "sip/admission.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "answer_exit.hpp"

using namespace shaken302;
using namespace shaken302::sip;
using namespace shaken302::sip::test;

namespace {

constexpr std::uint32_t burst = 10;  ///< of every rate up to ten a second

/// The peer may make ten calls a second, and has made as many.
void spent(Scene& scene) {
  scene.peer.limits.calls_per_second = burst;
  scene.count_usage();
  scene.spend(scene.peer.limits, burst);
}
void nearly_spent(Scene& scene) {
  scene.peer.limits.calls_per_second = burst;
  scene.count_usage();
  scene.spend(scene.peer.limits, burst - 1);
}
/// It has sent as many OPTIONS as are free, too.
void probes_spent(Scene& scene) {
  spent(scene);
  for (std::uint32_t i = 0; i < free_probes_per_second; ++i) {
    scene.usage->take_probe(scene.peer.limits, scene.arrived);
  }
}
void told(Scene& scene) { scene.peer.over_limit = OverLimit::unavailable; }
void spent_and_told(Scene& scene) {
  spent(scene);
  told(scene);
}
void probes_spent_and_told(Scene& scene) {
  probes_spent(scene);
  told(scene);
}
void late(Scene& scene) { scene.is_late = true; }
void late_and_told(Scene& scene) {
  late(scene);
  told(scene);
}
/// The account "acme" may make ten calls a second, and has made as many.
void account_spent(Scene& scene) {
  scene.accounts.front().limits.calls_per_second = burst;
  scene.count_usage();
  scene.spend(scene.accounts.front().limits, burst);
}
void account_spent_and_refused(Scene& scene) {
  account_spent(scene);
  scene.peer.unsigned_outcome = UnsignedOutcome::unavailable;
}
/// The same for a day.
void day_spent(Scene& scene) {
  scene.accounts.front().limits.calls_per_day = burst;
  scene.count_usage();
  scene.spend(scene.accounts.front().limits, burst);
}
void above_acme(Scene& scene) {
  Account top;
  top.id = "top";
  scene.accounts.push_back(top);
  scene.accounts.front().parent = "top";
}
void day_of_parent_spent(Scene& scene) {
  above_acme(scene);
  CallLimits& limits = scene.accounts.back().limits;
  limits = {0, burst, Scene::account_slot + 1};
  scene.count_usage();
  scene.spend(limits, burst);
}
void rate_of_parent_spent(Scene& scene) {
  above_acme(scene);
  CallLimits& limits = scene.accounts.back().limits;
  limits = {burst, 0, Scene::account_slot + 1};
  scene.count_usage();
  scene.spend(limits, burst);
}
void of_ratio(Scene& scene) {
  scene.peer.dialect = {true, true, true};
  scene.settings.reply_ratio_max = 2;
}

std::string help_to(std::string to, std::string uri = "sip:psap@gw.example.com") {
  return call_to(std::move(uri), std::move(to));
}

constexpr const char* moved = "Moved Temporarily";

Exit silent(const char* why, Outcome outcome, Change change, std::string request,
            Counter counted_as = Counter::method_invite) {
  return {why, outcome, 0, "", counted_as, std::move(change), std::move(request)};
}
Exit busy(const char* why, Change change, std::string request,
          Counter counted_as = Counter::method_invite) {
  return {why,
          Outcome::busy,
          503,
          "Service Unavailable",
          counted_as,
          std::move(change),
          std::move(request)};
}
Exit redirected(const char* why, Outcome outcome, Change change, std::string request,
                Transport transport = Transport::udp) {
  return {why,  outcome,  302, moved, Counter::method_invite, std::move(change), std::move(request),
          edge, transport};
}

std::vector<Exit> peer_exits() {
  using O = Outcome;
  const std::string options = request_of("OPTIONS").text();
  Invite malformed;
  malformed.cseq = "x";
  return {
      redirected("the last call of a burst", O::signed_redirect, nearly_spent, plain()),
      silent("one more", O::over_limit, spent, plain()),
      busy("one more, told", spent_and_told, plain()),
      {"OPTIONS have an allowance of their own", O::options_ok, 200, "OK", Counter::method_options,
       spent, options, edge},
      silent("OPTIONS beyond it count too", O::over_limit, probes_spent, options,
             Counter::method_options),
      busy("OPTIONS beyond it, told", probes_spent_and_told, options, Counter::method_options),
      silent("any other request", O::over_limit, spent, request_of("REGISTER").text(),
             Counter::method_other),
      silent("in a dialog", O::over_limit, spent, in_dialog(request_of("BYE")),
             Counter::method_other),
      silent("what Sofia would refuse is not parsed", O::over_limit, spent, malformed.text()),
      silent("what the scan refuses is not told 400", O::over_limit, spent,
             with(&Invite::more, "no colon\r\n"), Counter::refused_by_scan),
      silent("what lacks a header is not told 400", O::over_limit, spent,
             with(&Invite::more, "To: <sip:b@example.com>\r\n"), Counter::malformed),
      silent("an ACK is none of them", O::silent_method, spent, in_dialog(request_of("ACK")),
             Counter::method_ack),
      silent("too late", O::too_late, late, plain()),
      busy("too late, told", late_and_told, plain()),
      redirected("too late, for help", O::signed_redirect, late,
                 help_to("<sip:+12155550122@example.com>", "urn:service:sos")),
      redirected("too late, for help in To only", O::unsigned_redirect, late,
                 help_to("<sip:911@example.com>", "sip:+12155550122@gw.example.com")),
      silent("a late OPTIONS", O::too_late, late, options, Counter::method_options),
      silent("late and broken", O::too_late, late, with(&Invite::more, "no colon\r\n"),
             Counter::refused_by_scan),
      silent("a late ACK", O::silent_method, late, in_dialog(request_of("ACK")),
             Counter::method_ack),
      {"a late OPTIONS of a probe", O::silent_source, 0, "", Counter::unknown_source, late, options,
       prober},
      silent("more than it may be larger than the request", O::reply_over_ratio, of_ratio, plain()),
      redirected("on a connection it may be of any size", O::signed_redirect, of_ratio, plain(),
                 Transport::tcp),
  };
}

std::vector<Exit> account_exits() {
  using O = Outcome;
  const std::string help = help_to("<sip:+12155550122@example.com>", "urn:service:sos");
  const std::string help_in_to =
      help_to("<sip:911@example.com>", "sip:+12155550122@gw.example.com");
  return {
      redirected("an account over its rate is not signed", O::unsigned_redirect, account_spent,
                 plain()),
      {"the peer says what that is", O::unsigned_refusal, 503, "Service Unavailable",
       Counter::method_invite, account_spent_and_refused, plain()},
      redirected("a call for help is", O::signed_redirect, account_spent, help),
      redirected("that of whoever writes one into To is not", O::unsigned_redirect, account_spent,
                 help_in_to),
      redirected("nor refused", O::unsigned_redirect, account_spent_and_refused, help_in_to),
      redirected("within the rate it is signed", O::signed_redirect, {}, help_in_to),
      redirected("over the ceiling, by To alone", O::unsigned_redirect, day_spent, help_in_to,
                 Transport::tcp),
      redirected("over the rate of the account above", O::unsigned_redirect, rate_of_parent_spent,
                 plain()),
      redirected("over its ceiling, by UDP", O::signed_redirect, day_spent, plain()),
      redirected("over its ceiling, by TCP", O::unsigned_redirect, day_spent, plain(),
                 Transport::tcp),
      redirected("over its ceiling, by TLS", O::unsigned_redirect, day_spent, plain(),
                 Transport::tls),
      redirected("over its ceiling, for help", O::signed_redirect, day_spent, help, Transport::tcp),
      redirected("over the ceiling of the account above", O::unsigned_redirect, day_of_parent_spent,
                 plain(), Transport::tcp),
  };
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".tsv") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

}  // namespace

namespace shaken302::sip::test {

std::vector<Exit> admission_exits() {
  std::vector<Exit> exits = peer_exits();
  for (Exit& exit : account_exits()) exits.push_back(std::move(exit));
  return exits;
}

}  // namespace shaken302::sip::test

TEST_CASE("admission: one row per way out") {
  Produced produced;
  for (const Exit& exit : admission_exits()) run(exit, produced);
}

TEST_CASE("admission: a call for help is answered whatever its peer's limit is, and nothing else") {
  struct Row {
    const char* why;
    std::string uri;
    std::string to;
    Outcome outcome;
  };
  constexpr Outcome is_signed = Outcome::signed_redirect;
  // Every caller can write that: it is not signed, or nobody had a limit.
  constexpr Outcome is_redirected = Outcome::unsigned_redirect;
  constexpr Outcome is_silent = Outcome::over_limit;
  const std::string plain_uri = "sip:+12155550122@gw.example.com";
  const Row rows[] = {
      {"a service", "urn:service:sos", "<sip:+12155550122@example.com>", is_signed},
      {"a number of the plan", "sip:911@gw.example.com", "<sip:+12155550122@example.com>",
       is_signed},
      {"behind a service code", "sip:*67911@gw.example.com", "<sip:+12155550122@example.com>",
       is_signed},
      {"escaped", "sip:%39%31%31@gw.example.com", "<sip:+12155550122@example.com>", is_signed},
      {"in To", plain_uri, "<sip:911@example.com>", is_redirected},
      {"in To, with a name", plain_uri, "\"<sip:1@x>\" <sip:911@example.com>", is_redirected},
      {"in To, with a name of tokens", plain_uri, "Help me<tel:911>", is_redirected},
      {"in To, bare", plain_uri, "sip:911@example.com;x=1", is_redirected},
      {"in To, and a short code, which is nobody's number, is called", "sip:411@gw.example.com",
       "<sip:911@example.com>", is_signed},
      {"in To, folded", plain_uri, "\r\n <urn:service:sos.fire>", is_redirected},
      {"its name only", plain_uri, "\"911\" <sip:+12155550122@example.com>", is_silent},
      {"its parameter only", plain_uri, "<sip:+12155550122@example.com>;x=911", is_silent},
      {"its host only", "sip:+12155550122@911", "<sip:a@911>", is_silent},
      {"the test service", "urn:service:test.sos", "<urn:service:test.sos>", is_silent},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Scene scene(spent);
    const Answer answer = scene.ask(call_to(row.uri, row.to));
    CHECK(answer.outcome == row.outcome);
    CHECK(scene.count(Counter::over_limit) == (row.outcome == is_silent ? 1 : 0));
    if (row.outcome != is_redirected) continue;
    REQUIRE(answer.record != nullptr);
    CHECK(answer.record->trail.contains(Reason::in_excess));
    CHECK(answer.record->trail.contains(Reason::emergency_in_to_only));
  }
  Scene broken(spent);
  Invite invite;
  invite.request_uri = "urn:service:sos";
  invite.cseq = "x";
  CHECK(broken.ask(invite.text()).outcome == Outcome::over_limit);
  Scene options(probes_spent);
  Invite probe = request_of("OPTIONS");
  probe.request_uri = "sip:911@gw.example.com";
  CHECK(options.ask(probe.text()).outcome == Outcome::over_limit);
}

TEST_CASE("admission: a bucket fills again, and each peer has its own") {
  Scene scene([](Scene& it) {
    spent(it);
    Peer other = it.peer;
    other.name = "by host";
    other.hosts = {"other.example.com"};
    other.limits.slot = 7;
    it.more_peers = {other};
  });
  Invite elsewhere;
  elsewhere.request_uri = "sip:+12155550122@other.example.com";
  CHECK(scene.ask(plain()).outcome == Outcome::over_limit);
  CHECK(scene.ask(elsewhere.text()).outcome == Outcome::signed_redirect);
  scene.arrived += 99'000'000;
  CHECK(scene.ask(plain()).outcome == Outcome::over_limit);
  scene.arrived += 1'000'000;
  CHECK(scene.ask(plain()).outcome == Outcome::signed_redirect);
  CHECK(scene.ask(plain()).outcome == Outcome::over_limit);
  for (std::uint32_t i = 0; i < burst; ++i) {
    CHECK(scene.ask(elsewhere.text()).outcome == Outcome::signed_redirect);
  }
  CHECK(scene.ask(elsewhere.text()).outcome == Outcome::over_limit);
}

TEST_CASE("admission: without a limit nothing is counted or refused") {
  Scene scene([](Scene& it) { it.count_usage(); });
  for (int i = 0; i < 1000; ++i) REQUIRE(scene.ask(plain()).outcome == Outcome::signed_redirect);
  CHECK(scene.count(Counter::over_limit) == 0);
}

TEST_CASE("admission: one 503 for a hundred signatures, and one to begin with") {
  Scene scene([](Scene& it) {
    spent_and_told(it);
    it.peer.metrics_slot = 3;
  });
  const auto ask_over = [&] { return scene.ask(plain()).outcome; };
  CHECK(ask_over() == Outcome::busy);
  for (int i = 0; i < 50; ++i) CHECK(ask_over() == Outcome::over_limit);
  const auto sign = [&](int calls) {
    for (int i = 0; i < calls; ++i) {
      scene.arrived += 100'000'000;
      REQUIRE(scene.ask(plain()).outcome == Outcome::signed_redirect);
    }
  };
  sign(99);
  CHECK(ask_over() == Outcome::over_limit);
  sign(1);
  CHECK(ask_over() == Outcome::busy);
  CHECK(ask_over() == Outcome::over_limit);
  CHECK(scene.count(Counter::answered_busy) == 2);
  CHECK(scene.metrics.value(3, PeerCounter::over_limit) == 54);
}

TEST_CASE("admission: credit for refusals has a bound") {
  RefusalCredit credit;
  for (int i = 0; i < 1'000'000; ++i) credit.earn();
  int refusals = 0;
  while (credit.spend()) ++refusals;
  CHECK(refusals == 100);
}

TEST_CASE("admission: only what came by TCP or TLS brings an account to its ceiling") {
  const auto day_limited = [](Scene& scene) {
    scene.accounts.front().limits.calls_per_day = burst;
    scene.count_usage();
  };
  Scene scene(day_limited);
  const auto ask_on = [&](Transport transport) { return scene.ask(plain(), edge, transport); };
  // Anybody may have written those.
  for (std::uint32_t i = 0; i < 2 * burst; ++i) {
    REQUIRE(ask_on(Transport::udp).outcome == Outcome::signed_redirect);
  }
  for (std::uint32_t i = 0; i < burst; ++i) {
    CAPTURE(i);
    REQUIRE(ask_on(i % 2 == 0 ? Transport::tcp : Transport::tls).outcome ==
            Outcome::signed_redirect);
  }
  for (const Transport transport : {Transport::tcp, Transport::tls}) {
    const Answer over = ask_on(transport);
    CHECK(over.outcome == Outcome::unsigned_redirect);
    REQUIRE(over.record != nullptr);
    CHECK(over.record->trail.contains(Reason::account_over_day));
    CHECK(ask_on(Transport::udp).outcome == Outcome::signed_redirect);
  }
  // The alarms tell of all that were signed.
  CHECK(scene.usage->calls_today(scene.accounts.front().limits, scene.time) == 3 * burst + 2);
  scene.time += std::chrono::hours(24);
  CHECK(ask_on(Transport::tcp).outcome == Outcome::signed_redirect);
}

TEST_CASE("admission: what a limit refuses is no difference of the shadow's policy") {
  for (const auto& change : {account_spent, day_spent}) {
    const Scene same;
    Scene scene([&](Scene& it) {
      change(it);
      it.shadow = std::make_shared<const Snapshot>(same.snapshot);
    });
    CHECK(scene.ask(plain(), edge, Transport::tcp).outcome == Outcome::unsigned_redirect);
    CHECK(scene.count(Counter::shadow_same) == 1);
  }
}

// The figures are in the comment of reply_ratio_max in conf/shaken302.toml.
TEST_CASE("admission: how many times larger an answer is than its request") {
  struct Row {
    const char* name;
    Dialect dialect;
  };
  const Row rows[] = {
      {"identity", {true, false, false}},         {"x-identity", {false, true, false}},
      {"contact", {false, false, true}},          {"identity, x-identity", {true, true, false}},
      {"identity, contact", {true, false, true}}, {"all three", {true, true, true}}};
  auto messages = files_below(SHAKEN302_TEST_DATA "/torture");
  REQUIRE(messages.size() > 50);
  messages.push_back(plain());
  for (const Row& row : rows) {
    Scene scene([&](Scene& it) {
      it.peer.dialect = row.dialect;
      it.peer.next_hop = "203.0.113.5:5060";
      it.settings.reply_ratio_max = 0;
    });
    double most = 0;
    int over_five = 0;
    for (const std::string& message : messages) {
      const Answer answer = scene.ask(message);
      const double ratio =
          static_cast<double>(answer.reply.size()) / static_cast<double>(message.size());
      most = std::max(most, ratio);
      over_five += ratio > 5 ? 1 : 0;
    }
    const Answer smallest = scene.ask(plain());
    MESSAGE(std::string(row.name) << ": at most " << most << ", over five " << over_five << " of "
                                  << messages.size() << "; a bare INVITE of " << plain().size()
                                  << " bytes gets " << smallest.reply.size());
    const bool is_all_three = row.dialect.identity && row.dialect.x_identity && row.dialect.contact;
    CHECK(over_five == (is_all_three ? 1 : 0));
  }
}
