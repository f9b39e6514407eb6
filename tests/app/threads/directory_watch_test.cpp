// SPDX-License-Identifier: MIT
#include "app/directory_watch.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

using namespace shaken302;
using namespace shaken302::app;
using namespace std::chrono_literals;
using directory::DatabaseError;
using directory::DatabaseStatus;
using Kind = DatabaseError::Kind;

namespace {

/// What a database that is no database says, and what was heard from it.
struct World {
  std::mutex mutex;
  std::condition_variable heard;
  directory::SqlDialect dialect = directory::SqlDialect::postgresql;
  std::string identity = "one";
  std::string revision = "1";
  std::optional<DatabaseError> down;
  bool is_notified = false;

  int opened = 0;
  int changed = 0;
  int good = 0;
  std::vector<Kind> errors;
  std::vector<AccountNews> news;
  std::optional<DatabaseError> deaf;  // what LISTEN gets
  bool is_throwing = false;

  template <class Change>
  void set(Change change) {
    const std::lock_guard lock(mutex);
    change(*this);
    heard.notify_all();
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return heard.wait_for(lock, 5s, [&] { return condition(*this); });
  }
};

class FakeDatabase final : public directory::Database {
 public:
  FakeDatabase(World& world, std::stop_token stop) : world_(world), stop_(std::move(stop)) {}
  [[nodiscard]] directory::SqlDialect dialect() const noexcept override { return world_.dialect; }
  [[nodiscard]] std::string identity() const override {
    const std::lock_guard lock(world_.mutex);
    return world_.identity;
  }
  DatabaseStatus begin_reading() override { return {}; }
  DatabaseStatus begin_writing() override { return {}; }
  DatabaseStatus commit() override { return {}; }
  DatabaseStatus run(const std::string&) override { return {}; }
  Result<std::vector<std::string>, DatabaseError> columns_of(const std::string&) override {
    return std::vector<std::string>{"id", "status", "business_profile", "max_attestation"};
  }
  DatabaseStatus insert(const std::string&, const std::vector<std::string>&,
                        const directory::RowSource&) override {
    return {};
  }
  DatabaseStatus read(const std::string& select, const directory::RowSink& sink) override {
    const std::lock_guard lock(world_.mutex);
    if (world_.down) return Failure{*world_.down};
    const bool is_revision = select.find("revision") != std::string::npos;
    if (world_.is_throwing) throw std::runtime_error("no memory");
    if (is_revision) {
      sink(std::vector<std::optional<std::string_view>>{"account", world_.revision});
      return {};
    }
    if (select !=
        R"(SELECT "id", "status", "business_profile", NULL, "max_attestation" FROM "account")") {
      return Failure{DatabaseError{Kind::missing, select}};
    }
    sink(std::vector<std::optional<std::string_view>>{"acme", "suspended", "approved", std::nullopt,
                                                      "D"});
    return {};
  }
  DatabaseStatus listen() override {
    const std::lock_guard lock(world_.mutex);
    return world_.deaf ? DatabaseStatus(Failure{*world_.deaf}) : DatabaseStatus();
  }
  Result<bool, DatabaseError> wait_for_change(std::chrono::steady_clock::time_point end) override {
    std::unique_lock lock(world_.mutex);
    while (!stop_.stop_requested()) {
      if (world_.down) return Failure{*world_.down};
      if (std::exchange(world_.is_notified, false)) return true;
      if (std::chrono::steady_clock::now() >= end) return false;
      world_.heard.wait_for(lock, 1ms);
    }
    return Failure{DatabaseError{Kind::stopped, "stopped"}};
  }

 private:
  World& world_;
  std::stop_token stop_;
};

DirectoryWatch::Steps steps_of(World& world) {
  return {
      [&world](const std::stop_token& stop) -> directory::OpenedDatabase {
        const std::lock_guard lock(world.mutex);
        ++world.opened;
        if (world.down) return Failure{*world.down};
        return std::unique_ptr<directory::Database>(std::make_unique<FakeDatabase>(world, stop));
      },
      [&world](std::vector<AccountNews> news) {
        world.set([&](World& w) {
          ++w.changed;
          w.news = std::move(news);
        });
      },
      [&world](const std::optional<DatabaseError>& error) {
        world.set([&](World& w) {
          if (error) {
            w.errors.push_back(error->kind);
          } else {
            ++w.good;
          }
        });
      }};
}

constexpr DirectoryWatch::Pace quick{
    .poll = 2ms, .check = 30s, .retry = 2ms, .quiet = 5ms, .longest = 20ms};

}  // namespace

