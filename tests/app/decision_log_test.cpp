// SPDX-License-Identifier: MIT
#include "app/decision_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace shaken302::app {
namespace {

struct Lines {
  std::vector<std::string> infos;
  std::vector<std::string> warnings;
  DecisionLog::Output output() {
    return {[this](std::string_view line) { infos.emplace_back(line); },
            [this](std::string_view line) { warnings.emplace_back(line); }};
  }
};

config::LogSettings at_most(std::uint32_t decisions_per_second) {
  config::LogSettings settings;
  settings.decisions_per_second = decisions_per_second;
  return settings;
}

DecisionRecord make_record(Verdict verdict, Attestation level = Attestation::C) {
  DecisionRecord record;
  record.verdict = verdict;
  record.level = level;
  record.peer = "edge";
  return record;
}

TEST_CASE("decision_log: up to the limit each decision has its line and there is no summary") {
  Lines lines;
  DecisionLog log(at_most(3), lines.output());
  for (int i = 0; i < 3; ++i) log.add(make_record(Verdict::sign), 10);
  log.advance(11);
  REQUIRE(lines.infos.size() == 3);
  CHECK(lines.infos[2].starts_with("decision peer=edge "));
}

TEST_CASE(
    "decision_log: above the limit one line with the counts stands for the rest of the second") {
  Lines lines;
  DecisionLog log(at_most(2), lines.output());
  log.add(make_record(Verdict::sign, Attestation::A), 10);
  log.add(make_record(Verdict::sign, Attestation::A), 10);
  log.add(make_record(Verdict::sign, Attestation::A), 10);
  log.add(make_record(Verdict::sign, Attestation::B), 10);
  log.add(make_record(Verdict::sign, Attestation::B), 10);
  log.add(make_record(Verdict::sign, Attestation::C), 10);
  log.add(make_record(Verdict::leave_unsigned), 10);
  log.add(make_record(Verdict::pass_existing), 10);
  log.add(make_record(Verdict::block), 10);
  log.add(make_record(Verdict::block), 10);
  REQUIRE(lines.infos.size() == 2);
  log.advance(10);
  CHECK(lines.infos.size() == 2);
  log.advance(11);
  REQUIRE(lines.infos.size() == 3);
  CHECK(lines.infos[2] ==
        "decisions total=10 sign_a=3 sign_b=2 sign_c=1 leave_unsigned=1 pass_existing=1 block=2 "
        "suppressed=8");
  log.advance(12);
  CHECK(lines.infos.size() == 3);
}

TEST_CASE("decision_log: each second has a limit of its own") {
  Lines lines;
  DecisionLog log(at_most(1), lines.output());
  log.add(make_record(Verdict::sign), 10);
  log.add(make_record(Verdict::sign), 10);
  log.add(make_record(Verdict::sign), 11);
  REQUIRE(lines.infos.size() == 3);
  CHECK(lines.infos[1].ends_with("suppressed=1"));
  CHECK(lines.infos[2].starts_with("decision "));
}

TEST_CASE("decision_log: the last second is summed up at the end") {
  Lines lines;
  DecisionLog log(at_most(0), lines.output());
  log.add(make_record(Verdict::sign), 10);
  log.finish();
  REQUIRE(lines.infos.size() == 1);
  CHECK(lines.infos[0].ends_with("suppressed=1"));
  log.finish();
  CHECK(lines.infos.size() == 1);
}

TEST_CASE("decision_log: switched off it says nothing of decisions") {
  Lines lines;
  config::LogSettings settings;
  settings.decisions = false;
  DecisionLog log(settings, lines.output());
  DecisionRecord record = make_record(Verdict::sign);
  record.reply_over_1300 = true;
  log.add(record, 10);
  log.finish();
  CHECK(lines.infos.empty());
  CHECK(lines.warnings.size() == 1);
}

TEST_CASE("decision_log: answers that grow too large are warned about once a peer") {
  Lines lines;
  DecisionLog log(at_most(100), lines.output());
  DecisionRecord large = make_record(Verdict::sign);
  large.reply_over_1300 = true;
  for (int i = 0; i < 3; ++i) log.add(large, 10 + i);
  REQUIRE(lines.warnings.size() == 1);
  CHECK(lines.warnings[0].starts_with("peer edge: an answer passed 1300 bytes"));

  DecisionRecord contact = make_record(Verdict::sign);
  contact.contact_over_1023 = true;
  for (int i = 0; i < 3; ++i) log.add(contact, 20 + i);
  REQUIRE(lines.warnings.size() == 2);
  CHECK(lines.warnings[1].starts_with("peer edge: a Contact URI passed 1023 characters"));

  large.peer = "other";
  log.add(large, 30);
  CHECK(lines.warnings.size() == 3);

  DecisionRecord not_sent = make_record(Verdict::sign);
  not_sent.reply_over_ratio = true;
  for (int i = 0; i < 3; ++i) log.add(not_sent, 40 + i);
  REQUIRE(lines.warnings.size() == 4);
  CHECK(lines.warnings[3].starts_with("peer edge: an answer was more than reply_ratio_max times"));
}

DecisionRecord differing_record() {
  DecisionRecord record = make_record(Verdict::sign, Attestation::A);
  record.shadow.is_there = true;
  record.shadow.is_different = true;
  record.shadow.has_peer = true;
  record.shadow.verdict = Verdict::sign;
  record.shadow.level = Attestation::C;
  return record;
}

std::size_t shadow_lines(const Lines& lines) {
  return static_cast<std::size_t>(
      std::count_if(lines.infos.begin(), lines.infos.end(),
                    [](const std::string& line) { return line.starts_with("shadow_differs "); }));
}

TEST_CASE("decision_log: of what the shadow decides differently, at most five lines a second") {
  for (const bool decisions : {true, false}) {
    CAPTURE(decisions);
    Lines lines;
    config::LogSettings settings = at_most(100);
    settings.decisions = decisions;
    DecisionLog log(settings, lines.output());
    for (int i = 0; i < 5; ++i) log.add(differing_record(), 10);
    CHECK(shadow_lines(lines) == 5);
    for (int i = 0; i < 20; ++i) log.add(differing_record(), 10);
    CHECK(shadow_lines(lines) == 5);
    log.add(differing_record(), 11);
    CHECK(shadow_lines(lines) == 6);
    log.finish();
    log.add(differing_record(), 11);
    CHECK(shadow_lines(lines) == 7);
    CHECK(lines.infos.size() == (decisions ? 34 : 7));
  }
}

TEST_CASE("decision_log: the shadow's lines are none of the decisions' and take none of theirs") {
  Lines lines;
  DecisionLog log(at_most(1), lines.output());
  for (int i = 0; i < 3; ++i) log.add(differing_record(), 10);
  log.finish();
  CHECK(shadow_lines(lines) == 3);
  CHECK(lines.infos.size() == 5);
  CHECK(lines.infos.back() ==
        "decisions total=3 sign_a=3 sign_b=0 sign_c=0 leave_unsigned=0 pass_existing=0 block=0 "
        "suppressed=2");
}

TEST_CASE("decision_log: a shadow that decides likewise, or is not there, has no line") {
  Lines lines;
  DecisionLog log(at_most(100), lines.output());
  log.add(make_record(Verdict::sign), 10);
  DecisionRecord same = differing_record();
  same.shadow.is_different = false;
  log.add(same, 10);
  CHECK(shadow_lines(lines) == 0);
}

}  // namespace
}  // namespace shaken302::app
