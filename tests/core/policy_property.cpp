// SPDX-License-Identifier: MIT
//
// Gives the policy and the oracle the same calls and compares the answers.
#include <algorithm>
#include <map>
#include <sstream>

#include "core/policy_scene.hpp"
#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

ReviewStatus review_of(char letter) {
  switch (letter) {
    case 'a':
      return ReviewStatus::approved;
    case 'p':
      return ReviewStatus::pending;
    case 'r':
      return ReviewStatus::rejected;
    default:
      return ReviewStatus::none;
  }
}

CredentialList list_of(const std::vector<PlainKey>& keys) {
  CredentialList list;
  for (const PlainKey key : keys) list.add(static_cast<std::uint32_t>(key));
  return list;
}

std::uint32_t index_of(const PlainWorld& world, const std::string& account) {
  for (std::uint32_t i = 0; i < world.accounts.size(); ++i) {
    if (world.accounts[i].name == account) return i;
  }
  return no_index;
}

std::shared_ptr<const AccountTable> to_accounts(const PlainWorld& world) {
  std::vector<Account> accounts;
  for (const PlainAccount& plain : world.accounts) {
    Account account;
    account.id = plain.name;
    account.parent = plain.parent;
    account.status = plain.suspended ? AccountStatus::suspended : AccountStatus::active;
    account.business_profile = review_of(plain.profile);
    account.trust_product = review_of(plain.trust);
    account.max_attestation = *parse_attestation(std::string(1, plain.ceiling));
    account.outside_attestation = *parse_attestation(std::string(1, plain.outside));
    account.family_numbers = plain.shares_numbers;
    account.own_certificate_required = plain.needs_own_key;
    account.removed = plain.removed;
    account.credentials = list_of(plain.keys);
    accounts.push_back(account);
  }
  return std::make_shared<const AccountTable>(AccountTable::make(accounts).value());
}

std::shared_ptr<const NumberTable> to_numbers(const PlainWorld& world,
                                              const std::vector<PlainRow>& rows) {
  const auto day_of_noon = std::chrono::floor<std::chrono::days>(noon);
  std::vector<NumberClaim> claims;
  for (const PlainRow& row : rows) {
    NumberClaim claim;
    claim.first = std::stoull(row.low);
    claim.last = std::stoull(row.high);
    claim.account = index_of(world, row.owner);
    claim.valid_from = day_of_noon + std::chrono::days{row.first_day};
    claim.valid_until = day_of_noon + std::chrono::days{row.last_day};
    claims.push_back(claim);
  }
  return std::make_shared<const NumberTable>(NumberTable::make(claims).value());
}

AccountSource source_of(char asked, std::uint32_t fixed) {
  switch (asked) {
    case 'h':
      return {AccountSource::Kind::header, "X-Account", no_index};
    case 'p':
      return {AccountSource::Kind::parameter, "otg", no_index};
    case 'o':
      return {AccountSource::Kind::host, {}, no_index};
    case 'f':
      return {AccountSource::Kind::fixed, {}, fixed};
    default:
      return {AccountSource::Kind::number, {}, no_index};
  }
}

Treatment treatment_of(char outcome) {
  static const std::map<char, Treatment> treatments{{'s', Treatment::sign},
                                                    {'b', Treatment::cap_b},
                                                    {'c', Treatment::cap_c},
                                                    {'u', Treatment::leave_unsigned},
                                                    {'x', Treatment::block}};
  return treatments.at(outcome);
}

void add_rules(Peer& peer, const PlainPeer& plain) {
  using Caller = CallerRule::Kind;
  using Called = CalledRule::Kind;
  static const std::map<char, Caller> callers{{'a', Caller::anonymous},
                                              {'n', Caller::not_a_number},
                                              {'s', Caller::short_code},
                                              {'i', Caller::impossible},
                                              {'p', Caller::prefix}};
  static const std::map<char, Called> called{
      {'e', Called::emergency},  {'t', Called::toll_free},    {'i', Called::international},
      {'s', Called::short_code}, {'n', Called::not_a_number}, {'p', Called::prefix},
      {'*', Called::star_code}};
  for (const PlainRule& rule : plain.caller_rules) {
    peer.caller_rules.push_back({callers.at(rule.kind), rule.prefix, treatment_of(rule.outcome)});
  }
  for (const PlainRule& rule : plain.called_rules) {
    peer.called_rules.push_back({called.at(rule.kind), rule.prefix, treatment_of(rule.outcome)});
  }
}

