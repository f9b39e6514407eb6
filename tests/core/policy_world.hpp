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

/// Which credential of the scene (policy_scene.hpp), in the order of its table; or none.
enum class PlainKey { good, quarantined, until_noon, after_noon, none };

struct PlainAccount {
  std::string name;
  std::string parent;
  bool suspended = false;
  char profile = 'n';  ///< none, pending, approved, rejected
  char trust = 'n';
  char ceiling = 'A';
  PlainKey key = PlainKey::none;
};

/// Numbers low..high, both as digits; days are counted from the scene's noon, both inclusive.
struct PlainRow {
  std::string low, high;
  std::string owner;
  int first_day = -1000;
  int last_day = 1000;
};

struct PlainPeer {
  std::string asks;   ///< who names the account, in order: h, p, o(host), f(ixed), n(umber)
  std::string fixed;  ///< the account of f
  std::string
      calling;  ///< where the calling number is, in order: a(sserted), r(emote party), f(rom)
  bool dest_is_target = false;
  bool screened = false;
  bool writes_uris = false;  ///< the peer, not the caller, writes what p and o read
  bool passes_identities = false;
  char ceiling = 'A';
  PlainKey key = PlainKey::none;
};

struct PlainWorld {
  std::vector<PlainAccount> accounts;
  std::vector<PlainRow> rows;
  std::vector<PlainPeer> peers;
};

/// A party of a call: as written, and what a person would say it is. No digits: not a number.
struct PlainParty {
  bool there = false;
  bool tel = false;
  bool short_number = false;
  std::string written;
  std::string digits;
};

struct PlainCall {
  std::size_t peer = 0;
  PlainParty asserted, second_asserted, remote, from, to, target;
  std::vector<std::string> said;  ///< by each of the peer's sources; empty: silent
  bool has_identity = false;
  std::int64_t seconds = 0;  ///< after noon
};

PlainWorld draw_world(std::mt19937_64& random);
PlainCall draw_call(const PlainWorld& world, std::mt19937_64& random);

Snapshot to_snapshot(const PlainWorld& world);
/// Views into `call`.
Call to_call(const PlainCall& call);

/// The highest level that may be stated: A, B or C; '-' when nothing may be signed; 'P' when the
/// Identity that is there is passed on. Shares no code with the policy.
char oracle(const PlainWorld& world, const PlainCall& call);

/// What comparing many calls with the oracle found.
struct PropertyReport {
  std::size_t draws = 0;
  std::size_t a = 0, b = 0, c = 0, not_signed = 0, passed = 0;  ///< by the oracle
  std::size_t above = 0;      ///< a level higher than the oracle's, or one where it has none
  std::size_t different = 0;  ///< any other answer than the oracle's; `above` included
  std::string first_above;
  std::string first_different;
};
PropertyReport compare_with_oracle(std::size_t worlds, std::size_t calls_each);

}  // namespace shaken302::test
