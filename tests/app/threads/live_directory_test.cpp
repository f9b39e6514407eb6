// SPDX-License-Identifier: MIT
#include "app/live_directory.hpp"

#include <doctest/doctest.h>

#include "directory/tables_scene.hpp"

namespace shaken302::app {
namespace {

using namespace std::chrono_literals;

/// A directory in SQLite that is served, and what becomes of it.
class Scene : public directory::test::TablesScene {
 public:
  Scene() {
    fill();
    folder.write("t.toml", database_toml());
    auto loaded = load_everything({folder.path() / "t.toml"});
    if (!loaded) FAIL(lines(loaded.error()));
    live_.emplace(control_, log_, folder.path() / "t.toml", std::move(*loaded),
                  LiveDirectory::Steps{[] {}, [](const std::string&) {}});
  }

  LiveDirectory& live() { return *live_; }
  [[nodiscard]] std::shared_ptr<const Snapshot> served() { return live_->snapshots().current(); }
  [[nodiscard]] bool is_suspended(std::string_view id) {
    const auto& table = *served()->accounts;
    const auto index = table.find(id);
    return index == no_index || table.accounts()[index].suspended;
  }

  void run(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      control_.restart();
      control_.run_for(5ms);
    }
  }
  template <class Condition>
  bool wait(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < end) run(5ms);
    return condition();
  }

  /// Nobody reads the tables until it is gone.
  class Lock {
   public:
    explicit Lock(const Scene& scene) {
      REQUIRE(sqlite3_open((scene.folder.path() / "db").c_str(), &connection_) == SQLITE_OK);
      sqlite3_busy_timeout(connection_, 10000);  // a reader may have the file
      REQUIRE(sqlite3_exec(connection_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { sqlite3_close(connection_); }

   private:
    sqlite3* connection_ = nullptr;
  };

 private:
  boost::asio::io_context control_;
  Log log_;
  std::optional<LiveDirectory> live_;
};

const std::string second_credential =
    "[[credential]]\n"
    "name = \"second\"\n"
    "key = \"house.key\"\n"
    "certificate = \"house.pem\"\n"
    "x5u = \"https://cert.example.com/second.pem\"\n";

TEST_CASE("live_directory: a reload that a busy database kept waiting is done when it answers") {
  Scene scene;
  {
    const Scene::Lock lock(scene);
    scene.folder.write("t.toml", second_credential + Scene::database_toml());
    scene.live().reload();
    REQUIRE(scene.wait([&] { return scene.live().source().state == "unreachable"; }));
  }
  CHECK(scene.wait([&] { return scene.served()->credentials->entries.size() == 2; }));
  CHECK(scene.live().source().state == "good");
}

TEST_CASE("live_directory: no load that was due for a database comes behind a change to files") {
  Scene scene;
  const Scene::Lock lock(scene);
  scene.live().reload();
  REQUIRE(scene.wait([&] { return scene.live().source().state == "unreachable"; }));
  scene.folder.write("t.toml", directory::test::good_toml);
  scene.live().reload();
  REQUIRE(scene.wait([&] { return scene.live().source().state == "good"; }));
  const auto generation = scene.served()->generation;
  scene.run(1500ms);
  CHECK(scene.served()->peers->peers().size() == 1);
  CHECK(scene.served()->generation == generation);
  CHECK(scene.live().source().state == "good");
}

TEST_CASE("live_directory: a wrong configuration stays refused until a whole load is good") {
  Scene scene;
  scene.folder.write("t.toml", "nonsense");
  scene.live().reload();
  REQUIRE(scene.wait([&] { return scene.live().source().state == "refused"; }));
  scene.run(500ms);  // the load of the database behind it is good
  CHECK(scene.live().source().state == "refused");
  scene.folder.write("t.toml", Scene::database_toml());
  scene.live().reload();
  CHECK(scene.wait([&] { return scene.live().source().state == "good"; }));
}

TEST_CASE("live_directory: a deleted account signs nothing though the load is refused") {
  Scene scene;
  scene.live().follow();
  CHECK_FALSE(scene.is_suspended("acme-store"));
  scene.sql("DELETE FROM account WHERE id = 'acme-store'");  // numbers name it still
  CHECK(scene.wait([&] { return scene.is_suspended("acme-store"); }));
  CHECK(scene.wait([&] { return scene.live().source().state == "refused"; }));
  CHECK(scene.is_suspended("acme-store"));
  CHECK_FALSE(scene.is_suspended("acme"));
}

TEST_CASE("live_directory: a wrong number holds no revocation up, and every right") {
  Scene scene;
  scene.sql("UPDATE account SET business_profile = 'approved' WHERE id = 'acme'");
  scene.live().follow();
  const auto acme = [&] {
    const auto& table = *scene.served()->accounts;
    return table.accounts()[table.find("acme")];
  };
  REQUIRE(scene.wait([&] { return acme().business_profile == ReviewStatus::approved; }));
  scene.sql("INSERT INTO number (first, last, account) VALUES (12155550105, 12155550115, 'acme')");
  REQUIRE(scene.wait([&] { return scene.live().source().state == "refused"; }));
  scene.sql(
      "UPDATE account SET business_profile = 'pending', trust_product = 'approved', "
      "max_attestation = 'C' WHERE id = 'acme'");
  REQUIRE(scene.wait([&] { return acme().max_attestation == Attestation::C; }));
  CHECK(acme().business_profile == ReviewStatus::pending);
  CHECK(acme().trust_product == ReviewStatus::none);
  CHECK(scene.live().source().state == "refused");
  scene.sql("DELETE FROM number WHERE first = 12155550105");
  CHECK(scene.wait([&] { return acme().trust_product == ReviewStatus::approved; }));
  CHECK(scene.live().source().state == "good");
}

}  // namespace
}  // namespace shaken302::app
