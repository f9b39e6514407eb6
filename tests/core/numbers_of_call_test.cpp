// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/called_party.hpp"

namespace shaken302 {
namespace {

TEST_CASE("numbers_of_call: each URI reads as it does alone, in any order, more than are kept") {
  const NumberPlan plan = make_number_plan("1");
  // Texts that share a beginning, the same text by another scheme, none, and more than four.
  const std::vector<UriView> uris{{UriScheme::sip, "+12155550100", "a.example"},
                                  {UriScheme::tel, "+12155550100", {}},
                                  {UriScheme::urn, "+12155550100", {}},
                                  {UriScheme::sip, "+1215555010", {}},
                                  {UriScheme::sips, "+12155550199", {}},
                                  {UriScheme::sip, {}, "a.example"},
                                  {UriScheme::none, {}, {}},
                                  {UriScheme::sip, "911", {}},
                                  {UriScheme::sip, "anonymous", {}},
                                  {UriScheme::tel, "2155550101", {}},
                                  {UriScheme::sip, "%2B12155550100", {}},
                                  {UriScheme::other, "911", {}}};
  for (std::size_t first = 0; first < uris.size(); ++first) {
    NumbersOfCall together(plan);
    for (std::size_t i = 0; i < 2 * uris.size(); ++i) {
      const std::size_t at = (first + i) % uris.size();
      CAPTURE(first);
      CAPTURE(at);
      const auto expected = NumbersOfCall(plan).read(uris[at]);
      const auto found = together.read(uris[at]);
      REQUIRE(found.has_value() == expected.has_value());
      if (expected) CHECK(*found == *expected);
      if (!expected) CHECK(found.error() == expected.error());
    }
  }
  CHECK(NumbersOfCall(plan).read(uris[0])->digits() == "12155550100");
  CHECK_FALSE(NumbersOfCall(plan).read(uris[2]));
}

}  // namespace
}  // namespace shaken302
