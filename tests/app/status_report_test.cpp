// SPDX-License-Identifier: MIT
#include "app/status_report.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>

namespace shaken302::app {
namespace {

using Workers = std::vector<std::unique_ptr<WorkerMetrics>>;
using Lines = std::vector<std::string>;

Workers make_workers(std::size_t count) {
  Workers workers;
  for (std::size_t i = 0; i < count; ++i) workers.push_back(std::make_unique<WorkerMetrics>());
  return workers;
}

std::vector<const WorkerMetrics*> pointers(const Workers& workers) {
  std::vector<const WorkerMetrics*> all;
  for (const auto& worker : workers) all.push_back(worker.get());
  return all;
}

TEST_CASE("status_report: says what is not zero, summed over workers, a line each") {
  const Workers workers = make_workers(2);
  workers[0]->add(Counter::received, 5);
  workers[1]->add(Counter::received, 7);
  workers[1]->add(Counter::level_a);
  workers[0]->add(1, PeerCounter::invites);
  workers[1]->add(1, PeerCounter::invites);
  workers[1]->add(1, PeerCounter::level_a);
  const std::vector<std::string> names{"silent", "edge"};
  CHECK(make_status_report({.generation = 3,
                            .workers = pointers(workers),
                            .peer_names = names,
                            .kernel_drops = 4,
                            .log_lines_dropped = 9}) ==
        Lines{"status generation=3 workers=2", "status received=12", "status level_a=1",
              "status kernel_drops=4", "status log_lines_dropped=9",
              "status peer=edge invites=2 level_a=1"});
}

TEST_CASE("status_report: a server that has done nothing says so in one line") {
  const Workers workers = make_workers(1);
  CHECK(make_status_report({.generation = 1, .workers = pointers(workers)}) ==
        Lines{"status generation=1 workers=1"});
}

TEST_CASE("status_report: where the directory comes from, and how old it is") {
  const Workers workers = make_workers(1);
  const auto line = [&workers](SourceFacts source) {
    return make_status_report(
               {.generation = 1, .workers = pointers(workers), .source = std::move(source)})
        .at(1);
  };
  CHECK(line({"/etc/a b.toml", "good", 12, std::nullopt}) ==
        "status source=\"/etc/a b.toml\" state=good snapshot_age_s=12");
  CHECK(line({"postgresql://db/x", "unreachable", 70, 9}) ==
        "status source=postgresql://db/x state=unreachable snapshot_age_s=70 unheard_s=9");
}

TEST_CASE("status_report: whether there is a shadow") {
  const Workers workers = make_workers(1);
  for (const std::string state : {"off", "good", "refused"}) {
    CHECK(make_status_report({.generation = 1, .workers = pointers(workers), .shadow = state}) ==
          Lines{"status generation=1 workers=1", "status shadow=" + state});
  }
}

TEST_CASE("status_report: which credentials sign, and how the clock is") {
  const Workers workers = make_workers(1);
  const UnixTime day{std::chrono::days{20000}};
  CredentialFacts facts{.count = 4, .good = 1, .next_to_end = "house", .ends_at = day};
  facts.faults.push_back({"old", "expired", day - std::chrono::days{9}, day});
  facts.faults.push_back({"new", "not yet valid", day, day});
  CHECK(make_status_report({.generation = 1,
                            .workers = pointers(workers),
                            .credentials = facts,
                            .clock = ClockState::unsynchronised}) ==
        Lines{"status generation=1 workers=1",
              "status credentials=4 good=1 next_to_end=house ends_at=2024-10-04T00:00:00Z",
              "status credential=old state=expired valid_from=2024-09-25T00:00:00Z "
              "valid_until=2024-10-04T00:00:00Z",
              "status credential=new state=\"not yet valid\" valid_from=2024-10-04T00:00:00Z "
              "valid_until=2024-10-04T00:00:00Z",
              "status credentials_not_listed=1", "status clock=unsynchronised"});
  CHECK(make_status_report(
            {.generation = 1, .workers = pointers(workers), .credentials = CredentialFacts{}})
            .at(1) == "status credentials=0 good=0");
}

TEST_CASE("status_report: every counter has a name of its own") {
  const Workers workers = make_workers(1);
  for (std::size_t i = 0; i < counter_count; ++i) workers[0]->add(static_cast<Counter>(i));
  for (std::size_t i = 0; i < peer_counter_count; ++i) {
    workers[0]->add(0, static_cast<PeerCounter>(i));
  }
  const std::vector<std::string> names{"edge"};
  const auto lines =
      make_status_report({.generation = 1, .workers = pointers(workers), .peer_names = names});
  CHECK(lines.size() == 1 + counter_count + 1);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == lines.size());
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(line.find(" =") == std::string::npos);
    CHECK(line.find('?') == std::string::npos);
  }
}

TEST_CASE("status_report: accounts near the ceiling of their day") {
  const Workers workers = make_workers(1);
  const auto lines = make_status_report(
      {.generation = 1, .workers = pointers(workers), .ceilings = {{"acme", 812, 1000}}});
  REQUIRE(lines.size() == 2);
  CHECK(lines[1] == "status account=acme calls_today=812 calls_per_day=1000");
}

TEST_CASE("status_report: peers beyond the table share the last slot, and the line says so") {
  const Workers workers = make_workers(1);
  std::vector<std::string> names;
  for (std::size_t i = 0; i <= metrics_peer_slots; ++i) names.push_back("peer" + std::to_string(i));
  workers[0]->add(metrics_peer_slots - 1, PeerCounter::invites);
  workers[0]->add(metrics_peer_slots, PeerCounter::invites);
  const auto lines =
      make_status_report({.generation = 1, .workers = pointers(workers), .peer_names = names});
  REQUIRE(lines.size() == 2);
  CHECK(lines[1] == "status peer=\"(others)\" invites=2");
}

}  // namespace
}  // namespace shaken302::app
