// SPDX-License-Identifier: MIT
#include "app/publication_watch.hpp"

#include <doctest/doctest.h>
#include <pthread.h>

#include <condition_variable>
#include <csignal>

#include "app/https_server.hpp"
#include "config/temporary_folder.hpp"
#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::app;
using namespace shaken302::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr PublicationWatch::Pace quick{
    .first_retry = 20ms, .longest_retry = 100ms, .again = 1h, .jitter = 0};

struct World {
  WebIdentity identity = make_web_identity();
  HttpsServer server{identity};
  TemporaryFolder folder;
  std::string ca_file = folder.write("ca.pem", identity.authority).string();
  ThrowawayCa pem = make_test_pem();
  CertificateChain chain = *CertificateChain::parse_pem(pem.leaf_certificate);

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<PublicationNews, Clock::time_point>> news;
  bool is_throwing = false;
  bool were_signals_blocked = false;

  PublicationWatch::Steps steps() {
    return {[this](const std::vector<PublicationNews>& heard) {
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      const std::lock_guard lock(mutex);
      were_signals_blocked = sigismember(&blocked, SIGTERM) == 1;
      for (const auto& one : heard) news.emplace_back(one, Clock::now());
      changed.notify_all();
      if (is_throwing) throw std::bad_alloc();
    }};
  }
  [[nodiscard]] PublicationWatch::Settings settings(std::chrono::milliseconds timeout = 5s) const {
    return {.ca_file = ca_file, .timeout = timeout};
  }
  [[nodiscard]] Publication publication(const std::string& path) const {
    return {server.url(path), chain};
  }
  [[nodiscard]] std::string id(const std::string& path) const {
    return publication_id(publication(path));
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, condition);
  }
};

}  // namespace

TEST_CASE(
    "publication_watch: a good one is heard of once, a bad one again and again, slower and "
    "slower") {
  World world;
  world.server.publish("/good.pem", world.pem.leaf_certificate);
  PublicationWatch watch(world.steps(), world.settings(), quick);
  watch.follow({world.publication("/good.pem"), world.publication("/none.pem")});
  REQUIRE(world.wait([&] { return world.news.size() >= 7; }));
  const std::lock_guard lock(world.mutex);
  std::vector<Clock::time_point> failures;
  int good = 0;
  for (const auto& [news, at] : world.news) {
    if (news.id == world.id("/good.pem")) {
      ++good;
      CHECK_FALSE(news.finding);
    } else {
      CHECK(news.id == world.id("/none.pem"));
      REQUIRE(news.finding);
      CHECK(news.finding->which == PublicationFault::status);
      failures.push_back(at);
    }
  }
  CHECK(good == 1);
  CHECK(world.were_signals_blocked);
  REQUIRE(failures.size() >= 6);
  // 20, 40, 80, 100, 100 ms; on a busy machine later, never earlier.
  CHECK(failures[1] - failures[0] >= 18ms);
  CHECK(failures[2] - failures[1] >= 38ms);
  CHECK(failures[3] - failures[2] >= 78ms);
  CHECK(failures[5] - failures[4] >= 98ms);
}

TEST_CASE("publication_watch: what turns good is heard, and looked at again after its time") {
  World world;
  PublicationWatch watch(world.steps(), world.settings(),
                         {.first_retry = 10ms, .longest_retry = 10ms, .again = 50ms, .jitter = 0});
  watch.follow({world.publication("/a.pem")});
  REQUIRE(world.wait([&] { return world.news.size() >= 2; }));
  world.server.publish("/a.pem", world.pem.leaf_certificate);
  REQUIRE(world.wait([&] { return !world.news.back().first.finding; }));
  // And bad once more.
  world.server.publish("/a.pem", world.pem.leaf_certificate + world.pem.leaf_key);
  REQUIRE(world.wait([&] { return world.news.back().first.finding.has_value(); }));
  const std::lock_guard lock(world.mutex);
  CHECK(world.news.back().first.finding->which == PublicationFault::private_key);
}

