// SPDX-License-Identifier: MIT
//
// Draws worlds and calls. The weights are chosen so that each level is the right one for at least a
// fifth of all calls; within that, everything that the policy looks at varies. Draws use the
// generator's own numbers, not the library's distributions, so that a seed means the same
// everywhere.
#include <algorithm>
#include <array>
#include <string_view>

#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t n) { return static_cast<std::size_t>(random() % n); }
bool chance(Random& random, unsigned percent) { return random() % 100 < percent; }

template <class List>
const auto& one_of(const List& list, Random& random) {
  return list[below(random, list.size())];
}

char draw_ceiling(Random& random) {
  return chance(random, 94) ? 'A' : chance(random, 70) ? 'B' : 'C';
}

char draw_review(Random& random) {
  static constexpr std::string_view others = "npr";
  return chance(random, 90) ? 'a' : one_of(others, random);
}

PlainKey draw_key(Random& random) {
  static constexpr std::array others{PlainKey::quarantined, PlainKey::until_noon,
                                     PlainKey::after_noon, PlainKey::at_most_b,
                                     PlainKey::at_most_c};
  return chance(random, 92) ? PlainKey::good : one_of(others, random);
}

/// One, mostly; none, or up to four different ones in any order.
std::vector<PlainKey> draw_keys(Random& random) {
  if (chance(random, 2)) return {};
  if (chance(random, 92)) return {draw_key(random)};
  std::vector<PlainKey> keys{PlainKey::good,       PlainKey::quarantined, PlainKey::until_noon,
                             PlainKey::after_noon, PlainKey::at_most_b,   PlainKey::at_most_c};
  std::shuffle(keys.begin(), keys.end(), random);
  keys.resize(2 + below(random, 3));
  return keys;
}

std::vector<PlainAccount> draw_accounts(Random& random) {
  std::vector<PlainAccount> accounts;
  const std::size_t count = 8 + below(random, 12);
  for (std::size_t i = 0; i < count; ++i) {
    PlainAccount account;
    account.name = "account-" + std::to_string(i);
    const bool is_child = i > 0 && chance(random, 60);
    if (is_child) account.parent = one_of(accounts, random).name;
    account.suspended = chance(random, 2);
    account.removed = chance(random, 1);
    account.outside = chance(random, 8) ? 'C' : 'B';
    account.shares_numbers = chance(random, 40);
    account.needs_own_key = chance(random, 8);
    account.profile = is_child && chance(random, 50) ? 'n' : draw_review(random);
    account.trust = is_child && chance(random, 50) ? 'p' : draw_review(random);
    account.ceiling = draw_ceiling(random);
    if (!is_child || !chance(random, 60)) account.keys = draw_keys(random);
    accounts.push_back(account);
  }
  return accounts;
}

void draw_days(PlainRow& row, Random& random) {
  if (chance(random, 85)) return;
  row.first_day = static_cast<int>(below(random, 4)) - 2;
  row.last_day = row.first_day + static_cast<int>(below(random, 3));
}

// Blocks of a thousand numbers, 1212555b000 to b999 and 44207183b000 to b999.
constexpr std::array<std::string_view, 2> block_stems{"1212555", "44207183"};
constexpr std::array<std::string_view, 5> last_two_digits{"00", "01", "42", "98", "99"};

std::string draw_digit(Random& random) { return std::to_string(below(random, 10)); }

/// Blocks, hundreds in them, single numbers in those: rows nest up to three deep, and ends
/// coincide.
std::vector<PlainRow> draw_rows(const std::vector<PlainAccount>& accounts, Random& random) {
  std::vector<PlainRow> rows;
  const auto add = [&](const std::string& stem, std::string_view low, std::string_view high) {
    PlainRow row{stem + std::string(low), stem + std::string(high), one_of(accounts, random).name};
    draw_days(row, random);
    rows.push_back(row);
  };
  for (const std::string_view country : block_stems) {
    for (char block = '0'; block < '5'; ++block) {
      const std::string stem = std::string(country) + block;
      if (chance(random, 60)) add(stem, "000", "999");
      for (char hundred = '0'; hundred <= '9'; ++hundred) {
        if (chance(random, 25)) add(stem + hundred, "00", "99");
        for (const std::string_view last : last_two_digits) {
          if (chance(random, 15)) add(stem + hundred, last, last);
        }
      }
    }
  }
  return rows;
}

