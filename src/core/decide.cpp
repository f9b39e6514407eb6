// SPDX-License-Identifier: MIT
//
// The policy, one function a step, in the order of `decide` at the end of this file. First the
// facts are found, all of them, so that a call that stays unsigned is explained as fully as one
// that does not; then the rules turn them into a level and a credential.
//
// Who may be believed: a caller writes its URIs, so what they say about the account (its number, a
// parameter of From, the host of the Request-URI) earns C at most, unless the peer promises that it
// has screened the number or written that parameter or host itself. Wherever a caller could choose
// between two readings of its request, the first one counts and nothing falls back.
#include <algorithm>
#include <array>

#include "shaken302/authentication_service.hpp"

namespace shaken302 {
namespace {

/// RFC 5031 and the registry it made. A Destination is a view, and a request writes the name in
/// any case, so the canonical names live here. Names are a hierarchy: what is not listed is sos.
constexpr std::array<std::string_view, 12> emergency_services{"urn:service:sos",
                                                              "urn:service:sos.ambulance",
                                                              "urn:service:sos.animal-control",
                                                              "urn:service:sos.fire",
                                                              "urn:service:sos.gas",
                                                              "urn:service:sos.marine",
                                                              "urn:service:sos.mountain",
                                                              "urn:service:sos.physician",
                                                              "urn:service:sos.poison",
                                                              "urn:service:sos.police",
                                                              "urn:service:sos.ecall.automatic",
                                                              "urn:service:sos.ecall.manual"};

/// `lower` is in lower case already.
bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  };
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), same);
}

/// What could be the name of a service: the one of a service URN without what RFC 8141 2.3 lets
/// follow it (and without parameters, which no URN has but some write), or the user that stands for
/// it in a sip URI, as in the Contact that we write ourselves.
std::string_view service_name(const UriView& uri) noexcept {
  if (uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips) {
    return uri.user.substr(0, uri.user.find(';'));
  }
  constexpr std::string_view prefix = "service:";
  if (uri.scheme != UriScheme::urn) return {};
  if (!equals_ignoring_case(uri.user.substr(0, prefix.size()), prefix)) return {};
  const std::string_view name = uri.user.substr(prefix.size());
  return name.substr(0, name.find_first_of(";?#"));
}

/// The canonical name of an emergency service, or nothing. The case of a service name does not
/// matter (RFC 5031 section 4).
std::string_view emergency_urn(const UriView& uri) noexcept {
  constexpr std::size_t scheme = std::string_view("urn:service:").size();
  const std::string_view any = emergency_services.front().substr(scheme);
  const std::string_view name = service_name(uri);
  const bool is_below = name.size() > any.size() && name[any.size()] == '.';
  if (name.size() != any.size() && !is_below) return {};
  if (!equals_ignoring_case(name.substr(0, any.size()), any)) return {};
  for (const std::string_view service : emergency_services) {
    if (equals_ignoring_case(name, service.substr(scheme))) return service;
  }
  return emergency_services.front();
}

/// The canonical number of a URI; an empty one when it names no number (RFC 8224 8.1).
PhoneNumber number_of(const UriView& uri, const NumberPlan& plan) noexcept {
  if (uri.scheme != UriScheme::sip && uri.scheme != UriScheme::sips &&
      uri.scheme != UriScheme::tel) {
    return {};
  }
  const auto number = parse_number(uri.user, plan);
  return number ? *number : PhoneNumber{};
}

bool is_present(const UriView& uri) noexcept { return uri.scheme != UriScheme::none; }

// --- the facts -----------------------------------------------------------------------------------

struct CalledParty {
  std::string_view urn;  ///< of an emergency service
  PhoneNumber number;
  [[nodiscard]] bool is_emergency() const noexcept {
    return !urn.empty() || number.kind() == NumberKind::emergency;
  }
};

CalledParty read_called(const UriView& uri, const NumberPlan& plan) noexcept {
  return {emergency_urn(uri), number_of(uri, plan)};
}

/// Either URI makes an emergency call: between here and the callee both may have been rewritten,
/// and a call for help that is refused is worse than a redirect too many.
void find_called(const Call& call, const Peer& peer, Decision& decision) noexcept {
  const CalledParty target = read_called(call.request_uri, peer.plan);
  const CalledParty to = read_called(call.to, peer.plan);
  if (target.is_emergency() || to.is_emergency()) {
    decision.emergency = true;
    decision.trail.add(Reason::emergency);
  }
  const CalledParty& called = peer.called_source == CalledSource::to ? to : target;
  if (!called.urn.empty()) {
    decision.called = called.urn;
  } else if (!called.number.empty()) {
    decision.called = called.number;
  } else {
    decision.trail.add(Reason::called_not_a_number);
  }
}

