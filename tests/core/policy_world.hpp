// SPDX-License-Identifier: MIT
//
// A directory and calls in the plainest form: texts, flags and lists. The generator draws them, the
// oracle judges them, and only `to_snapshot` and `to_call` know what the policy wants to be given.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "shaken302/authentication_service.hpp"

namespace shaken302::test {

/// Which credential of the scene (policy_scene.hpp), in the order of its table.
enum class PlainKey { good, quarantined, until_noon, after_noon, at_most_b, at_most_c };

struct PlainAccount {
  std::string name;
  std::string parent;
  bool suspended = false;
  bool removed = false;  ///< its name means nobody; it may not call
  char profile = 'n';    ///< none, pending, approved, rejected
  char trust = 'n';
  char ceiling = 'A';
  char outside = 'B';           ///< level of callers that are not its numbers
  bool shares_numbers = false;  ///< those of the accounts above and below it are as good as its own
  bool needs_own_key = false;
  std::vector<PlainKey> keys;
};

/// Numbers low..high, both as digits; days are counted from the scene's noon, both inclusive.
struct PlainRow {
  std::string low, high;
  std::string owner;  ///< none where the row is one of numbers that must never call
  int first_day = -1000;
  int last_day = 1000;
};

/// What becomes of a kind of call: s(igned), b, c (that level at most), u(nsigned), x (blocked).
struct PlainRule {
  char kind;  ///< callers: a(nonymous), n(o number), s(hort), i(mpossible), p(refix); destinations:
              ///< e(mergency), t(oll-free), i(nternational), s(hort), * (or #), n(o number),
              ///< p(refix)
  std::string prefix;
  char outcome;
};

struct PlainPeer {
  std::string country = "1";
  std::string asks;   ///< who names the account, in order: h, p, o(host), f(ixed), n(umber)
  std::string fixed;  ///< the account of f
  std::string
      calling;  ///< where the calling number is, in order: a(sserted), r(emote party), f(rom)
  bool dest_is_target = false;
  bool screened = false;
  bool writes_uris = false;  ///< the peer, not the caller, writes what p and o read
  bool passes_identities = false;
  char ceiling = 'A';
  char retargeted_ceiling = 'A';
  char right = 'n';  ///< to ask for a level: n(one), l(ower), a(ny)
  bool signs_suspended = false;
  bool signs_unknown = true;
  std::vector<PlainRule> caller_rules, called_rules;
  std::vector<PlainKey> keys;
};

struct PlainWorld {
  std::vector<PlainAccount> accounts;
  std::vector<PlainRow> rows;
  std::vector<PlainRow> never_call;
  std::vector<PlainPeer> peers;
};

/// A party of a call: as written, and what a person would say it is. No digits: not a number.
struct PlainParty {
  bool there = false;
  bool tel = false;
  bool urn = false;  ///< an emergency service, by its name
  bool short_number = false;
  bool help = false;        ///< an emergency number or service
  bool impossible = false;  ///< no number can be so, or none has so many digits
  std::string written;
  std::string digits;  ///< of a service its canonical name
};

struct PlainCall {
  std::size_t peer = 0;
  PlainParty asserted, second_asserted, remote, from, to, target;
  bool more_asserted = false;     ///< and further P-Asserted-Identity values
  std::vector<std::string> said;  ///< by each of the peer's sources; empty: silent
  std::string requested;          ///< a level, or what is none
  bool has_identity = false;
  bool wants_privacy = false;
  bool hides_host = false;  ///< From is at anonymous.invalid
  bool diverted = false;
  std::int64_t seconds = 0;  ///< after noon
};

PlainWorld draw_world(std::mt19937_64& random);
PlainCall draw_call(const PlainWorld& world, std::mt19937_64& random);

Snapshot to_snapshot(const PlainWorld& world);
/// Views into `call`.
Call to_call(const PlainCall& call);
UnixTime moment_of(const PlainCall& call);

/// What is to become of a call, and whose word that is about whom.
struct PlainAnswer {
  /// The highest level that may be stated: A, B or C; '-' when nothing may be signed; 'P' when the
  /// Identity that is there is passed on; 'X' when the call is blocked.
  char letter = '-';
  std::string caller, callee;    ///< canonical; empty: not a number
  std::string account;           ///< empty: nobody's
  bool request_ignored = false;  ///< the peer asked for a level and may not
};

/// Shares no code with the policy.
PlainAnswer oracle(const PlainWorld& world, const PlainCall& call);

/// The policy's verdict in the oracle's letters.
char letter_of(const Decision& decision);

/// What comparing many calls with the oracle found.
struct PropertyReport {
  std::size_t draws = 0;
  std::size_t a = 0, b = 0, c = 0, not_signed = 0, passed = 0, blocked = 0;  ///< by the oracle
  std::size_t above = 0;          ///< a level higher than the oracle's, or one where it has none
  std::size_t different = 0;      ///< any other answer than the oracle's; `above` included
  std::size_t ignored = 0;        ///< requests of peers that may not ask, by the oracle
  std::size_t longest_trail = 0;  ///< reasons
  std::string first_above;
  std::string first_different;
};
/// Whether to go on behind the first call about which policy and oracle differ.
enum class Until { all_are_drawn, first_difference };
PropertyReport compare_with_oracle(std::size_t worlds, std::size_t calls_each,
                                   Until until = Until::all_are_drawn);
std::string summary_of(const PropertyReport& report);

}  // namespace shaken302::test
