// SPDX-License-Identifier: MIT
#include "shaken302/metrics.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

namespace shaken302 {
namespace {

TEST_CASE("metrics: every counter has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < counter_count; ++i) names.insert(to_text(static_cast<Counter>(i)));
  CHECK(names.size() == counter_count);
  CHECK(!names.contains(""));
  CHECK(to_text(Counter::received) == "received");
  CHECK(to_text(Counter::log_dropped) == "log_dropped");
  CHECK(to_text(Counter::count_).empty());

  std::set<std::string_view> peer_names;
  for (std::size_t i = 0; i < peer_counter_count; ++i) {
    peer_names.insert(to_text(static_cast<PeerCounter>(i)));
  }
  CHECK(peer_names.size() == peer_counter_count);
  CHECK(!peer_names.contains(""));
  CHECK(to_text(PeerCounter::not_signed) == "not_signed");
  CHECK(to_text(PeerCounter::count_).empty());
}

TEST_CASE("metrics: each counter counts for itself, and totals go over all workers") {
  std::vector<std::unique_ptr<WorkerMetrics>> workers;
  CHECK(total(workers, Counter::received) == 0);
  workers.push_back(std::make_unique<WorkerMetrics>());
  workers.push_back(std::make_unique<WorkerMetrics>());
  for (std::size_t i = 0; i < counter_count; ++i) workers[0]->add(static_cast<Counter>(i), i + 1);
  workers[1]->add(Counter::received);
  for (std::size_t i = 0; i < counter_count; ++i) {
    CHECK(workers[0]->value(static_cast<Counter>(i)) == i + 1);
  }
  CHECK(total(workers, Counter::received) == 2);
  const auto last = static_cast<Counter>(counter_count - 1);
  CHECK(total(workers, last) == counter_count);
}

TEST_CASE("metrics: peers are counted apart, and those beyond the slots together") {
  std::vector<std::unique_ptr<WorkerMetrics>> workers;
  workers.push_back(std::make_unique<WorkerMetrics>());
  workers.push_back(std::make_unique<WorkerMetrics>());
  workers[0]->add(0, PeerCounter::invites);
  workers[0]->add(3, PeerCounter::level_a);
  workers[1]->add(3, PeerCounter::level_a);
  workers[1]->add(3, PeerCounter::level_b);
  workers[0]->add(metrics_peer_slots, PeerCounter::invites);
  workers[0]->add(0xFFFFFFFF, PeerCounter::invites);
  CHECK(total(workers, 0, PeerCounter::invites) == 1);
  CHECK(total(workers, 3, PeerCounter::level_a) == 2);
  CHECK(total(workers, 3, PeerCounter::level_b) == 1);
  CHECK(total(workers, 3, PeerCounter::level_c) == 0);
  CHECK(total(workers, metrics_peer_slots - 1, PeerCounter::invites) == 2);
}

TEST_CASE("metrics: a reader on another thread never sees a counter go back") {
  std::vector<std::unique_ptr<WorkerMetrics>> workers;
  workers.push_back(std::make_unique<WorkerMetrics>());
  constexpr std::uint64_t adds = 20000;
  std::thread writer([&worker = *workers[0]] {
    for (std::uint64_t i = 0; i < adds; ++i) worker.add(Counter::received);
  });
  std::uint64_t last = 0;
  bool never_back = true;
  while (last < adds) {
    const std::uint64_t value = total(workers, Counter::received);
    never_back = never_back && value >= last;
    last = value;
  }
  writer.join();
  CHECK(never_back);
  CHECK(total(workers, Counter::received) == adds);
}

}  // namespace
}  // namespace shaken302
