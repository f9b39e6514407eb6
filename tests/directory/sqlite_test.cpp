// SPDX-License-Identifier: MIT
#include "directory/sqlite.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "config/key_table.hpp"
#include "directory/database_issue.hpp"
#include "directory/database_schema.hpp"
#include "tables_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;
using Kind = DatabaseError::Kind;

namespace {

std::unique_ptr<Database> open_good(const std::string& path, DatabaseUse use,
                                    const std::stop_token& stop = {},
                                    const Patience& patience = {}) {
  auto opened = open_sqlite(path, use, stop, patience);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

std::string content(const std::string& file) {
  std::ifstream in(std::string(SHAKEN302_SOURCE_DIR) + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string all_rows(Database& database, const std::string& select) {
  std::string out;
  const auto status = database.read(select, [&](DatabaseRow row) {
    for (const auto& cell : row) out += std::string(cell.value_or("NULL")) + '|';
    return true;
  });
  return status ? out : "error: " + status.error().message;
}

}  // namespace

TEST_CASE("database_schema: the kept texts are the generated ones") {
  CHECK(content("conf/sql/sqlite.sql") == schema_text(SqlDialect::sqlite));
  CHECK(content("conf/sql/postgresql.sql") == schema_text(SqlDialect::postgresql));
}

TEST_CASE("database_schema: every key of a peer and an account is a column") {
  TablesScene scene;
  scene.fill();
  const auto database = open_good(scene.database.directory.database, DatabaseUse::read);
  for (const auto section : {config::Section::peer, config::Section::account}) {
    const auto columns = database->columns_of(std::string(config::section_row(section).name));
    REQUIRE(columns);
    const auto keys = config::key_names(section);
    CHECK(*columns == std::vector<std::string>(keys.begin(), keys.end()));
  }
}

TEST_CASE("sqlite: values are bound, whatever they hold") {
  const shaken302::test::TemporaryFolder folder;
  const auto database = open_good(folder.path() / "db", DatabaseUse::create);
  REQUIRE(database->run("CREATE TABLE t (a TEXT, b TEXT) STRICT"));
  int left = 2;
  const auto inserted = database->insert("t", {"a", "b"}, [&](auto& row) {
    row[0] = "'); DROP TABLE t; --";
    row[1].reset();
    return left-- > 0;
  });
  REQUIRE(inserted);
  CHECK(all_rows(*database, "SELECT * FROM t") ==
        "'); DROP TABLE t; --|NULL|'); DROP TABLE t; --|NULL|");
}

TEST_CASE("sqlite: what cannot be read says why") {
  const shaken302::test::TemporaryFolder folder;
  const auto path = [&folder](const char* name) { return (folder.path() / name).string(); };
  const auto missing = open_sqlite(path("none"), DatabaseUse::read, {}, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == Kind::missing);
  CHECK(config::to_text(to_issue("sqlite:none", missing.error())) ==
        "sqlite:none: there is no such file; correct [directory] source, or make it with shaken302 "
        "db init and fill it with shaken302 db import");
  CHECK_FALSE(open_sqlite(path("none"), DatabaseUse::write, {}, {}));
  CHECK_FALSE(std::filesystem::exists(path("none")));
  const auto is_folder = open_sqlite(folder.path().string(), DatabaseUse::read, {}, {});
  REQUIRE_FALSE(is_folder);
  CHECK(is_folder.error().kind == Kind::missing);
  const auto nowhere = open_sqlite(path("a/b"), DatabaseUse::create, {}, {});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().kind == Kind::unreachable);

  folder.write("text", std::string(4096, 'x'));
  const auto text = open_good(path("text"), DatabaseUse::read)->begin_reading();
  REQUIRE_FALSE(text);
  CHECK(text.error().kind == Kind::missing);
  CHECK_FALSE(to_issue("sqlite:text", text.error()).is_temporary);
  CHECK(
      config::to_text(to_issue("sqlite:text", text.error())) ==
      "sqlite:text: is a file, but no SQLite database; name the right file in [directory] source, "
      "or move that one away and make a new one with shaken302 db init");
  folder.write("empty", "");
  const auto empty = read_revisions(*open_good(path("empty"), DatabaseUse::read));
  REQUIRE_FALSE(empty);
  CHECK(empty.error().kind == Kind::missing);
}

TEST_CASE("sqlite: a new file is for its user alone, and goes through no link") {
  const shaken302::test::TemporaryFolder folder;
  open_good(folder.path() / "db", DatabaseUse::create);
  using std::filesystem::perms;
  CHECK((std::filesystem::status(folder.path() / "db").permissions() & perms::all) ==
        (perms::owner_read | perms::owner_write));
  std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / "link");
  CHECK_FALSE(open_sqlite(folder.path() / "link", DatabaseUse::create, {}, {}));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "elsewhere"));
}

TEST_CASE("sqlite: what a writer left that ended in the middle is rolled back") {
  struct Row {
    const char* why;
    const char* mode;
    const char* suffix;
  };
  for (const Row& row : {Row{"a journal", "DELETE", "-journal"}, Row{"a log", "WAL", "-wal"}}) {
    const std::string why = row.why;
    CAPTURE(why);
    TablesScene scene;
    scene.fill();
    const std::string path = scene.database.directory.database;
    {
      const auto writer = open_good(path, DatabaseUse::write);
      REQUIRE(writer->read(fmt::format("PRAGMA journal_mode = {}", row.mode),
                           [](DatabaseRow) { return true; }));
      // More than the cache holds, so that half of it is in the file.
      REQUIRE(
          writer->run("PRAGMA cache_size = 5; BEGIN IMMEDIATE; WITH RECURSIVE n(x) AS (VALUES (1) "
                      "UNION ALL SELECT x + 1 FROM n WHERE x < 5000) INSERT INTO account (id) "
                      "SELECT 'a' || x FROM n"));
      std::filesystem::copy_file(path, path + ".dead");
      REQUIRE(std::filesystem::file_size(path + row.suffix) > 0);
      std::filesystem::copy_file(path + row.suffix, path + ".dead" + row.suffix);
    }
    const auto reader = open_good(path + ".dead", DatabaseUse::read);
    const auto begun = reader->begin_reading();
    if (!begun) FAIL(begun.error().message);
    CHECK(all_rows(*reader, "SELECT count(*) FROM account") == "2|");
  }
}

