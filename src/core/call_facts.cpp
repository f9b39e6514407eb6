// SPDX-License-Identifier: MIT
//
// Who may be believed: a caller writes its URIs, so what they say about the account (its number, a
// parameter of From, the host of the Request-URI) earns C at most, unless the peer promises that it
// has screened the number or written that parameter or host itself. Wherever a caller could choose
// between two readings of its request, the first one counts and nothing falls back.
#include "call_facts.hpp"

#include <algorithm>
#include <array>

#include "called_party.hpp"

namespace shaken302 {
namespace {

bool is_present(const UriView& uri) noexcept { return uri.scheme != UriScheme::none; }

/// A service code of the switch, alone or in front of a number; escaped or not (RFC 3261 19.1.2).
bool begins_with_star(std::string_view user) noexcept {
  return user.starts_with('*') || user.starts_with('#') || equals_lower(user.substr(0, 3), "%2a") ||
         user.starts_with("%23");
}

/// Of two different destinations at least one is a number, or there would be nothing to compare. A
/// service and the number of its centre are the same destination.
bool are_different(const Call& call, const CalledParty& target, const CalledParty& to) noexcept {
  if (!target.urn.empty() || !to.urn.empty()) return false;
  if (target.number.empty() && to.number.empty()) return false;
  return is_present(call.to) && !(target.number == to.number);
}

/// Either URI makes an emergency call: between here and the callee both may have been rewritten,
/// and a call for help that is refused is worse than a redirect too many.
void find_called(const Call& call, const Peer& peer, NumbersOfCall& numbers, Decision& decision,
                 Facts& facts) noexcept {
  const CalledParty target = read_called(call.request_uri, numbers);
  const CalledParty to = read_called(call.to, numbers);
  if (target.is_emergency() || to.is_emergency()) {
    decision.emergency = true;
    decision.trail.add(Reason::emergency);
  }
  facts.help_in_to_only = !target.is_emergency() && !target.number.empty() &&
                          target.number.kind() == NumberKind::global && to.is_emergency();
  if (facts.help_in_to_only) decision.trail.add(Reason::emergency_in_to_only);
  const CalledParty& called = peer.called_source == CalledSource::to ? to : target;
  if (!called.urn.empty()) {
    decision.called = called.urn;
  } else if (!called.number.empty()) {
    decision.called = called.number;
  } else {
    decision.trail.add(Reason::called_not_a_number);
  }
  facts.called_is_star_code = begins_with_star(
      peer.called_source == CalledSource::to ? call.to.user : call.request_uri.user);
  facts.is_retargeted = call.has_been_diverted || are_different(call, target, to);
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

/// Fetches the row that the call will most likely be decided by, the one of the source at which
/// find_calling looks first: it comes from memory while all else is read.
void fetch_claim(const Call& call, const Peer& peer, const NumberTable& table,
                 NumbersOfCall& numbers) noexcept {
  for (const CallingSource source : peer.calling_sources) {
    const UriView& uri = uri_of(source, call);
    if (!is_present(uri)) continue;
    if (const auto number = numbers.read(uri)) table.prefetch(*number);
    return;
  }
}

/// The first source that is there decides, also when it holds no number: P-Asserted-Identity is
/// what the network says, and From what the caller says. Going on to From because the network's
/// word is not a number ("anonymous", a name) would let the caller choose the number that is
/// signed. The other way round it is harmless: where From comes first and is no number, the
/// network's word is asked.
void find_calling(const Call& call, const Peer& peer, NumbersOfCall& numbers, Decision& decision,
                  Facts& facts) noexcept {
  bool is_present_somewhere = false;
  for (const CallingSource source : peer.calling_sources) {
    const UriView& uri = uri_of(source, call);
    if (!is_present(uri)) continue;
    is_present_somewhere = true;
    const auto number = numbers.read(uri);
    decision.calling_source = source;
    facts.caller_is_impossible =
        number ? !is_possible(*number) : number.error() == NotANumber::length;
    if (number) decision.calling = *number;
    if (number || source != CallingSource::from) break;
  }
  if (!is_present_somewhere) {
    decision.trail.add(Reason::caller_absent);
  } else if (facts.caller_is_impossible) {
    decision.trail.add(Reason::caller_impossible);
  } else if (decision.calling.empty()) {
    decision.trail.add(Reason::caller_not_a_number);
  }
}

/// RFC 3323 4.1.1.3 and what is written in its manner.
bool calls_itself_anonymous(const UriView& from) noexcept {
  return equals_lower(from.host, "anonymous.invalid") || equals_lower(from.user, "anonymous");
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

bool is_of_uri(AccountSource::Kind kind) noexcept {
  return kind == AccountSource::Kind::parameter || kind == AccountSource::Kind::host;
}

/// Sources that are silent are skipped. A source that names an account which does not exist ends
/// the search: otherwise naming nonsense would be a way to another account further down the list.
void find_account(const Call& call, const Snapshot& snapshot, UnixTime now, Decision& decision,
                  Facts& facts) noexcept {
  const auto& sources = snapshot.peers->peers()[call.peer].account_sources;
  const auto& accounts = snapshot.accounts->accounts();
  for (std::uint32_t i = 0; i < std::min(sources.size(), account_sources_max); ++i) {
    const Named named = ask(sources[i], call.account_values[i], decision.claim, snapshot, now);
    if (!named.is_present) continue;
    decision.account_source = i;
    if (named.account >= accounts.size()) {
      decision.trail.add(Reason::account_unknown);
      return;
    }
    decision.account = named.account;
    decision.trail.add(reason_for(sources[i].kind));
    facts.account = &accounts[named.account];
    facts.account_by_number_alone = sources[i].kind == AccountSource::Kind::number;
    facts.account_by_uri = is_of_uri(sources[i].kind);
    if (facts.account->suspended) decision.trail.add(Reason::account_suspended);
    return;
  }
  decision.trail.add(Reason::account_absent);
}

bool is_held(const PhoneNumber& number, const Snapshot& snapshot, std::uint32_t account,
             UnixTime now) noexcept {
  const Holding holding =
      holding_of(snapshot.numbers->find(number), account, *snapshot.accounts, now);
  return holding == Holding::own || holding == Holding::family;
}

/// What a callee may be shown beside the number that is signed: From, every P-Asserted-Identity,
/// and Remote-Party-ID where the peer reads it.
struct ShownNumbers {
  std::array<PhoneNumber, 4> numbers;
  std::size_t size = 0;
  bool is_unreadable = false;  ///< something that looks like a number, and nobody knows which
};

/// A text with so many digits is no name: "+1800829104000000" is shown to a callee as a number.
bool looks_like_number(std::string_view user) noexcept {
  constexpr std::ptrdiff_t digits_min = 7;
  return std::count_if(user.begin(), user.end(), [](char c) { return c >= '0' && c <= '9'; }) >=
         digits_min;
}

ShownNumbers shown_numbers(const Call& call, const Peer& peer, NumbersOfCall& numbers) noexcept {
  const bool reads_party = std::find(peer.calling_sources.begin(), peer.calling_sources.end(),
                                     CallingSource::remote_party_id) != peer.calling_sources.end();
  const UriView none;
  ShownNumbers shown;
  shown.is_unreadable = call.has_more_identities;
  for (const UriView* uri : {&call.from, &call.asserted_identities[0], &call.asserted_identities[1],
                             reads_party ? &call.remote_party_id : &none}) {
    if (const auto number = numbers.read(*uri)) {
      shown.numbers[shown.size++] = *number;
    } else {
      shown.is_unreadable = shown.is_unreadable || looks_like_number(uri->user);
    }
  }
  return shown;
}

/// Whoever shows a number that must never call is refused, whatever it signs with.
std::optional<NumberClaim> find_never_call(const ShownNumbers& shown, const PhoneNumber& calling,
                                           const Snapshot& snapshot, UnixTime now) noexcept {
  const NumberTable* const table = snapshot.never_calls.get();
  if (table == nullptr || table->size() == 0) return std::nullopt;
  const auto listed = [&](const PhoneNumber& number) -> std::optional<NumberClaim> {
    if (number.empty()) return std::nullopt;
    auto row = table->find(number);
    return row && row->is_valid_at(now) ? row : std::nullopt;
  };
  auto row = listed(calling);
  for (std::size_t i = 0; !row && i < shown.size; ++i) row = listed(shown.numbers[i]);
  return row;
}

void compare_identities(const ShownNumbers& shown, const Snapshot& snapshot, UnixTime now,
                        Decision& decision, Facts& facts) noexcept {
  bool all_are_accounts = facts.account != nullptr && !shown.is_unreadable;
  facts.identities_differ = shown.is_unreadable;
  for (std::size_t i = 0; i < shown.size; ++i) {
    const PhoneNumber& number = shown.numbers[i];
    if (number == decision.calling) continue;
    facts.identities_differ = true;
    all_are_accounts = all_are_accounts && is_held(number, snapshot, decision.account, now);
  }
  if (!facts.identities_differ) return;
  facts.identities_are_accounts =
      all_are_accounts && is_held(decision.calling, snapshot, decision.account, now);
  if (facts.identities_are_accounts) decision.trail.add(Reason::identities_same_account);
}

}  // namespace

Facts find_facts(const Call& call, const Snapshot& snapshot, UnixTime now,
                 Decision& decision) noexcept {
  const Peer& peer = snapshot.peers->peers()[call.peer];
  Facts facts;
  NumbersOfCall numbers(peer.plan);
  fetch_claim(call, peer, *snapshot.numbers, numbers);
  find_called(call, peer, numbers, decision, facts);
  if (call.has_shaken_identity) decision.trail.add(Reason::identity_present);
  find_calling(call, peer, numbers, decision, facts);
  facts.caller_is_anonymous = call.asks_for_privacy || calls_itself_anonymous(call.from);
  if (facts.caller_is_anonymous) decision.trail.add(Reason::caller_anonymous);
  const ShownNumbers shown = shown_numbers(call, peer, numbers);
  decision.never_call = find_never_call(shown, decision.calling, snapshot, now);
  facts.caller_never_calls = decision.never_call.has_value();
  if (facts.caller_never_calls) decision.trail.add(Reason::caller_never_calls);
  decision.claim = snapshot.numbers->find(decision.calling);
  find_account(call, snapshot, now, decision, facts);
  if (facts.account != nullptr &&
      holding_of(decision.claim, decision.account, *snapshot.accounts, now) == Holding::family) {
    facts.lender = &snapshot.accounts->accounts()[decision.claim->account];
  }
  compare_identities(shown, snapshot, now, decision, facts);
  if (facts.is_retargeted) decision.trail.add(Reason::retargeted);
  return facts;
}

Holding holding_of(const std::optional<NumberClaim>& claim, std::uint32_t account,
                   const AccountTable& accounts, UnixTime now) noexcept {
  if (!claim) return Holding::nobodys;
  const bool is_own = claim->account == account;
  // A number of an account that may not call, or was found not to be who it says, is no help to its
  // family.
  const auto may_share = [](const Account& holder) {
    return !holder.suspended && !holder.rejected;
  };
  const bool is_familys = !is_own && accounts.accounts()[account].family_numbers &&
                          accounts.is_family(account, claim->account) &&
                          may_share(accounts.accounts()[claim->account]);
  if (!is_own && !is_familys) return Holding::somebody_elses;
  if (!claim->is_valid_at(now)) return Holding::not_now;
  return is_own ? Holding::own : Holding::family;
}

bool has_called(const Decision& decision) noexcept {
  const auto* number = std::get_if<PhoneNumber>(&decision.called);
  return number == nullptr || !number->empty();
}

}  // namespace shaken302