TEST_CASE("publication_watch: new ones are fetched at once, and of dropped ones nothing is heard") {
  World world;
  world.server.answer("/silent.pem", {"", 0ms, true});
  world.server.publish("/good.pem", world.pem.leaf_certificate);
  PublicationWatch watch(world.steps(), world.settings(400ms), quick);
  watch.follow({world.publication("/silent.pem"), world.publication("/good.pem")});
  REQUIRE(world.wait([&] { return world.news.size() == 1; }));
  while (world.server.requests("/silent.pem") == 0) std::this_thread::sleep_for(1ms);
  watch.follow({world.publication("/good.pem"), world.publication("/new.pem")});
  REQUIRE(world.wait([&] { return world.news.size() >= 2; }));
  std::this_thread::sleep_for(600ms);  // the dropped one would have run out of time
  const std::lock_guard lock(world.mutex);
  int good = 0;
  for (const auto& [news, at] : world.news) {
    CHECK(news.id != world.id("/silent.pem"));
    good += news.id == world.id("/good.pem") ? 1 : 0;
  }
  CHECK(good == 1);  // it kept its schedule
  CHECK(world.server.requests("/good.pem") == 1);
}

TEST_CASE("publication_watch: at most sixteen at once, and all are fetched") {
  World world;
  std::vector<Publication> all;
  for (int i = 0; i < 60; ++i) {
    const std::string path = "/" + std::to_string(i);
    world.server.answer(path, {"", 0ms, true});
    all.push_back(world.publication(path));
  }
  PublicationWatch watch(world.steps(), world.settings(300ms),
                         {.first_retry = 1h, .longest_retry = 1h, .again = 1h, .jitter = 0});
  watch.follow(all);
  REQUIRE(world.wait([&] { return world.news.size() == 60; }));
  CHECK(world.server.most_at_once() <= 16);
  CHECK(world.server.most_at_once() >= 12);
}

TEST_CASE("publication_watch: dropped ones make room at once, and may come back") {
  World world;
  std::vector<Publication> hanging;
  for (int i = 0; i < 16; ++i) {
    const std::string path = "/" + std::to_string(i);
    world.server.answer(path, {"", 0ms, true});
    hanging.push_back(world.publication(path));
  }
  world.server.publish("/good.pem", world.pem.leaf_certificate);
  PublicationWatch watch(world.steps(), world.settings(60s), quick);
  watch.follow(hanging);
  while (world.server.at_once() < 16) std::this_thread::sleep_for(1ms);
  watch.follow({world.publication("/good.pem")});
  REQUIRE(world.wait([&] { return world.news.size() == 1; }));
  CHECK_FALSE(world.news[0].first.finding);
  world.server.publish("/0", world.pem.leaf_certificate);
  watch.follow({world.publication("/0")});
  REQUIRE(world.wait([&] { return world.news.size() == 2; }));
  CHECK(world.news[1].first.id == world.id("/0"));
}

TEST_CASE("publication_watch: it ends within a blink, also while transfers hang or wait") {
  World world;
  world.server.answer("/silent.pem", {"", 0ms, true});
  Clock::time_point begin;
  {
    PublicationWatch watch(world.steps(), world.settings(60s), quick);
    watch.follow({world.publication("/silent.pem"),
                  // An address that nothing answers from, and a name that nobody knows.
                  {"https://192.0.2.1/a.pem", world.chain},
                  {"https://none.invalid/a.pem", world.chain}});
    while (world.server.requests("/silent.pem") == 0) std::this_thread::sleep_for(1ms);
    begin = Clock::now();
  }
  CHECK(Clock::now() - begin < 500ms);
  begin = Clock::now();
  { const PublicationWatch idle(world.steps(), world.settings()); }
  CHECK(Clock::now() - begin < 500ms);
}

TEST_CASE("publication_watch: whoever hears may throw, and hears again") {
  World world;
  world.is_throwing = true;
  PublicationWatch watch(world.steps(), world.settings(), quick);
  watch.follow({world.publication("/none.pem")});
  CHECK(world.wait([&] { return world.news.size() >= 3; }));
}