TEST_CASE("sqlite: a file that was put back does not count up to a revision that it had before") {
  TablesScene scene;
  scene.fill();
  const auto path = scene.folder.path() / "db";
  const auto revisions = [&path] {
    const auto read = read_revisions(*open_good(path, DatabaseUse::read));
    REQUIRE(read);
    return *read;
  };
  const Revisions imported = revisions();
  CHECK(std::stoll(imported[0]) > 1'700'000'000'000'000);
  std::filesystem::copy_file(path, path.string() + ".backup");
  scene.sql("UPDATE account SET status = 'suspended'");
  const Revisions before = revisions();
  CHECK(before != imported);
  // The clock knows milliseconds here.
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::ofstream(path, std::ios::binary)
      << std::ifstream(path.string() + ".backup", std::ios::binary).rdbuf();
  CHECK(revisions() == imported);
  scene.sql("UPDATE account SET status = 'active'");
  CHECK(revisions()[1] != before[1]);
}

TEST_CASE("sqlite: a lock costs our patience and no more, and a stop ends the wait") {
  TablesScene scene;
  scene.fill();
  const std::string path = scene.database.directory.database;
  const auto writer = open_good(path, DatabaseUse::write);
  REQUIRE(writer->run("BEGIN EXCLUSIVE"));

  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto busy = open_good(path, DatabaseUse::read, {}, {.lock = std::chrono::milliseconds(100)})
                        ->begin_reading();
  REQUIRE_FALSE(busy);
  CHECK(busy.error().kind == Kind::busy);
  CHECK(to_issue("x", busy.error()).is_temporary);
  CHECK(Clock::now() - begin >= std::chrono::milliseconds(100));
  CHECK(Clock::now() - begin < std::chrono::seconds(5));

  std::stop_source stop;
  std::thread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto stopped =
      open_good(path, DatabaseUse::read, stop.get_token(), {.lock = std::chrono::seconds(60)})
          ->begin_reading();
  stopper.join();
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == Kind::stopped);
  CHECK(Clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("sqlite: all reads of one connection see one state") {
  TablesScene scene;
  scene.fill();
  scene.sql("PRAGMA journal_mode = WAL");
  const auto reader = open_good(scene.database.directory.database, DatabaseUse::read);
  REQUIRE(reader->begin_reading());
  scene.sql("UPDATE peer SET status = 300; INSERT INTO account (id) VALUES ('x')");
  CHECK(all_rows(*reader, "SELECT status FROM peer") == "NULL|");
  CHECK(all_rows(*reader, "SELECT count(*) FROM account") == "2|");
  const auto later = open_good(scene.database.directory.database, DatabaseUse::read);
  CHECK(all_rows(*later, "SELECT status FROM peer") == "300|");
}

TEST_CASE("sqlite: every change of a table moves its revision and no other") {
  TablesScene scene;
  scene.fill();
  const auto revisions = [&scene] {
    const auto read =
        read_revisions(*open_good(scene.database.directory.database, DatabaseUse::read));
    REQUIRE(read);
    return *read;
  };
  struct Row {
    std::size_t part;
    const char* sql;
  };
  for (const Row& row : {
           Row{0, "INSERT INTO peer (name) VALUES ('p')"},
           Row{0, "UPDATE peer SET status = 300"},
           Row{0, "DELETE FROM peer"},
           Row{1, "INSERT INTO account (id) VALUES ('p')"},
           Row{1, "UPDATE account SET status = 'suspended'"},
           Row{1, "DELETE FROM account WHERE id = 'p'"},
           Row{2, "INSERT INTO number (first, account) VALUES (12155550200, 'acme')"},
           Row{2, "UPDATE number SET reference = 'x'"},
           Row{2, "DELETE FROM number"},
           Row{3, "INSERT INTO never_call (first) VALUES (12155550200)"},
           Row{3, "UPDATE never_call SET reference = 'x'"},
           Row{3, "DELETE FROM never_call"},
       }) {
    CAPTURE(std::string(row.sql));
    const Revisions before = revisions();
    scene.sql(row.sql);
    const Revisions after = revisions();
    for (std::size_t part = 0; part < before.size(); ++part) {
      CHECK((before[part] != after[part]) == (part == row.part));
    }
  }
}

TEST_CASE("database_issue: what passes by itself is told from what somebody must correct") {
  struct Row {
    Kind kind;
    bool is_temporary;
  };
  for (const Row& row :
       {Row{Kind::unreachable, true}, Row{Kind::busy, true}, Row{Kind::missing, false},
        Row{Kind::refused, false}, Row{Kind::stopped, false}}) {
    const auto issue = to_issue("name", {row.kind, "message"});
    CHECK(issue.is_temporary == row.is_temporary);
    CHECK(issue.file == "name");
    CHECK_FALSE(issue.remedy.empty());
  }
}
