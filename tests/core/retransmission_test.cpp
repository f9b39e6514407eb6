// SPDX-License-Identifier: MIT
//
// A request that comes again, as the authentication service sees it: a token once more only where
// the very same would be decided now.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>

#include "core/fake_token.hpp"
#include "core/policy_scene.hpp"
#include "shaken302/passport.hpp"

namespace shaken302::test {
namespace {

using std::chrono::seconds;

/// Two workers with one table.
struct Pair {
  RetransmissionTable table{1024, seconds(8)};
  Secret secret = make_secret("0123456789abcdef, a secret for tests").value();
  AuthenticationService one{secret, seconds{0}, &table};
  AuthenticationService other{secret, seconds{0}, &table};
};

/// A request, and everything that could differ when it comes again.
struct Attempt {
  Call call = scene_call();
  Snapshot snapshot = scene_snapshot({scene_peer()});
  UnixTime now = noon;
  std::string origin = "192.0.2.9:5060";
  std::string bytes = "INVITE sip:14155550111@example.com SIP/2.0";
  std::int64_t steady_ns = 1'000'000'000;

  Attempt() { snapshot.generation = 1; }
  [[nodiscard]] ReceivedRequest received() const { return {origin, bytes, steady_ns}; }
  Authentication ask(AuthenticationService& service) const {
    const ReceivedRequest request = received();
    return service.authenticate(call, snapshot, now, &request);
  }
};

bool is_valid(const Authentication& made, const Snapshot& snapshot) {
  const auto passport = parse_passport(made.token);
  const std::uint32_t credential = made.decision.credential;
  return passport && snapshot.credentials->entries[credential].credential.chain().verifies(
                         passport->signing_input, passport->signature);
}

enum class Then : std::uint8_t { repeated, signed_anew, not_signed };

void suspend_acme(Attempt& attempt) {
  auto accounts = scene_account_list();
  accounts[0].status = AccountStatus::suspended;
  attempt.snapshot.accounts =
      std::make_shared<const AccountTable>(AccountTable::make(std::move(accounts)).value());
}

void cap_acme(Attempt& attempt) {
  auto accounts = scene_account_list();
  accounts[0].max_attestation = Attestation::B;
  attempt.snapshot.accounts =
      std::make_shared<const AccountTable>(AccountTable::make(std::move(accounts)).value());
}

struct Row {
  const char* why;
  std::function<void(Attempt&)> change;
  Then then;
};

const Row rows[] = {
    {"the same request", [](Attempt&) {}, Then::repeated},
    {"a second later", [](Attempt& again) { again.now += seconds{1}; }, Then::repeated},
    {"from another port", [](Attempt& again) { again.origin = "192.0.2.9:5061"; },
     Then::signed_anew},
    {"one byte differs", [](Attempt& again) { again.bytes.back() = '1'; }, Then::signed_anew},
    {"too late", [](Attempt& again) { again.steady_ns += 8'000'000'000; }, Then::signed_anew},
    {"the clock was set back", [](Attempt& again) { again.now -= seconds{1}; }, Then::signed_anew},
    {"the clock was set forward", [](Attempt& again) { again.now += seconds{60}; },
     Then::signed_anew},
    {"another snapshot", [](Attempt& again) { again.snapshot.generation = 2; }, Then::signed_anew},
    {"suspended since, by another snapshot",
     [](Attempt& again) {
       again.snapshot.generation = 2;
       suspend_acme(again);
     },
     Then::not_signed},
    // What no snapshot does while its generation lasts, and the clock can: the decision counts.
    {"suspended since, and nothing else tells", suspend_acme, Then::not_signed},
    {"capped since, and nothing else tells", cap_acme, Then::signed_anew},
    {"another caller under the same bytes",
     [](Attempt& again) { again.call.from.user = "+12125550124"; }, Then::signed_anew},
    {"of another account under the same bytes",
     [](Attempt& again) { again.call.account_values[0] = "signs-b"; }, Then::signed_anew},
};

TEST_CASE("retransmission: a token comes again only where the very same would be decided now") {
  for (const Row& row : rows) {
    CAPTURE(row.why);
    Pair pair;
    const Attempt first;
    const Authentication made = first.ask(pair.one);
    REQUIRE(made.decision.verdict == Verdict::sign);
    CHECK_FALSE(made.is_retransmission);
    CHECK(made.made_signature);
    const std::string token(made.token);

    Attempt again = first;
    row.change(again);
    const Authentication then = again.ask(pair.other);
    CHECK(then.is_retransmission == (row.then == Then::repeated));
    CHECK((then.decision.verdict == Verdict::sign) == (row.then != Then::not_signed));
    CHECK(then.token.empty() == (row.then == Then::not_signed));
    CHECK(then.made_signature == (row.then == Then::signed_anew));
    CHECK((then.token == token) == (row.then == Then::repeated));
    if (row.then == Then::repeated) {
      CHECK(then.iat == made.iat);
      CHECK(then.origid == made.origid);
      CHECK(then.x5u == made.x5u);
    }
    if (row.then == Then::not_signed) continue;
    CHECK(is_valid(then, again.snapshot));
    CHECK(parse_passport(then.token)->iat == then.iat);
    if (row.then == Then::signed_anew) CHECK(then.iat == again.now);
  }
}

TEST_CASE("retransmission: what was signed anew is what comes again from then on") {
  Pair pair;
  Attempt attempt;
  attempt.ask(pair.one);
  attempt.snapshot.generation = 2;
  const std::string second(attempt.ask(pair.other).token);
  const Authentication third = attempt.ask(pair.one);
  CHECK(third.is_retransmission);
  CHECK(third.token == second);
}

TEST_CASE("retransmission: iat goes with the token, and the back-date too") {
  Pair pair;
  AuthenticationService service(pair.secret, seconds{2}, &pair.table);
  Attempt attempt;
  CHECK(attempt.ask(service).iat == noon - seconds{2});
  attempt.now += seconds{3};
  const Authentication again = attempt.ask(service);
  CHECK(again.is_retransmission);
  CHECK(again.iat == noon - seconds{2});
}

TEST_CASE("retransmission: a signature that failed is not kept, nor one of nobody's request") {
  Pair pair;
  Attempt attempt;
  Attempt broken;
  auto table = std::make_shared<CredentialTable>(*scene_credentials());
  // It says that it can sign, and cannot.
  table->entries[house_credential].credential = Credential::absent("house");
  broken.snapshot.credentials = table;
  const Authentication failed = broken.ask(pair.one);
  CHECK(failed.token.empty());
  CHECK_FALSE(failed.made_signature);
  CHECK_FALSE(attempt.ask(pair.one).is_retransmission);

  Pair fresh;
  CHECK_FALSE(fresh.one.authenticate(attempt.call, attempt.snapshot, noon).token.empty());
  CHECK_FALSE(attempt.ask(fresh.one).is_retransmission);
}

TEST_CASE(
    "retransmission: of two copies that are signed at once, the one kept first is both answers") {
  struct Case {
    const char* why;
    int seconds_later;  ///< by the clock of the worker that is overtaken
    bool repeated;
  };
  for (const Case& row : {Case{"in one second", 0, true}, Case{"a second began", 1, false}}) {
    CAPTURE(row.why);
    Pair pair;
    Attempt attempt;
    std::function<void()> meanwhile = [] {};
    const ThrowawayCa ca =
        make_throwaway_ca({.not_before = day_before_noon, .not_after = day_after_noon}).value();
    const auto token = std::make_shared<const FakeToken>(key_of(ca), [&meanwhile] {
      std::exchange(meanwhile, [] {})();
      return true;
    });
    auto table = std::make_shared<CredentialTable>(*scene_credentials());
    auto chain = CertificateChain::parse_pem(ca.leaf_certificate).value();
    table->entries[house_credential].credential =
        Credential::make(
            {"house", "", std::move(chain), "https://cert.example.com/house.pem", {}, token})
            .value();
    attempt.snapshot.credentials = table;

    Attempt overtaken = attempt;
    overtaken.now += seconds{row.seconds_later};
    std::string first;
    meanwhile = [&] { first = attempt.ask(pair.other).token; };
    const Authentication made = overtaken.ask(pair.one);
    REQUIRE_FALSE(first.empty());
    CHECK(made.made_signature);
    CHECK(made.is_retransmission == row.repeated);
    CHECK((made.token == first) == row.repeated);
    CHECK(is_valid(made, attempt.snapshot));
    CHECK(parse_passport(made.token)->iat == made.iat);
  }
}

TEST_CASE("retransmission: without a table each request is signed") {
  AuthenticationService service(Pair{}.secret, seconds{0});
  const Attempt attempt;
  const std::string first(attempt.ask(service).token);
  const Authentication again = attempt.ask(service);
  CHECK_FALSE(again.is_retransmission);
  CHECK(again.token != first);
}

}  // namespace
}  // namespace shaken302::test
