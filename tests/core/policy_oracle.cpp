// SPDX-License-Identifier: MIT
//
// What may be stated about a call, asked the other way round than the policy asks it: for each
// level from the top, is there anything that forbids it? Reads plain texts and lists only; numbers
// are compared as texts, days in seconds, and every search goes through the whole list.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

/// An account and all above it, nearest first.
using Line = std::vector<PlainAccount>;

Line line_of(const PlainWorld& world, std::string name) {
  Line line;
  while (!name.empty()) {
    for (const PlainAccount& account : world.accounts) {
      if (account.name != name) continue;
      line.push_back(account);
      name = account.parent;
      break;
    }
  }
  return line;
}

bool has(const Line& line, const std::string& name) {
  return std::any_of(line.begin(), line.end(), [&](const auto& one) { return one.name == name; });
}

bool is_out_of_service(const Line& line) {
  return std::any_of(line.begin(), line.end(),
                     [](const PlainAccount& one) { return one.suspended || one.removed; });
}

bool answers_to(const PlainWorld& world, const std::string& name) {
  return std::count_if(world.accounts.begin(), world.accounts.end(), [&](const PlainAccount& one) {
           return one.name == name && !one.removed;
         }) == 1;
}

bool begins_with(const PlainParty& party, const std::string& prefix) {
  return !party.short_number && !party.urn && !party.digits.empty() &&
         party.digits.compare(0, prefix.size(), prefix) == 0;
}

/// Of all rows that hold the number the one that holds the fewest others.
const PlainRow* row_of(const std::vector<PlainRow>& rows, const PlainParty& caller) {
  const PlainRow* best = nullptr;
  if (caller.short_number) return best;
  for (const PlainRow& row : rows) {
    const bool same_length = row.low.size() == caller.digits.size();
    if (!same_length || caller.digits < row.low || caller.digits > row.high) continue;
    const bool is_inside = best != nullptr && row.low >= best->low && row.high <= best->high;
    if (best == nullptr || is_inside) best = &row;
  }
  return best;
}

bool covers_moment(const PlainRow& row, std::int64_t seconds) {
  constexpr std::int64_t day = 86400;
  return seconds >= row.first_day * day && seconds < (row.last_day + 1) * day;
}

/// The first that is there; only behind a From that is no number is the next one asked.
PlainParty caller_of(const PlainWorld& world, const PlainCall& call) {
  PlainParty last;
  for (const char where : world.peers[call.peer].calling) {
    std::vector<PlainParty> parties;
    if (where == 'a') parties = {call.asserted, call.second_asserted};
    if (where == 'r') parties = {call.remote};
    if (where == 'f') parties = {call.from};
    std::erase_if(parties, [](const PlainParty& party) { return !party.there; });
    std::stable_partition(parties.begin(), parties.end(),
                          [](const PlainParty& party) { return party.tel; });
    if (parties.empty()) continue;
    last = parties.front();
    if (where != 'f' || !last.digits.empty()) break;
  }
  return last;
}

struct Speaker {
  std::string account;  ///< empty: nobody, or a name that means nobody
  bool by_number = false;
  bool by_uri = false;  ///< a parameter of From or a host: the caller's own words, most often
};

Speaker speaker_of(const PlainWorld& world, const PlainCall& call, const PlainRow* row) {
  const PlainPeer& peer = world.peers[call.peer];
  for (std::size_t i = 0; i < peer.asks.size(); ++i) {
    if (peer.asks[i] == 'f') return {peer.fixed};
    if (peer.asks[i] == 'n') {
      if (row != nullptr && covers_moment(*row, call.seconds)) return {row->owner, true};
    } else if (!call.said[i].empty()) {
      const bool by_uri = peer.asks[i] != 'h';
      return {answers_to(world, call.said[i]) ? call.said[i] : "", false, by_uri};
    }
  }
  return {};
}

/// What the first in the line who was judged at all was told.
char judgement_of(const Line& line, char PlainAccount::*review) {
  for (const PlainAccount& account : line) {
    if (account.*review == 'r' || account.*review == 'a') return account.*review;
  }
  return 'n';
}