void set_limits(Peer& peer, const PlainPeer& plain) {
  peer.max_attestation = *parse_attestation(std::string(1, plain.ceiling));
  peer.retargeted_max_attestation = *parse_attestation(std::string(1, plain.retargeted_ceiling));
  peer.override_right = plain.right == 'a'   ? OverrideRight::any
                        : plain.right == 'l' ? OverrideRight::lower
                                             : OverrideRight::none;
  peer.signs_suspended = plain.signs_suspended;
  peer.signs_unknown = plain.signs_unknown;
}

Peer to_peer(const PlainPeer& plain, const PlainWorld& world) {
  static const std::map<char, CallingSource> calling{{'a', CallingSource::asserted_identity},
                                                     {'r', CallingSource::remote_party_id},
                                                     {'f', CallingSource::from}};
  Peer peer;
  peer.name = "peer";
  peer.plan = make_number_plan(plain.country);
  peer.calling_sources.clear();
  for (const char where : plain.calling) peer.calling_sources.push_back(calling.at(where));
  for (const char asked : plain.asks) {
    peer.account_sources.push_back(source_of(asked, index_of(world, plain.fixed)));
  }
  peer.called_source = plain.dest_is_target ? CalledSource::request_uri : CalledSource::to;
  peer.caller_id_screened = plain.screened;
  peer.account_uri_vouched = plain.writes_uris;
  peer.existing_identity =
      plain.passes_identities ? ExistingIdentity::pass : ExistingIdentity::replace;
  set_limits(peer, plain);
  add_rules(peer, plain);
  peer.credentials = list_of(plain.keys);
  return peer;
}

UriView to_uri(const PlainParty& party) {
  if (!party.there) return {};
  if (party.urn && party.written.starts_with("service:")) return urn(party.written);
  return party.tel ? tel_uri(party.written) : sip_uri(party.written);
}

/// C < B < A; below all of them whatever is not a signature.
int height(char letter) { return letter >= 'A' && letter <= 'C' ? 'D' - letter : 0; }

/// The policy's answer in the oracle's words.
PlainAnswer answer_of(const Decision& decision, const PlainWorld& world) {
  const bool has_account = decision.account != no_index;
  return {letter_of(decision), std::string(decision.calling.digits()), to_string(decision.called),
          has_account ? world.accounts[decision.account].name : std::string(),
          decision.trail.contains(Reason::request_ignored)};
}

bool are_equal(const PlainAnswer& one, const PlainAnswer& other) {
  return one.letter == other.letter && one.caller == other.caller && one.callee == other.callee &&
         one.account == other.account && one.request_ignored == other.request_ignored;
}

std::ostream& operator<<(std::ostream& out, const PlainAnswer& answer) {
  out << answer.letter << " from '" << answer.caller << "' to '" << answer.callee << "' of '"
      << answer.account << "'";
  return answer.request_ignored ? out << " (request ignored)" : out;
}

std::string describe(std::size_t world, std::size_t draw, const PlainCall& call,
                     const Decision& decision, const PlainAnswer& policy,
                     const PlainAnswer& expected) {
  std::ostringstream text;
  text << "world " << world << ", draw " << draw << ": the policy says " << policy
       << ", the oracle " << expected << "; peer " << call.peer << ", From '" << call.from.written
       << "', asserted '" << call.asserted.written << "' '" << call.second_asserted.written
       << "', remote '" << call.remote.written << "', to '" << call.to.written << "', Request-URI '"
       << call.target.written << "', at " << call.seconds << " s, asks for '" << call.requested
       << "', said";
  for (const std::string& said : call.said) text << " '" << said << "'";
  text << "; trail";
  for (const Reason reason : decision.trail.reasons()) text << ' ' << to_text(reason);
  return text.str();
}

