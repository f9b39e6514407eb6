// SPDX-License-Identifier: MIT
//
// The rows of decide_test: what is changed in the scene, and the whole decision that must come of
// it.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

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

inline std::vector<DecideRow> join_rows(std::initializer_list<std::vector<DecideRow>> parts) {
  std::vector<DecideRow> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline std::vector<DecideRow> decide_rows() {
  return join_rows({decide_rows_about_facts(), decide_rows_about_rules()});
}

}  // namespace shaken302::test