/// RFC 3325 9.1 allows one tel URI beside one sip or sips URI; the tel URI is the number itself.
const UriView& preferred(const std::array<UriView, 2>& asserted) noexcept {
  for (const UriView& uri : asserted) {
    if (uri.scheme == UriScheme::tel) return uri;
  }
  for (const UriView& uri : asserted) {
    if (uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips) return uri;
  }
  return is_present(asserted[0]) ? asserted[0] : asserted[1];
}

const UriView& uri_of(CallingSource source, const Call& call) noexcept {
  switch (source) {
    case CallingSource::asserted_identity:
      return preferred(call.asserted_identities);
    case CallingSource::remote_party_id:
      return call.remote_party_id;
    case CallingSource::from:
      break;
  }
  return call.from;
}

/// The first source that is there decides, also when it holds no number: P-Asserted-Identity is
/// what the network says, and From what the caller says. Going on to From because the network's
/// word is not a number ("anonymous", a name) would let the caller choose the number that is
/// signed.
void find_calling(const Call& call, const Peer& peer, Decision& decision) noexcept {
  for (const CallingSource source : peer.calling_sources) {
    const UriView& uri = uri_of(source, call);
    if (!is_present(uri)) continue;
    decision.calling = number_of(uri, peer.plan);
    if (decision.calling.empty()) decision.trail.add(Reason::caller_not_a_number);
    return;
  }
  decision.trail.add(Reason::caller_absent);
}

/// What one source says about the account.
struct Named {
  bool is_present = false;
  std::uint32_t account = no_index;  ///< no_index although present: a name that no account has
};

Named ask(const AccountSource& source, std::string_view value,
          const std::optional<NumberClaim>& claim, const Snapshot& snapshot,
          UnixTime now) noexcept {
  switch (source.kind) {
    case AccountSource::Kind::fixed:
      return {true, source.account};
    case AccountSource::Kind::number:
      // A right that has ended names nobody, or a ported-out number would go on speaking for its
      // former account.
      if (!claim || !claim->is_valid_at(now)) return {};
      return {true, claim->account};
    case AccountSource::Kind::header:
    case AccountSource::Kind::parameter:
    case AccountSource::Kind::host:
      break;
  }
  if (value.empty()) return {};
  return {true, snapshot.accounts->find(value)};
}

Reason reason_for(AccountSource::Kind kind) noexcept {
  switch (kind) {
    case AccountSource::Kind::fixed:
      return Reason::account_by_peer;
    case AccountSource::Kind::header:
      return Reason::account_by_header;
    case AccountSource::Kind::parameter:
      return Reason::account_by_parameter;
    case AccountSource::Kind::host:
      return Reason::account_by_host;
    case AccountSource::Kind::number:
      break;
  }
  return Reason::account_by_number;
}

/// What the rules look at.
struct Facts {
  std::optional<NumberClaim> claim;  ///< the most specific one of the calling number
  const Account* account = nullptr;  ///< nullptr: nobody is responsible
  bool account_by_number_alone = false;
  bool account_by_uri = false;  ///< by a parameter of From or the host of the Request-URI
};

bool is_of_uri(AccountSource::Kind kind) noexcept {
  return kind == AccountSource::Kind::parameter || kind == AccountSource::Kind::host;
}

/// Sources that are silent are skipped. A source that names an account which does not exist ends
/// the search: otherwise naming nonsense would be a way to another account further down the list.
Facts find_account(const Call& call, const Snapshot& snapshot, UnixTime now,
                   Decision& decision) noexcept {
  Facts facts;
  facts.claim = snapshot.numbers->find(decision.calling);
  const auto& sources = snapshot.peers->peers()[call.peer].account_sources;
  const auto& accounts = snapshot.accounts->accounts();
  for (std::size_t i = 0; i < std::min(sources.size(), account_sources_max); ++i) {
    const Named named = ask(sources[i], call.account_values[i], facts.claim, snapshot, now);
    if (!named.is_present) continue;
    if (named.account >= accounts.size()) {
      decision.trail.add(Reason::account_unknown);
      return facts;
    }
    decision.account = named.account;
    decision.trail.add(reason_for(sources[i].kind));
    facts.account = &accounts[named.account];
    facts.account_by_number_alone = sources[i].kind == AccountSource::Kind::number;
    facts.account_by_uri = is_of_uri(sources[i].kind);
    if (facts.account->suspended) decision.trail.add(Reason::account_suspended);
    return facts;
  }
  decision.trail.add(Reason::account_absent);
  return facts;
}

