// SPDX-License-Identifier: MIT
#include "app/excess_monitor.hpp"

#include <doctest/doctest.h>

using namespace shaken302;
using namespace shaken302::app;

namespace {

std::string text_of(const std::vector<MonitorEvent>& events) {
  std::string text;
  for (const MonitorEvent& event : events) {
    CHECK(event.severity == MonitorEvent::Severity::warning);
    text += event.text.substr(0, event.text.find(',')) + '\n';
  }
  return text;
}

void add(WorkerMetrics& worker, std::uint32_t slot, PeerCounter counter, int count) {
  for (int i = 0; i < count; ++i) worker.add(slot, counter);
}

struct Scene {
  WorkerMetrics one, other;
  std::vector<std::string> names{"edge", "a b\nc"};
  ExcessMonitor::Time now{};
  ExcessMonitor monitor;
  std::string look(int seconds = 1) {
    now += std::chrono::seconds(seconds);
    return text_of(monitor.look({&one, &other}, names, now));
  }
};

}  // namespace

TEST_CASE(
    "excess_monitor: what a peer sends beyond its rate is said at once, and then once a minute") {
  Scene scene;
  CHECK(scene.look().empty());
  add(scene.one, 0, PeerCounter::over_limit, 2);
  add(scene.other, 0, PeerCounter::over_limit, 1);
  add(scene.one, 0, PeerCounter::invites, 9);
  CHECK(scene.look(0).empty());  // the same second
  CHECK(scene.look() == "peer edge: 3 of its messages came beyond its calls_per_second\n");
  add(scene.one, 0, PeerCounter::over_limit, 5);
  CHECK(scene.look().empty());
  CHECK(scene.look(58).empty());
  CHECK(scene.look() == "peer edge: 5 of its messages came beyond its calls_per_second\n");
  CHECK(scene.look(600).empty());  // it has come to an end
}

TEST_CASE("excess_monitor: each peer and each reason has a line of its own, on one line") {
  Scene scene;
  CHECK(scene.look().empty());
  add(scene.one, 1, PeerCounter::too_late, 4);
  CHECK(scene.look() ==
        "peer a b\\x0ac: 4 of its messages had waited longer than queue_deadline\n");
  add(scene.one, 1, PeerCounter::over_limit, 1);
  add(scene.one, 0, PeerCounter::too_late, 7);
  CHECK(scene.look() ==
        "peer edge: 7 of its messages had waited longer than queue_deadline\n"
        "peer a b\\x0ac: 1 of its messages came beyond its calls_per_second\n");
}

TEST_CASE("excess_monitor: the whole line, and as many peers as have slots") {
  Scene scene;
  scene.names.assign(metrics_peer_slots, "edge");
  scene.one.add(0, PeerCounter::over_limit);
  scene.one.add(metrics_peer_slots - 1, PeerCounter::too_late);
  const auto events = scene.monitor.look({&scene.one}, scene.names, scene.now);
  REQUIRE(events.size() == 2);
  CHECK(events[0].text ==
        "peer edge: 1 of its messages came beyond its calls_per_second, and got silence or 503 "
        "(over_limit); find out who calls so much, or raise calls_per_second; said once a minute");
  CHECK(
      events[1].text ==
      "peer edge: 1 of its messages had waited longer than queue_deadline, and got silence or 503 "
      "(too_late); more comes than is answered, or the machine is busy with something else; said "
      "once a minute");
}

TEST_CASE("excess_monitor: peers that a reload adds, and those that share the last slot") {
  Scene scene;
  CHECK(scene.look().empty());
  scene.names.resize(metrics_peer_slots + 3, "new");
  add(scene.one, 2, PeerCounter::over_limit, 1);
  add(scene.one, metrics_peer_slots + 1, PeerCounter::over_limit, 6);
  CHECK(scene.look() ==
        "peer new: 1 of its messages came beyond its calls_per_second\n"
        "peer (others): 6 of its messages came beyond its calls_per_second\n");
}