std::vector<PlainKey> keys_of(const PlainPeer& peer, const Line& line) {
  if (line.empty()) return peer.keys;
  if (line.front().needs_own_key) return line.front().keys;
  for (const PlainAccount& account : line) {
    if (!account.keys.empty()) return account.keys;
  }
  return {};
}

bool can_sign(PlainKey key, std::int64_t seconds) {
  if (key == PlainKey::until_noon) return seconds < 0;
  if (key == PlainKey::after_noon) return seconds > 0;
  return key != PlainKey::quarantined;
}

/// The youngest of those that can.
std::optional<PlainKey> key_of(const PlainPeer& peer, const Line& line, std::int64_t seconds) {
  const std::vector<PlainKey> keys = keys_of(peer, line);
  for (const PlainKey young : {PlainKey::after_noon, PlainKey::good, PlainKey::until_noon,
                               PlainKey::at_most_b, PlainKey::at_most_c}) {
    const bool is_there = std::find(keys.begin(), keys.end(), young) != keys.end();
    if (is_there && can_sign(young, seconds)) return young;
  }
  return std::nullopt;
}

bool is_anonymous(const PlainCall& call) {
  return call.wants_privacy || call.hides_host || call.from.written == "anonymous";
}

bool is_about_caller(const PlainRule& rule, const PlainCall& call, const PlainParty& caller) {
  switch (rule.kind) {
    case 'a':
      return is_anonymous(call);
    case 'n':
      return caller.digits.empty() && !caller.impossible;
    case 's':
      return caller.short_number;
    case 'i':
      return caller.impossible;
    default:
      return begins_with(caller, rule.prefix);
  }
}

bool is_free_of_charge(const PlainParty& callee, const std::string& country) {
  const std::string& digits = callee.digits;
  if (begins_with(callee, "800")) return true;
  if (country == "44") return begins_with(callee, "44800");
  // 800, 822, 833, …, 888: eights with a pair behind them, but neither 811 nor 899.
  return begins_with(callee, "18") && digits[2] == digits[3] && digits[2] != '1' &&
         digits[2] != '9';
}

/// *67, #31#, as they are or escaped.
bool begins_with_star(const PlainParty& callee) {
  const std::string three = callee.written.substr(0, 3);
  return three.find_first_of("*#") == 0 || three == "%2A" || three == "%2a" || three == "%23";
}

bool is_call_for_help(const PlainCall& call) { return call.to.help || call.target.help; }

/// To alone asks for help: where the Request-URI decides and is somebody's number, that number's
/// rules hold.
bool is_judged_as_help(const PlainCall& call, const PlainPeer& peer) {
  if (call.target.help || !call.to.help) return call.target.help;
  return !peer.dest_is_target || !begins_with(call.target, "");
}

bool is_about_callee(const PlainRule& rule, const PlainCall& call, const PlainParty& callee,
                     const PlainPeer& peer) {
  const std::string& country = peer.country;
  if (is_judged_as_help(call, peer)) return rule.kind == 'e';
  switch (rule.kind) {
    case 'e':
      return false;
    case 't':
      return is_free_of_charge(callee, country);
    case 'i':
      return begins_with(callee, "") && !begins_with(callee, country);
    case 's':
      return callee.short_number && !begins_with_star(callee);
    case '*':
      return begins_with_star(callee);
    case 'n':
      return callee.digits.empty();
    default:
      return begins_with(callee, rule.prefix);
  }
}

/// The stricter of two outcomes.
char stricter(char one, char other) {
  const std::string from_mild_to_strict = "sbcux";
  return from_mild_to_strict[std::max(from_mild_to_strict.find(one),
                                      from_mild_to_strict.find(other))];
}

