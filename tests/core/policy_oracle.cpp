// SPDX-License-Identifier: MIT
//
// What may be stated about a call, asked the other way round than the policy asks it: for each
// level from the top, is there anything that forbids it? Reads plain texts and lists only; numbers
// are compared as texts, days in seconds, and every search goes through the whole list.
#include <algorithm>
#include <optional>

#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

/// An account and all above it, nearest first.
using Family = std::vector<PlainAccount>;

Family family_of(const PlainWorld& world, std::string name) {
  Family family;
  while (!name.empty()) {
    for (const PlainAccount& account : world.accounts) {
      if (account.name != name) continue;
      family.push_back(account);
      name = account.parent;
      break;
    }
  }
  return family;
}

bool exists(const PlainWorld& world, const std::string& name) {
  return std::count_if(world.accounts.begin(), world.accounts.end(),
                       [&](const PlainAccount& account) { return account.name == name; }) == 1;
}

/// Of all rows that hold the number the one that holds the fewest others.
std::optional<PlainRow> row_of(const PlainWorld& world, const PlainParty& caller) {
  std::optional<PlainRow> best;
  if (caller.short_number) return best;
  for (const PlainRow& row : world.rows) {
    const bool same_length = row.low.size() == caller.digits.size();
    if (!same_length || caller.digits < row.low || caller.digits > row.high) continue;
    const bool is_inside = best && row.low >= best->low && row.high <= best->high;
    if (!best || is_inside) best = row;
  }
  return best;
}

bool covers_moment(const PlainRow& row, std::int64_t seconds) {
  constexpr std::int64_t day = 86400;
  return seconds >= row.first_day * day && seconds < (row.last_day + 1) * day;
}

PlainParty caller_of(const PlainWorld& world, const PlainCall& call) {
  for (const char where : world.peers[call.peer].calling) {
    std::vector<PlainParty> parties;
    if (where == 'a') parties = {call.asserted, call.second_asserted};
    if (where == 'r') parties = {call.remote};
    if (where == 'f') parties = {call.from};
    std::erase_if(parties, [](const PlainParty& party) { return !party.there; });
    std::stable_partition(parties.begin(), parties.end(),
                          [](const PlainParty& party) { return party.tel; });
    if (!parties.empty()) return parties.front();
  }
  return {};
}

struct Speaker {
  std::string account;  ///< empty: nobody, or a name that means nobody
  bool by_number = false;
  bool by_uri = false;  ///< a parameter of From or a host: the caller's own words, most often
};

Speaker speaker_of(const PlainWorld& world, const PlainCall& call,
                   const std::optional<PlainRow>& row) {
  const PlainPeer& peer = world.peers[call.peer];
  for (std::size_t i = 0; i < peer.asks.size(); ++i) {
    if (peer.asks[i] == 'f') return {peer.fixed};
    if (peer.asks[i] == 'n') {
      if (row && covers_moment(*row, call.seconds)) return {row->owner, true};
    } else if (!call.said[i].empty()) {
      const bool by_uri = peer.asks[i] != 'h';
      return {exists(world, call.said[i]) ? call.said[i] : "", false, by_uri};
    }
  }
  return {};
}

/// The first in the family who was judged at all.
bool was_approved(const Family& family, char PlainAccount::*review) {
  for (const PlainAccount& account : family) {
    if (account.*review == 'r') return false;
    if (account.*review == 'a') return true;
  }
  return false;
}

PlainKey key_of(const PlainPeer& peer, const Family& family) {
  if (family.empty()) return peer.key;
  for (const PlainAccount& account : family) {
    if (account.key != PlainKey::none) return account.key;
  }
  return PlainKey::none;
}

bool can_sign(PlainKey key, std::int64_t seconds) {
  return key == PlainKey::good || (key == PlainKey::until_noon && seconds < 0) ||
         (key == PlainKey::after_noon && seconds > 0);
}

/// Letters run the other way: 'A' < 'B', and A is the higher level.
bool is_above(char level, char ceiling) { return level < ceiling; }

/// A number that the caller calls itself beside the one that is signed, and that is not the
/// account's today: one of the two is not true.
bool has_a_second_face(const PlainWorld& world, const PlainCall& call, const PlainParty& caller,
                       const Speaker& speaker) {
  const auto is_held = [&](const PlainParty& party) {
    const auto row = row_of(world, party);
    return row && row->owner == speaker.account && covers_moment(*row, call.seconds);
  };
  for (const PlainParty& party : {call.from, call.asserted, call.second_asserted}) {
    if (!party.there || party.digits.empty() || party.digits == caller.digits) continue;
    if (!is_held(party) || !is_held(caller)) return true;
  }
  return false;
}

bool forbids(char level, const PlainWorld& world, const PlainCall& call, const PlainParty& caller,
             const std::optional<PlainRow>& row, const Speaker& speaker) {
  if (level == 'C') return false;
  const PlainPeer& peer = world.peers[call.peer];
  const Family family = family_of(world, speaker.account);
  if (family.empty() || caller.short_number) return true;
  if (speaker.by_number && !peer.screened) return true;
  if (speaker.by_uri && !peer.writes_uris) return true;
  if (is_above(level, peer.ceiling)) return true;
  for (const PlainAccount& account : family) {
    if (is_above(level, account.ceiling)) return true;
  }
  if (!was_approved(family, &PlainAccount::profile)) return true;
  if (!was_approved(family, &PlainAccount::trust)) return true;
  if (level == 'B') return false;
  if (has_a_second_face(world, call, caller, speaker)) return true;
  return !row || row->owner != speaker.account || !covers_moment(*row, call.seconds);
}

}  // namespace

char oracle(const PlainWorld& world, const PlainCall& call) {
  const PlainPeer& peer = world.peers[call.peer];
  if (call.has_identity && peer.passes_identities) return 'P';
  const PlainParty caller = caller_of(world, call);
  const PlainParty& callee = peer.dest_is_target ? call.target : call.to;
  if (caller.digits.empty() || callee.digits.empty()) return '-';

  const auto row = row_of(world, caller);
  const Speaker speaker = speaker_of(world, call, row);
  const Family family = family_of(world, speaker.account);
  if (std::any_of(family.begin(), family.end(), [](const auto& a) { return a.suspended; })) {
    return '-';
  }
  if (!can_sign(key_of(peer, family), call.seconds)) return '-';
  for (const char level : {'A', 'B'}) {
    if (!forbids(level, world, call, caller, row, speaker)) return level;
  }
  return 'C';
}

}  // namespace shaken302::test
