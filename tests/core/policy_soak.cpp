// SPDX-License-Identifier: MIT
//
// The policy's property test with as many calls as one likes: `policy_soak [CALLS]`, a thousand of
// them in each world. Ends with 1 when the policy and the oracle differ about one, or when one of
// the levels is the right one for less than a fifth of them.
#include <charconv>
#include <iostream>
#include <string_view>

#include "core/policy_world.hpp"

int main(int argc, char** argv) {
  using namespace shaken302::test;
  std::size_t calls = 10'000'000;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), calls);
    if (error != std::errc{} || end != text.data() + text.size() || calls == 0 || argc > 2) {
      std::cerr << "usage: policy_soak [CALLS]\n";
      return 2;
    }
  }
  constexpr std::size_t calls_each = 1000;
  const PropertyReport report =
      compare_with_oracle((calls + calls_each - 1) / calls_each, calls_each);
  std::cout << "policy_soak: " << summary_of(report) << '\n';
  if (!report.first_above.empty()) std::cout << "above: " << report.first_above << '\n';
  if (!report.first_different.empty()) std::cout << "different: " << report.first_different << '\n';
  const std::size_t fifth = report.draws / 5;
  const bool is_even = report.a >= fifth && report.b >= fifth && report.c >= fifth;
  if (!is_even) std::cout << "a level is the right one for less than a fifth of the calls\n";
  return report.different == 0 && is_even ? 0 : 1;
}