/// What the rule about the caller's number, the one about its being anonymous and the one about the
/// destination that come first say; callers that cannot be get C where no rule about such callers
/// says more.
char outcome_of(const PlainPeer& peer, const PlainCall& call, const PlainParty& caller,
                const PlainParty& callee) {
  const char by_default = caller.impossible ? 'c' : 's';
  char about_caller = by_default;
  char about_hiding = 's';
  char about_callee = 's';
  for (auto rule = peer.caller_rules.rbegin(); rule != peer.caller_rules.rend(); ++rule) {
    if (!is_about_caller(*rule, call, caller)) continue;
    if (rule->kind == 'a') {
      about_hiding = rule->outcome;
      continue;
    }
    about_caller = rule->kind == 'i' ? rule->outcome : stricter(rule->outcome, by_default);
  }
  for (auto rule = peer.called_rules.rbegin(); rule != peer.called_rules.rend(); ++rule) {
    if (is_about_callee(*rule, call, callee, peer)) about_callee = rule->outcome;
  }
  return stricter(stricter(about_caller, about_hiding), about_callee);
}

/// What is known about one call, so that every question can be asked on its own.
struct Case {
  const PlainWorld& world;
  const PlainCall& call;
  const PlainPeer& peer;
  PlainParty caller;
  PlainParty callee;
  Speaker speaker;
  Line line;
  char outcome;
};

bool was_rejected(const Line& line) {
  return judgement_of(line, &PlainAccount::profile) == 'r' ||
         judgement_of(line, &PlainAccount::trust) == 'r';
}

/// The one above or below it whose number it may use today, with all above that one; nobody where
/// it is its own. Who is out of service or was rejected lends nothing.
Line lender_of(const Case& one, const PlainParty& party) {
  const PlainRow* row = row_of(one.world.rows, party);
  if (row == nullptr || one.line.empty() || !covers_moment(*row, one.call.seconds)) return {};
  if (row->owner == one.speaker.account || !one.line.front().shares_numbers) return {};
  const Line owners = line_of(one.world, row->owner);
  const bool is_related = has(one.line, row->owner) || has(owners, one.speaker.account);
  const bool lends = is_related && !is_out_of_service(owners) && !was_rejected(owners);
  return lends ? owners : Line{};
}

bool has_number(const Case& one, const PlainParty& party) {
  const PlainRow* row = row_of(one.world.rows, party);
  const bool is_own =
      row != nullptr && covers_moment(*row, one.call.seconds) && row->owner == one.speaker.account;
  return is_own || !lender_of(one, party).empty();
}

/// Whom a callee may be shown as the caller.
std::vector<PlainParty> faces_of(const PlainCall& call, const PlainPeer& peer) {
  std::vector<PlainParty> faces{call.from, call.asserted, call.second_asserted};
  if (peer.calling.find('r') != std::string::npos) faces.push_back(call.remote);
  std::erase_if(faces, [](const PlainParty& party) { return !party.there; });
  return faces;
}

/// Seven digits or more, in whatever order: shown as a number, though it is none.
bool looks_like_a_number(const PlainParty& party) {
  return std::count_if(party.written.begin(), party.written.end(),
                       [](char c) { return std::string("0123456789").find(c) < 10; }) > 6;
}

/// A number that the caller calls itself beside the one that is signed, and that is not the
/// account's today, or that nobody can read: one of the two is not true.
bool has_a_second_face(const Case& one) {
  if (one.call.more_asserted) return true;
  for (const PlainParty& party : faces_of(one.call, one.peer)) {
    if (party.digits.empty() && looks_like_a_number(party)) return true;
    if (party.digits.empty() || party.digits == one.caller.digits) continue;
    if (!has_number(one, party) || !has_number(one, one.caller)) return true;
  }
  return false;
}

/// Two names are not compared, and a service is answered wherever its centre is.
bool was_sent_elsewhere(const PlainCall& call) {
  if (call.diverted) return true;
  if (!call.to.there || call.to.urn || call.target.urn) return false;
  return call.to.digits != call.target.digits;
}

/// Letters run the other way: 'A' < 'B', and A is the higher level.
bool is_above(char level, char ceiling) { return level < ceiling; }

