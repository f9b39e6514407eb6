// SPDX-License-Identifier: MIT
//
// Linked with a policy that has a bug on purpose: succeeds only when the property test catches it,
// that is, when one of its 100,000 calls gets another answer than the oracle's. Ends with that
// call.
#include <iostream>

#include "core/policy_world.hpp"

int main() {
  using namespace shaken302::test;
  const PropertyReport report = compare_with_oracle(100, 1000, Until::first_difference);
  if (report.different == 0) {
    std::cout << "the bug was not caught: " << summary_of(report) << '\n';
    return 1;
  }
  std::cout << "caught by call " << report.draws << ": " << report.first_above
            << report.first_different << '\n';
  return 0;
}
