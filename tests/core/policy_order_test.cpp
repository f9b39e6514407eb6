// SPDX-License-Identifier: MIT
//
// The order of the rows of a directory decides nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/policy_scene.hpp"
#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

using Random = std::mt19937_64;

/// Every order is as likely, on every machine (std::shuffle's is the library's own).
template <class List>
void mix(List& list, Random& random) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random() % i]);
}

/// A world with its rows in another order, and where each of its peers has gone.
struct Mixed {
  PlainWorld world;
  std::vector<std::size_t> place_of_peer;
};

Mixed mix_world(const PlainWorld& world, Random& random) {
  Mixed mixed{world, std::vector<std::size_t>(world.peers.size())};
  mix(mixed.world.accounts, random);
  mix(mixed.world.rows, random);
  mix(mixed.world.never_call, random);
  std::vector<std::size_t> order(world.peers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  mix(order, random);
  for (std::size_t place = 0; place < order.size(); ++place) {
    mixed.world.peers[place] = world.peers[order[place]];
    mixed.place_of_peer[order[place]] = place;
  }
  return mixed;
}

/// All of a decision that does not count positions.
std::string text_of(const Decision& decision, const Snapshot& snapshot) {
  std::string text(to_text(decision.verdict));
  text += ' ';
  text += to_char(decision.level);
  text.append(" ").append(decision.calling.digits());
  text.append(" ").append(to_string(decision.called));
  if (decision.account != no_index) {
    text.append(" ").append(snapshot.accounts->accounts()[decision.account].id);
  }
  if (decision.claim) text += " row from " + std::to_string(decision.claim->first);
  text += " credential " + std::to_string(decision.credential);
  text +=
      " rules " + std::to_string(decision.caller_rule) + " " + std::to_string(decision.called_rule);
  for (const Reason reason : decision.trail.reasons()) text.append(" ").append(to_text(reason));
  return text;
}

TEST_CASE("policy_order: peers, accounts and rows in another order give the same decisions") {
  std::size_t is_signed = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Random random(9000 + seed);
    const PlainWorld world = draw_world(random);
    const Mixed mixed = mix_world(world, random);
    const Snapshot snapshot = to_snapshot(world);
    const Snapshot other = to_snapshot(mixed.world);
    for (int draw = 0; draw < 300; ++draw) {
      PlainCall call = draw_call(world, random);
      const Decision decision = decide(to_call(call), snapshot, moment_of(call));
      call.peer = mixed.place_of_peer[call.peer];
      const Decision same = decide(to_call(call), other, moment_of(call));
      is_signed += decision.verdict == Verdict::sign ? 1 : 0;
      const std::string expected = text_of(decision, snapshot);
      if (text_of(same, other) != expected) {
        FAIL_CHECK("seed " << seed << ", draw " << draw << ": " << expected << " became "
                           << text_of(same, other));
      }
    }
  }
  CHECK(is_signed > 9000);
}

}  // namespace
}  // namespace shaken302::test