void count(const PlainAnswer& expected, PropertyReport& report) {
  report.ignored += expected.request_ignored ? 1 : 0;
  switch (expected.letter) {
    case 'A':
      ++report.a;
      break;
    case 'B':
      ++report.b;
      break;
    case 'C':
      ++report.c;
      break;
    case 'P':
      ++report.passed;
      break;
    case 'X':
      ++report.blocked;
      break;
    default:
      ++report.not_signed;
      break;
  }
}

}  // namespace

Snapshot to_snapshot(const PlainWorld& world) {
  std::vector<Peer> peers;
  for (const PlainPeer& plain : world.peers) peers.push_back(to_peer(plain, world));
  Snapshot snapshot;
  snapshot.peers = std::make_shared<const PeerTable>(PeerTable::make(std::move(peers)).value());
  snapshot.accounts = to_accounts(world);
  snapshot.numbers = to_numbers(world, world.rows);
  snapshot.never_calls = to_numbers(world, world.never_call);
  snapshot.credentials = scene_credentials();
  return snapshot;
}

Call to_call(const PlainCall& plain) {
  Call call;
  call.peer = static_cast<std::uint32_t>(plain.peer);
  call.request_uri = to_uri(plain.target);
  call.to = to_uri(plain.to);
  call.from = to_uri(plain.from);
  if (plain.hides_host) call.from.host = "anonymous.invalid";
  call.asserted_identities = {to_uri(plain.asserted), to_uri(plain.second_asserted)};
  call.has_more_identities = plain.more_asserted;
  call.remote_party_id = to_uri(plain.remote);
  for (std::size_t i = 0; i < plain.said.size(); ++i) call.account_values[i] = plain.said[i];
  call.requested_level = plain.requested;
  call.has_shaken_identity = plain.has_identity;
  call.asks_for_privacy = plain.wants_privacy;
  call.has_been_diverted = plain.diverted;
  return call;
}

UnixTime moment_of(const PlainCall& call) { return noon + std::chrono::seconds{call.seconds}; }

char letter_of(const Decision& decision) {
  switch (decision.verdict) {
    case Verdict::sign:
      return to_char(decision.level);
    case Verdict::pass_existing:
      return 'P';
    case Verdict::block:
      return 'X';
    case Verdict::leave_unsigned:
      break;
  }
  return '-';
}

PropertyReport compare_with_oracle(std::size_t worlds, std::size_t calls_each, Until until) {
  PropertyReport report;
  for (std::size_t world_number = 0; world_number < worlds; ++world_number) {
    std::mt19937_64 random(302'000 + world_number);
    const PlainWorld world = draw_world(random);
    const Snapshot snapshot = to_snapshot(world);
    for (std::size_t draw = 0; draw < calls_each; ++draw) {
      const PlainCall call = draw_call(world, random);
      const PlainAnswer expected = oracle(world, call);
      const Decision decision = decide(to_call(call), snapshot, moment_of(call));
      const PlainAnswer policy = answer_of(decision, world);
      ++report.draws;
      count(expected, report);
      report.longest_trail = std::max(report.longest_trail, decision.trail.reasons().size());
      if (are_equal(policy, expected)) continue;
      const bool is_above = height(policy.letter) > height(expected.letter);
      std::string& first = is_above ? report.first_above : report.first_different;
      if (first.empty()) first = describe(world_number, draw, call, decision, policy, expected);
      ++report.different;
      report.above += is_above ? 1 : 0;
      if (until == Until::first_difference) return report;
    }
  }
  return report;
}

std::string summary_of(const PropertyReport& report) {
  std::ostringstream text;
  text << report.draws << " calls; by the oracle A " << report.a << ", B " << report.b << ", C "
       << report.c << ", not signed " << report.not_signed << ", passed on " << report.passed
       << ", blocked " << report.blocked << "; requests ignored " << report.ignored << "; above it "
       << report.above << ", different " << report.different << "; longest trail "
       << report.longest_trail;
  return text.str();
}

}  // namespace shaken302::test