/// Numbers that must never call: some single ones, a hundred at a time, today or not.
std::vector<PlainRow> draw_never_call(Random& random) {
  std::vector<PlainRow> rows;
  for (std::size_t i = 0; i < 10; ++i) {
    const std::string stem =
        std::string(block_stems[i % 2]) + std::to_string(i / 2) + draw_digit(random);
    const bool is_single = chance(random, 70);
    PlainRow row{stem + (is_single ? "42" : "00"), stem + (is_single ? "42" : "99"), {}};
    draw_days(row, random);
    rows.push_back(row);
  }
  return rows;
}

std::vector<PlainRule> draw_rules(std::string_view kinds,
                                  const std::array<std::string_view, 4>& prefixes, Random& random) {
  static constexpr std::string_view outcomes = "ssssbbcux";
  std::vector<PlainRule> rules;
  for (std::size_t left = chance(random, 50) ? below(random, 5) : 0; left > 0; --left) {
    const char kind = one_of(kinds, random);
    const bool has_prefix = kind == 'p';
    rules.push_back({kind, has_prefix ? std::string(one_of(prefixes, random)) : std::string(),
                     one_of(outcomes, random)});
  }
  return rules;
}

void draw_permissions(PlainPeer& peer, Random& random) {
  static constexpr std::string_view rights = "nnlaa";
  static constexpr std::array<std::string_view, 4> callers{"12125550", "442071831", "121255522",
                                                           "12"};
  static constexpr std::array<std::string_view, 4> called{"1900", "4420", "18", "14155550112"};
  peer.country = chance(random, 15) ? "44" : "1";
  peer.ceiling = draw_ceiling(random);
  peer.retargeted_ceiling = chance(random, 72) ? 'A' : chance(random, 70) ? 'B' : 'C';
  peer.right = one_of(rights, random);
  peer.signs_suspended = chance(random, 40);
  peer.signs_unknown = chance(random, 85);
  peer.caller_rules = draw_rules("ansip", callers, random);
  peer.called_rules = draw_rules("etis*np", called, random);
}

std::vector<PlainPeer> draw_peers(const std::vector<PlainAccount>& accounts, Random& random) {
  static constexpr std::array<std::string_view, 10> asks{"h",  "hn", "n",  "pn",  "ohn",
                                                         "hf", "f",  "hp", "nhf", "hpohpohpn"};
  static constexpr std::array<std::string_view, 7> callings{"af", "f",  "raf", "arf",
                                                            "a",  "fa", "fra"};
  std::vector<PlainPeer> peers;
  for (int i = 0; i < 8; ++i) {
    PlainPeer peer;
    peer.asks = one_of(asks, random);
    peer.asks.resize(std::min(peer.asks.size(), account_sources_max));
    peer.fixed = one_of(accounts, random).name;
    peer.calling = one_of(callings, random);
    peer.dest_is_target = chance(random, 30);
    peer.screened = chance(random, 85);
    peer.writes_uris = chance(random, 85);
    peer.passes_identities = chance(random, 20);
    draw_permissions(peer, random);
    peer.keys = draw_keys(random);
    peers.push_back(peer);
  }
  return peers;
}

std::string draw_number_in(const PlainRow& row, Random& random) {
  switch (below(random, 3)) {
    case 0:
      return row.low;
    case 1:
      return row.high;
    default:
      break;
  }
  std::string digits = row.low;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (row.low[i] != row.high[i]) digits[i] = draw_digit(random)[0];
  }
  return digits;
}

