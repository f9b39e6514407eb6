// SPDX-License-Identifier: MIT
//
// Every combination of reviews, states and assignments of one account and the one above it: the
// policy against the oracle, none left out.
#include <doctest/doctest.h>

#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

constexpr std::string_view reviews = "npar";
constexpr std::string_view number = "12125550123";

/// Whose the calling number is; where another one of the family has it, with or without permission.
enum class Assigned {
  own,
  own_until_yesterday,
  parents,
  parents_without_permission,
  parents_until_yesterday,
  childs,
  childs_without_permission,
  childs_of_suspended,
  others,
  nobodys,
};
constexpr int assigned_count = static_cast<int>(Assigned::nobodys) + 1;

bool is_parents(Assigned assigned) {
  return assigned == Assigned::parents || assigned == Assigned::parents_without_permission ||
         assigned == Assigned::parents_until_yesterday;
}

std::string owner_for(Assigned assigned) {
  if (assigned == Assigned::others) return "other";
  if (assigned == Assigned::own || assigned == Assigned::own_until_yesterday) return "own";
  return is_parents(assigned) ? "parent" : "child";
}

/// The states that are not about the number.
struct States {
  char profile, trust;
  bool has_parent;
  char parents_profile, parents_trust;
  bool parent_suspended, suspended;
};

PlainAccount account_of(const std::string& name, char profile, char trust, bool suspended) {
  PlainAccount account;
  account.name = name;
  account.profile = profile;
  account.trust = trust;
  account.suspended = suspended;
  account.keys = {PlainKey::good};
  return account;
}

PlainWorld world_of(const States& states, Assigned assigned, bool signs_suspended) {
  PlainWorld world;
  PlainAccount own = account_of("own", states.profile, states.trust, states.suspended);
  own.shares_numbers = assigned != Assigned::parents_without_permission &&
                       assigned != Assigned::childs_without_permission;
  if (states.has_parent) {
    own.parent = "parent";
    world.accounts.push_back(account_of("parent", states.parents_profile, states.parents_trust,
                                        states.parent_suspended));
  }
  world.accounts.push_back(own);
  PlainAccount child = account_of("child", 'a', 'a', assigned == Assigned::childs_of_suspended);
  child.parent = "own";
  world.accounts.push_back(child);
  world.accounts.push_back(account_of("other", 'a', 'a', false));
  if (assigned != Assigned::nobodys) {
    const bool ended =
        assigned == Assigned::own_until_yesterday || assigned == Assigned::parents_until_yesterday;
    const std::string digits(number);
    world.rows.push_back({digits, digits, owner_for(assigned), -1000, ended ? -1 : 1000});
  }
  PlainPeer peer;
  peer.asks = "h";
  peer.calling = "f";
  peer.signs_suspended = signs_suspended;
  world.peers.push_back(peer);
  return world;
}

PlainCall call_of_own() {
  const auto party_of = [](std::string_view digits) {
    PlainParty party;
    party.there = true;
    party.digits = digits;
    party.written = "+" + party.digits;
    return party;
  };
  PlainCall call;
  call.from = party_of(number);
  call.to = call.target = party_of("14155550111");
  call.said = {"own"};
  return call;
}

/// Calls `visit` with every combination; without a parent there is nothing of a parent's to vary.
template <class Visit>
void for_each_state(const Visit& visit) {
  for (const char profile : reviews) {
    for (const char trust : reviews) {
      for (const bool suspended : {false, true}) {
        visit(States{profile, trust, false, 'n', 'n', false, suspended});
        for (const char parents_profile : reviews) {
          for (const char parents_trust : reviews) {
            for (const bool parent_suspended : {false, true}) {
              visit(States{profile, trust, true, parents_profile, parents_trust, parent_suspended,
                           suspended});
            }
          }
        }
      }
    }
  }
}

std::string describe(const States& states, Assigned assigned, const Decision& decision) {
  std::string text = "profile " + std::string(1, states.profile);
  text += ", trust product " + std::string(1, states.trust);
  if (states.suspended) text += ", suspended";
  if (states.has_parent) {
    text += ", parent " + std::string{states.parents_profile, states.parents_trust};
  }
  if (states.parent_suspended) text += ", suspended";
  text += ", assigned " + std::to_string(static_cast<int>(assigned)) + "; trail";
  for (const Reason reason : decision.trail.reasons()) text.append(" ").append(to_text(reason));
  return text;
}

TEST_CASE("policy_combinations: all of them get the oracle's answer") {
  const PlainCall call = call_of_own();
  std::map<char, int> answers;
  int combinations = 0;
  for_each_state([&](const States& states) {
    for (int i = 0; i < assigned_count; ++i) {
      const auto assigned = static_cast<Assigned>(i);
      if (!states.has_parent && is_parents(assigned)) continue;
      for (const bool signs_suspended : {false, true}) {
        const PlainWorld world = world_of(states, assigned, signs_suspended);
        const char expected = oracle(world, call).letter;
        const Decision decision = decide(to_call(call), to_snapshot(world), moment_of(call));
        ++combinations;
        ++answers[expected];
        if (letter_of(decision) != expected) {
          FAIL_CHECK("the policy says " << letter_of(decision) << ", the oracle " << expected
                                        << ": " << describe(states, assigned, decision));
        }
      }
    }
  });
  std::cout << "policy_combinations: " << combinations << " combinations; by the oracle A "
            << answers['A'] << ", B " << answers['B'] << ", C " << answers['C'] << ", not signed "
            << answers['-'] << '\n';
  // Reviews, own state, and with a parent its reviews and state; assignments; both peers.
  CHECK(combinations == 16 * 2 * (7 + 32 * 10) * 2);
  // Approved: one way without a parent, and six a review below one. Of the assignments two give A
  // without a parent, and three below one; the others give B. The parent's number is one of the
  // three, and in eleven of the thirty-six ways the parent is rejected and shares nothing.
  CHECK(answers['A'] == 2 * (1 * 2 + 36 * 3 - 11));
  CHECK(answers['B'] == 2 * (1 * 5 + 36 * 7 + 11));
  CHECK(answers['C'] > 500);
  CHECK(answers['-'] > 500);
}

}  // namespace
}  // namespace shaken302::test
