// SPDX-License-Identifier: MIT
//
// The policy against an oracle that shares no code with it, and against views full of anything.
#include <doctest/doctest.h>

#include <array>
#include <iostream>
#include <string>
#include <variant>

#include "core/policy_scene.hpp"
#include "core/policy_world.hpp"

namespace shaken302::test {
namespace {

TEST_CASE("policy_property: 100,000 calls never get a level above the oracle's, nor any other") {
  const PropertyReport report = compare_with_oracle(100, 1000);
  std::cout << "policy_property: " << summary_of(report) << '\n';
  CHECK(report.draws == 100000);
  CHECK(report.first_above == "");
  CHECK(report.above == 0);
  CHECK(report.first_different == "");
  CHECK(report.different == 0);
  CHECK(report.a >= report.draws / 5);
  CHECK(report.b >= report.draws / 5);
  CHECK(report.c >= report.draws / 5);
  CHECK(report.not_signed > 0);
  CHECK(report.passed > 0);
  CHECK(report.blocked > 0);
  CHECK(report.ignored > 0);
  CHECK(report.longest_trail < 24);
}

/// Anything a parser might leave in a view: nothing, one byte, long, binary, almost a number.
std::string_view draw_garbage(std::string_view noise, std::mt19937_64& random) {
  static constexpr std::array<std::string_view, 16> pieces{"",
                                                           "+",
                                                           "%",
                                                           "%2",
                                                           "service:sos",
                                                           "service:sos.",
                                                           "service:so",
                                                           "+12125550123",
                                                           ";",
                                                           "acme",
                                                           "sos",
                                                           "%73os",
                                                           "*67911",
                                                           "%2A67911",
                                                           "#31#112",
                                                           "1212555012345678901234567890"};
  const auto kind = random() % 4;
  if (kind == 0) return {};
  if (kind != 1) return pieces[random() % pieces.size()];
  const std::size_t start = random() % noise.size();
  return noise.substr(start, random() % 300);
}

UriView draw_uri(std::string_view noise, std::mt19937_64& random) {
  return {static_cast<UriScheme>(random() % 6), draw_garbage(noise, random),
          draw_garbage(noise, random)};
}

Call draw_garbage_call(std::string_view noise, std::mt19937_64& random) {
  Call call;
  call.peer = static_cast<std::uint32_t>(random() % 2);
  call.request_uri = draw_uri(noise, random);
  call.to = draw_uri(noise, random);
  call.from = draw_uri(noise, random);
  call.asserted_identities = {draw_uri(noise, random), draw_uri(noise, random)};
  call.has_more_identities = random() % 4 == 0;
  call.remote_party_id = draw_uri(noise, random);
  for (auto& value : call.account_values) value = draw_garbage(noise, random);
  call.call_id = draw_garbage(noise, random);
  call.from_tag = draw_garbage(noise, random);
  call.has_shaken_identity = random() % 4 == 0;
  call.requested_level = draw_garbage(noise, random);
  call.asks_for_privacy = random() % 4 == 0;
  call.has_been_diverted = random() % 4 == 0;
  return call;
}

TEST_CASE("policy_property: whatever the views hold, a signed call has all that a token needs") {
  std::mt19937_64 random(302);
  std::string noise;
  for (int i = 0; i < 100000; ++i) noise += static_cast<char>(random());
  Peer second = scene_peer();
  second.name = "second";
  second.plan = make_number_plan("");
  second.called_source = CalledSource::request_uri;
  second.calling_sources = {CallingSource::remote_party_id, CallingSource::asserted_identity};
  second.account_sources.assign(12, {AccountSource::Kind::parameter, "otg", no_index});
  second.override_right = OverrideRight::any;
  const Snapshot snapshot = scene_snapshot({scene_peer(), second});
  std::size_t is_signed = 0;
  for (int draw = 0; draw < 100000; ++draw) {
    const Call call = draw_garbage_call(noise, random);
    const Decision decision = decide(call, snapshot, noon);
    REQUIRE(decision.trail.reasons().size() < 24);
    if (decision.verdict != Verdict::sign) {
      REQUIRE(decision.level == Attestation::C);
      continue;
    }
    ++is_signed;
    REQUIRE(!decision.calling.empty());
    REQUIRE(decision.credential == house_credential);
    REQUIRE(!to_string(decision.called).empty());
  }
  CHECK(is_signed > 100);
}

}  // namespace
}  // namespace shaken302::test