std::string draw_number_anywhere(Random& random) {
  std::string digits(one_of(block_stems, random));
  digits += draw_digit(random);
  digits += draw_digit(random);
  digits += one_of(last_two_digits, random);
  return digits;
}

/// One of the ways in which peers in North America write the number; elsewhere they write a plus.
std::string write_number(const std::string& digits, bool with_plus, Random& random) {
  const bool is_north_american = digits.front() == '1';
  switch (below(random, with_plus ? 3 : 7)) {
    case 0:
      return "+" + digits;
    case 1:
      return "+" + digits.substr(0, 4) + "-" + digits.substr(4, 3) + "." + digits.substr(7);
    case 2:
      return "+" + digits + ";npdi;rn=+13035550000";
    case 3:
      return "%2B" + digits;
    case 4:
      return is_north_american ? digits : "011" + digits;
    case 5:
      return is_north_american ? digits.substr(1) : "+" + digits;
    default:
      break;
  }
  return is_north_american ? "(" + digits.substr(1, 3) + ")" + digits.substr(4) : "011" + digits;
}

PlainParty party_of(const std::string& digits, const PlainPeer& peer, Random& random) {
  PlainParty party;
  party.there = true;
  party.tel = chance(random, 25);
  party.digits = digits;
  party.written = write_number(digits, party.tel || peer.country != "1", random);
  return party;
}

PlainParty draw_short_party(Random& random) {
  static constexpr std::array<std::string_view, 4> short_numbers{"611", "911", "112", "72345"};
  PlainParty party;
  party.there = party.short_number = true;
  party.written = party.digits = one_of(short_numbers, random);
  party.help = party.digits == "911" || party.digits == "112";
  return party;
}

/// Area codes 012 and 211, a country code of nobody's; and what no number is as long as.
PlainParty draw_impossible_party(Random& random) {
  static constexpr std::array<std::string_view, 3> numbers{"10125550123", "12115550123",
                                                           "2101234567"};
  static constexpr std::array<std::string_view, 3> lengths{"+121255501", "+4402071838750",
                                                           "1234567890123456"};
  PlainParty party;
  party.there = party.impossible = true;
  if (chance(random, 60)) {
    party.digits = one_of(numbers, random);
    party.written = "+" + party.digits;
  } else {
    party.written = one_of(lengths, random);
  }
  return party;
}

PlainParty draw_odd_party(Random& random) {
  static constexpr std::array<std::string_view, 7> names{
      "anonymous", "alice", "", "+", "1212%zz", "desk-123456", "desk-1234567"};
  if (chance(random, 40)) return draw_short_party(random);
  if (chance(random, 50)) return draw_impossible_party(random);
  PlainParty party;
  party.there = true;
  party.written = one_of(names, random);
  return party;
}

PlainParty draw_party(const std::string& digits, unsigned percent_there, const PlainPeer& peer,
                      Random& random) {
  if (!chance(random, percent_there)) return {};
  if (chance(random, 5)) return draw_odd_party(random);
  return party_of(chance(random, 95) ? digits : draw_number_anywhere(random), peer, random);
}

std::string draw_destination(Random& random) {
  static constexpr std::array<std::string_view, 8> others{
      "14155550112",  "18005550199",  "18775550123", "18105550123",
      "442071838750", "448001234567", "80012345678", "19005550100"};
  return chance(random, 70) ? "14155550111" : std::string(one_of(others, random));
}

PlainParty draw_star_code(Random& random) {
  static constexpr std::array<std::string_view, 3> short_ones{"*67", "%2a67", "%2331"};
  static constexpr std::array<std::string_view, 2> long_ones{"*6714155550111", "#31%2314155550111"};
  PlainParty party;
  party.there = true;
  party.short_number = chance(random, 60);
  party.written = party.short_number ? one_of(short_ones, random) : one_of(long_ones, random);
  if (party.short_number) party.digits = party.written == "%2331" ? "#31" : "*67";
  return party;
}