/// What no word of anybody changes.
bool is_capped(char level, const Case& one) {
  if (one.line.empty() || one.caller.short_number) return true;
  if (is_out_of_service(one.line)) return true;
  if (one.speaker.by_number && !one.peer.screened) return true;
  if (one.speaker.by_uri && !one.peer.writes_uris) return true;
  if (is_above(level, one.peer.ceiling)) return true;
  if (was_sent_elsewhere(one.call) && is_above(level, one.peer.retargeted_ceiling)) return true;
  for (const Line& line : {one.line, lender_of(one, one.caller)}) {
    for (const PlainAccount& account : line) {
      if (is_above(level, account.ceiling)) return true;
    }
  }
  const auto key = key_of(one.peer, one.line, one.call.seconds);
  if (key == PlainKey::at_most_c || (key == PlainKey::at_most_b && level == 'A')) return true;
  if (one.outcome == 'c' || (one.outcome == 'b' && level == 'A')) return true;
  return level == 'A' && has_a_second_face(one);
}

bool is_earned(char level, const Case& one) {
  if (judgement_of(one.line, &PlainAccount::profile) != 'a') return false;
  if (judgement_of(one.line, &PlainAccount::trust) != 'a') return false;
  if (has_number(one, one.caller)) return true;
  return level == 'B' && std::none_of(one.line.begin(), one.line.end(),
                                      [](const auto& account) { return account.outside == 'C'; });
}

/// The level that the peer may ask for and does; a space where it does not.
char request_of(const Case& one) {
  std::string text = one.call.requested;
  std::erase(text, ' ');
  if (one.peer.right == 'n' || text.size() != 1) return ' ';
  for (const char level : {'A', 'B', 'C'}) {
    if (text[0] == level || text[0] == level + 32) return level;
  }
  return ' ';
}

bool is_allowed(char level, const Case& one) {
  if (is_capped(level, one)) return false;
  const char request = request_of(one);
  if (request == ' ') return is_earned(level, one);
  if (is_above(level, request)) return false;
  return (one.peer.right == 'a' && !was_rejected(one.line)) || is_earned(level, one);
}

bool shows_a_silent_number(const Case& one) {
  std::vector<PlainParty> shown = faces_of(one.call, one.peer);
  shown.push_back(one.caller);
  return std::any_of(shown.begin(), shown.end(), [&](const PlainParty& party) {
    const PlainRow* row = row_of(one.world.never_call, party);
    return row != nullptr && covers_moment(*row, one.call.seconds);
  });
}

char letter_for(const Case& one) {
  const bool is_help = is_call_for_help(one.call);
  const bool is_refused = one.outcome == 'x' || shows_a_silent_number(one);
  if (is_refused && !is_help) return 'X';
  const bool keeps_identity = one.call.has_identity && one.peer.passes_identities;
  if (keeps_identity && is_help) return 'P';
  if (is_refused || one.outcome == 'u') return '-';
  if (is_out_of_service(one.line) && !one.peer.signs_suspended) return '-';
  if (keeps_identity) return 'P';
  if (one.caller.digits.empty() || one.callee.digits.empty()) return '-';
  if (one.line.empty() && !one.peer.signs_unknown) return '-';
  if (!key_of(one.peer, one.line, one.call.seconds)) return '-';
  for (const char level : {'A', 'B'}) {
    if (is_allowed(level, one)) return level;
  }
  return 'C';
}

}  // namespace

PlainAnswer oracle(const PlainWorld& world, const PlainCall& call) {
  const PlainPeer& peer = world.peers[call.peer];
  const PlainParty caller = caller_of(world, call);
  const PlainParty& callee = peer.dest_is_target ? call.target : call.to;
  const Speaker speaker = speaker_of(world, call, row_of(world.rows, caller));
  const Case one{world,
                 call,
                 peer,
                 caller,
                 callee,
                 speaker,
                 line_of(world, speaker.account),
                 outcome_of(peer, call, caller, callee)};
  const bool is_ignored = peer.right == 'n' && !call.requested.empty();
  return {letter_for(one), caller.digits, callee.digits, speaker.account, is_ignored};
}

}  // namespace shaken302::test
