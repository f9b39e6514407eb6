// SPDX-License-Identifier: MIT
//
// The rows of decide_test: what is changed in the scene, and the whole decision that must come of
// it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/policy_scene.hpp"
#include "shaken302/authentication_service.hpp"

namespace shaken302::test {

struct DecideRow {
  const char* why;
  void (*change)(Peer&, Call&);
  Verdict verdict;
  Attestation level;
  std::vector<Reason> trail;
  std::string account = "acme";
  std::string calling = "12125550123";
  std::string called = "14155550111";
};

/// Who calls whom, and with which number.
std::vector<DecideRow> decide_rows_about_facts();
/// Which account, which level, which cap, which credential.
std::vector<DecideRow> decide_rows_about_rules();
/// Families, reviews, levels outside, and what suspended and unknown accounts get.
std::vector<DecideRow> decide_rows_about_accounts();
/// Levels that a peer asks for.
std::vector<DecideRow> decide_rows_about_requests();
/// Two identities, two destinations, anonymous and impossible callers.
std::vector<DecideRow> decide_rows_about_parties();
/// A peer's rules about kinds of callers and destinations.
std::vector<DecideRow> decide_rows_about_kinds();
/// What blocks a call, and what is never blocked.
std::vector<DecideRow> decide_rows_about_blocks();
/// All numbers that a callee may be shown, and rules that stand side by side.
std::vector<DecideRow> decide_rows_about_what_is_shown();
/// Calls for help that do not look like it, and others that do.
std::vector<DecideRow> decide_rows_about_help();

// What rows change in the scene.

inline void name_account(Call& call, std::string_view account, std::string_view number) {
  call.account_values[0] = account;
  call.from = sip_uri(number);
}

inline void by_number_alone(Peer& peer, Call& call) {
  peer.account_sources = {{AccountSource::Kind::number, {}, no_index}};
  call.account_values[0] = {};
}

/// To and Request-URI are the same.
inline void dial(Call& call, std::string_view user) { call.to = call.request_uri = sip_uri(user); }

inline void add_rule(Peer& peer, CallerRule::Kind kind, Treatment treatment,
                     std::string_view prefix = {}) {
  peer.caller_rules.push_back({kind, std::string(prefix), treatment});
}

inline void add_rule(Peer& peer, CalledRule::Kind kind, Treatment treatment,
                     std::string_view prefix = {}) {
  peer.called_rules.push_back({kind, std::string(prefix), treatment});
}

inline std::vector<DecideRow> join_rows(std::initializer_list<std::vector<DecideRow>> parts) {
  std::vector<DecideRow> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline std::vector<DecideRow> decide_rows() {
  return join_rows(
      {decide_rows_about_facts(), decide_rows_about_rules(), decide_rows_about_accounts(),
       decide_rows_about_requests(), decide_rows_about_parties(), decide_rows_about_kinds(),
       decide_rows_about_blocks(), decide_rows_about_what_is_shown(), decide_rows_about_help()});
}

}  // namespace shaken302::test