TEST_CASE("directory_watch: the first look is a change, and a notification another") {
  World world;
  DirectoryWatch watch(steps_of(world), quick);
  REQUIRE(world.wait([](World& w) { return w.changed == 1; }));
  REQUIRE(world.news.size() == 1);
  const AccountNews& news = world.news.front();
  CHECK(news.id == "acme");
  CHECK(news.status == AccountStatus::suspended);
  CHECK(news.business_profile == ReviewStatus::approved);
  CHECK(news.trust_product == ReviewStatus::none);  // no such column: the default
  CHECK_FALSE(news.max_attestation.has_value());    // no such level
  world.set([](World& w) {
    w.revision = "2";
    w.is_notified = true;
  });
  CHECK(world.wait([](World& w) { return w.changed == 2; }));
  // A notification of what is known already: the one that came while the revisions were read.
  const int good = world.good;
  world.set([](World& w) { w.is_notified = true; });
  CHECK(world.wait([good](World& w) { return w.good > good; }));
  CHECK(world.changed == 2);
}

TEST_CASE("directory_watch: a notification that got lost is found by the next look") {
  World world;
  DirectoryWatch::Pace pace = quick;
  pace.check = 10ms;
  DirectoryWatch watch(steps_of(world), pace);
  REQUIRE(world.wait([](World& w) { return w.changed == 1; }));
  world.set([](World& w) { w.revision = "2"; });
  CHECK(world.wait([](World& w) { return w.changed == 2; }));
}

TEST_CASE("directory_watch: an outage is told, and what changed meanwhile is found") {
  World world;
  DirectoryWatch watch(steps_of(world), quick);
  REQUIRE(world.wait([](World& w) { return w.changed == 1; }));
  world.set([](World& w) { w.down = DatabaseError{Kind::unreachable, "gone"}; });
  REQUIRE(world.wait([](World& w) { return w.errors.size() >= 3; }));
  CHECK(world.errors.front() == Kind::unreachable);
  world.set([](World& w) {
    w.down.reset();
    w.revision = "2";
  });
  CHECK(world.wait([](World& w) { return w.changed == 2; }));
}

TEST_CASE("directory_watch: an outage without a change is none for the directory") {
  World world;
  DirectoryWatch watch(steps_of(world), quick);
  REQUIRE(world.wait([](World& w) { return w.changed == 1 && w.good == 1; }));
  world.set([](World& w) { w.down = DatabaseError{Kind::busy, "slow"}; });
  REQUIRE(world.wait([](World& w) { return !w.errors.empty(); }));
  world.set([](World& w) { w.down.reset(); });
  CHECK(world.wait([](World& w) { return w.good == 2; }));
  CHECK(world.changed == 1);
}

TEST_CASE("directory_watch: a standby that refuses to tell of changes is looked at") {
  World world;
  world.deaf = DatabaseError{Kind::refused, "cannot execute LISTEN during recovery"};
  DirectoryWatch::Pace pace = quick;
  pace.check = 10ms;
  DirectoryWatch watch(steps_of(world), pace);
  REQUIRE(world.wait([](World& w) { return w.changed == 1; }));
  world.set([](World& w) { w.revision = "2"; });
  CHECK(world.wait([](World& w) { return w.changed == 2; }));
  CHECK(world.errors.empty());
  CHECK(world.opened == 1);
}

TEST_CASE("directory_watch: without LISTEN for another reason there is an outage") {
  World world;
  world.deaf = DatabaseError{Kind::unreachable, "gone"};
  DirectoryWatch watch(steps_of(world), quick);
  CHECK(world.wait([](World& w) { return w.errors.size() >= 2; }));
  CHECK(world.changed == 0);
}

TEST_CASE("directory_watch: what is thrown is an outage and ends nothing") {
  World world;
  world.is_throwing = true;
  DirectoryWatch watch(steps_of(world), quick);
  REQUIRE(world.wait([](World& w) { return w.errors.size() >= 2; }));
  world.set([](World& w) { w.is_throwing = false; });
  CHECK(world.wait([](World& w) { return w.changed == 1; }));
}

TEST_CASE("directory_watch: SQLite is opened for every look, and another file is a change") {
  World world;
  world.dialect = directory::SqlDialect::sqlite;
  DirectoryWatch watch(steps_of(world), quick);
  REQUIRE(world.wait([](World& w) { return w.opened > 3; }));
  CHECK(world.changed == 1);
  world.set([](World& w) { w.identity = "two"; });
  CHECK(world.wait([](World& w) { return w.changed == 2; }));
}

TEST_CASE("directory_watch: its end waits for nothing") {
  World world;
  const auto begin = std::chrono::steady_clock::now();
  {
    DirectoryWatch watch(steps_of(world), quick);
    REQUIRE(world.wait([](World& w) { return w.good == 1; }));
  }
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}
