// SPDX-License-Identifier: MIT
//
// Linked with a policy that has a bug on purpose: succeeds only when the property test catches it,
// that is, when it sees a level above the oracle's.
#include <iostream>

#include "core/policy_world.hpp"

int main() {
  const auto report = shaken302::test::compare_with_oracle(100, 1000);
  std::cout << report.draws << " calls, " << report.above << " above the oracle";
  if (report.above == 0) {
    std::cout << ": the bug was not caught\n";
    return 1;
  }
  std::cout << "; the first: " << report.first_above << '\n';
  return 0;
}