// --- the rules -----------------------------------------------------------------------------------

/// A: the account is vouched for and has the number. B: it is vouched for. C: all else
/// (ATIS-1000074; RFC 8588 section 4). No branch reaches A by default.
Attestation level_of(const Facts& facts, UnixTime now, Decision& decision) noexcept {
  if (facts.account == nullptr) return Attestation::C;
  Trail& trail = decision.trail;
  if (!facts.account->vouched) {
    trail.add(Reason::account_not_vouched);
    return Attestation::C;
  }
  if (decision.calling.kind() != NumberKind::global) {
    trail.add(Reason::caller_short_code);
    return Attestation::C;
  }
  if (!facts.claim) {
    trail.add(Reason::number_unlisted);
    return Attestation::B;
  }
  if (facts.claim->account != decision.account) {
    trail.add(Reason::number_of_other_account);
    return Attestation::B;
  }
  if (!facts.claim->is_valid_at(now)) {
    trail.add(Reason::number_not_valid_now);
    return Attestation::B;
  }
  trail.add(Reason::number_assigned);
  return Attestation::A;
}

/// A cap is in the trail only where it lowers.
Attestation capped(Attestation level, Attestation most, Reason reason, Trail& trail) noexcept {
  if (most < level) trail.add(reason);
  return cap(level, most);
}

Attestation apply_caps(Attestation level, const Facts& facts, const Peer& peer,
                       Trail& trail) noexcept {
  if (facts.account != nullptr) {
    level = capped(level, facts.account->effective_max, Reason::capped_by_account, trail);
  }
  level = capped(level, peer.max_attestation, Reason::capped_by_peer, trail);
  if (facts.account_by_number_alone && !peer.caller_id_screened) {
    level = capped(level, Attestation::C, Reason::capped_caller_id_not_screened, trail);
  }
  if (facts.account_by_uri && !peer.account_uri_vouched) {
    level = capped(level, Attestation::C, Reason::capped_account_not_vouched_for, trail);
  }
  return level;
}

/// Whether the credential that has to sign can; it is in the decision when there is one at all. An
/// account without a credential is not signed for with the peer's: that is for calls of nobody.
bool find_credential(const Facts& facts, const Peer& peer, const CredentialTable& table,
                     UnixTime now, Decision& decision) noexcept {
  const std::uint32_t index =
      facts.account == nullptr ? peer.credential : facts.account->effective_credential;
  if (index >= table.entries.size()) {
    decision.trail.add(Reason::no_credential);
    return false;
  }
  decision.credential = index;
  const CredentialTable::Entry& entry = table.entries[index];
  if (!entry.usable) {
    decision.trail.add(Reason::credential_quarantined);
    return false;
  }
  if (!entry.credential.chain().is_valid_at(now)) {
    decision.trail.add(Reason::credential_not_valid_now);
    return false;
  }
  return true;
}

bool has_called(const Decision& decision) noexcept {
  const auto* number = std::get_if<PhoneNumber>(&decision.called);
  return number == nullptr || !number->empty();
}

}  // namespace

bool is_emergency(const UriView& destination, const NumberPlan& plan) noexcept {
  return read_called(destination, plan).is_emergency();
}

Decision decide(const Call& call, const Snapshot& snapshot, UnixTime now) noexcept {
  const Peer& peer = snapshot.peers->peers()[call.peer];
  Decision decision;
  find_called(call, peer, decision);
  if (call.has_shaken_identity) decision.trail.add(Reason::identity_present);
  find_calling(call, peer, decision);
  const Facts facts = find_account(call, snapshot, now, decision);

  // Nothing is stated about this call, so it does not matter whether anything could be.
  if (call.has_shaken_identity && peer.existing_identity == ExistingIdentity::pass) {
    decision.verdict = Verdict::pass_existing;
    return decision;
  }
  if (decision.calling.empty() || !has_called(decision)) return decision;
  if (facts.account != nullptr && facts.account->suspended) return decision;

  const Attestation earned = level_of(facts, now, decision);
  const Attestation level = apply_caps(earned, facts, peer, decision.trail);
  if (!find_credential(facts, peer, *snapshot.credentials, now, decision)) return decision;
  decision.level = level;
  decision.verdict = Verdict::sign;
  return decision;
}

}  // namespace shaken302
