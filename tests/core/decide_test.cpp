// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/decide_rows.hpp"
#include "core/policy_scene.hpp"

namespace shaken302::test {
namespace {

std::string names_of(std::span<const Reason> reasons) {
  std::string text;
  for (const Reason reason : reasons) text.append(to_text(reason)).append(" ");
  return text;
}

/// All that have a name: an enumerator without one does not compile (-Wswitch in `to_text`).
template <class Enum>
std::vector<Enum> every() {
  std::vector<Enum> values;
  for (int i = 0; i < 256; ++i) {
    const auto value = static_cast<Enum>(i);
    if (!to_text(value).empty()) values.push_back(value);
  }
  return values;
}

struct Scene {
  Peer peer = scene_peer();
  Call call = scene_call();
  explicit Scene(const DecideRow& row) {
    if (row.change != nullptr) row.change(peer, call);
  }
  [[nodiscard]] Decision decision() const { return decide(call, scene_snapshot({peer}), noon); }
};

TEST_CASE("decide: one row for each exit and each reason, with the whole trail") {
  for (const DecideRow& row : decide_rows()) {
    CAPTURE(std::string(row.why));
    const Decision decision = Scene(row).decision();
    CHECK(to_text(decision.verdict) == to_text(row.verdict));
    CHECK(to_char(decision.level) == to_char(row.level));
    CHECK(names_of(decision.trail.reasons()) == names_of(row.trail));
    CHECK(std::string(decision.calling.digits()) == row.calling);
    CHECK(to_string(decision.called) == row.called);
    CHECK(scene_account_id(decision.account) == row.account);
    CHECK(decision.emergency == decision.trail.contains(Reason::emergency));
    const bool is_signed = decision.verdict == Verdict::sign;
    CHECK((!is_signed || scene_credentials()->entries.at(decision.credential).usable()));
  }
}

TEST_CASE("decide: at least 150 rows, each with a reason of its own") {
  std::set<std::string> reasons;
  for (const DecideRow& row : decide_rows()) {
    CAPTURE(std::string(row.why));
    CHECK(reasons.insert(row.why).second);
  }
  CHECK(reasons.size() >= 150);
}

/// What a signature and the counts of calls say is not `decide`'s.
bool is_of_service(Reason reason) {
  return reason == Reason::signing_failed || reason == Reason::in_excess ||
         reason == Reason::account_over_rate || reason == Reason::account_over_day;
}

TEST_CASE("decide: the rows produce every verdict, and every reason that is not the service's") {
  std::set<Reason> reasons;
  std::set<Verdict> verdicts;
  for (const DecideRow& row : decide_rows()) {
    const Decision decision = Scene(row).decision();
    verdicts.insert(decision.verdict);
    reasons.insert(decision.trail.reasons().begin(), decision.trail.reasons().end());
  }
  for (const Reason reason : every<Reason>()) {
    CAPTURE(to_text(reason));
    CHECK(reasons.contains(reason) == !is_of_service(reason));
  }
  for (const Verdict verdict : every<Verdict>()) {
    CAPTURE(to_text(verdict));
    CHECK(verdicts.contains(verdict));
  }
}

TEST_CASE("decide: every reason and verdict has a name of its own") {
  std::set<std::string_view> names;
  for (const Reason reason : every<Reason>()) names.insert(to_text(reason));
  CHECK(names.size() == reason_count);
  CHECK(every<Reason>().size() == reason_count);
  CHECK(to_text(Reason::account_by_peer) == "account_by_peer");
  CHECK(to_text(Reason::signing_failed) == "signing_failed");
  CHECK(to_text(Verdict::sign) == "sign");
  CHECK(to_text(Verdict::leave_unsigned) == "leave_unsigned");
  CHECK(to_text(Verdict::pass_existing) == "pass_existing");
  CHECK(to_text(Verdict::block) == "block");
}

TEST_CASE("decide: of a rule about the caller's number and one about hiding the stricter is told") {
  struct Row {
    const char* why;
    Treatment about_hiding;
    Treatment about_number;
    std::uint32_t told;
  };
  const Row rows[] = {
      {"the one about the number is stricter", Treatment::cap_b, Treatment::cap_c, 1},
      {"the one about hiding is", Treatment::cap_c, Treatment::cap_b, 0},
      {"both say the same: the one about the number", Treatment::cap_b, Treatment::cap_b, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    Peer peer = scene_peer();
    add_rule(peer, CallerRule::Kind::anonymous, row.about_hiding);
    add_rule(peer, CallerRule::Kind::prefix, row.about_number, "1212");
    Call call = scene_call();
    CHECK(decide(call, scene_snapshot({peer}), noon).caller_rule == 1);
    call.asks_for_privacy = true;
    CHECK(decide(call, scene_snapshot({peer}), noon).caller_rule == row.told);
    call.from = sip_uri("611");
    CHECK(decide(call, scene_snapshot({peer}), noon).caller_rule == 0);
  }
}

TEST_CASE("decide: equal inputs give equal decisions, and only the time that is given counts") {
  Call call = scene_call();
  call.from = sip_uri("+12125550150");  // until yesterday
  const Snapshot snapshot = scene_snapshot({scene_peer()});
  const auto level_at = [&](UnixTime now) { return to_char(decide(call, snapshot, now).level); };
  CHECK(level_at(noon) == 'B');
  CHECK(level_at(noon - std::chrono::seconds{1}) == 'A');
  CHECK(level_at(noon) == 'B');
}

TEST_CASE("decide: a trail keeps the first twenty-four reasons, more than any call can have") {
  Trail trail;
  for (int i = 0; i < 30; ++i) trail.add(Reason::number_assigned);
  CHECK(trail.reasons().size() == 24);
  CHECK(trail.contains(Reason::number_assigned));
  CHECK(!trail.contains(Reason::emergency));
}

}  // namespace
}  // namespace shaken302::test