/// A service code in front of an emergency number.
PlainParty draw_help_behind_code(Random& random) {
  static constexpr std::array<std::string_view, 4> codes{"*67", "*82", "#31#", "%2A67"};
  PlainParty party;
  party.there = party.short_number = party.help = true;
  party.tel = chance(random, 30);
  party.digits = chance(random, 50) ? "911" : "112";
  party.written = std::string(one_of(codes, random)) + party.digits;
  return party;
}

PlainParty draw_service(Random& random) {
  static constexpr std::array<std::string_view, 3> police{"service:sos.police", "sos.Police",
                                                          "%73os%2epolice"};
  static constexpr std::array<std::string_view, 3> any{"service:sos", "sos", "%73o%53"};
  PlainParty party;
  party.there = party.urn = party.help = true;
  const bool is_police = chance(random, 50);
  party.written = one_of(is_police ? police : any, random);
  party.digits = is_police ? "urn:service:sos.police" : "urn:service:sos";
  return party;
}

PlainParty draw_callee(const std::string& digits, const PlainPeer& peer, Random& random) {
  if (chance(random, 2)) return draw_star_code(random);
  if (chance(random, 1)) return draw_help_behind_code(random);
  if (chance(random, 2)) return draw_service(random);
  return draw_party(digits, 99, peer, random);
}

std::string draw_said(char asked, const PlainWorld& world, const std::string& owner,
                      Random& random) {
  if (asked == 'f' || asked == 'n' || chance(random, 10)) return {};
  if (chance(random, 4)) return chance(random, 50) ? "nobody" : owner + "x";
  return chance(random, 82) ? owner : one_of(world.accounts, random).name;
}

/// What stands in a request beside the parties.
void draw_marks(PlainCall& call, Random& random) {
  static constexpr std::array<std::string_view, 10> requests{"A", "A", "A",   "B", "B",
                                                             "C", "b", " c ", "D", "AB"};
  if (chance(random, 35)) call.requested = one_of(requests, random);
  call.has_identity = chance(random, 10);
  call.wants_privacy = chance(random, 4);
  call.hides_host = call.from.there && chance(random, 3);
  call.diverted = chance(random, 4);
  call.more_asserted = call.asserted.there && call.second_asserted.there && chance(random, 10);
}

}  // namespace

PlainWorld draw_world(Random& random) {
  PlainWorld world;
  world.accounts = draw_accounts(random);
  world.rows = draw_rows(world.accounts, random);
  world.never_call = draw_never_call(random);
  world.peers = draw_peers(world.accounts, random);
  return world;
}

PlainCall draw_call(const PlainWorld& world, Random& random) {
  PlainCall call;
  call.peer = below(random, world.peers.size());
  const PlainRow& row = one_of(world.rows, random);
  const std::string number =
      chance(random, 92) ? draw_number_in(row, random) : draw_number_anywhere(random);
  const PlainPeer& peer = world.peers[call.peer];
  call.asserted = draw_party(number, 60, peer, random);
  call.second_asserted = draw_party(number, 20, peer, random);
  call.remote = draw_party(number, 30, peer, random);
  call.from = draw_party(number, 98, peer, random);
  const std::string destination = draw_destination(random);
  call.to = draw_callee(destination, peer, random);
  call.target =
      draw_callee(chance(random, 90) ? destination : draw_destination(random), peer, random);
  draw_marks(call, random);
  for (const char asked : peer.asks) {
    call.said.push_back(draw_said(asked, world, row.owner, random));
  }
  // Two days, both ends of every credential's life included.
  call.seconds = chance(random, 5) ? static_cast<std::int64_t>(below(random, 3)) * 86400 - 86400
                                   : static_cast<std::int64_t>(below(random, 172801)) - 86400;
  return call;
}

}  // namespace shaken302::test
