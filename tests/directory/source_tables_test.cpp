// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tables_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

std::vector<std::string> built(const LoadedSnapshot& loaded) {
  std::vector<std::string> names;
  for (const BuiltPart& part : loaded.built) names.emplace_back(part.name);
  return names;
}
using Names_ = std::vector<std::string>;

constexpr std::string_view many_keys =
    "[[peer]]\nname = \"edge\"\nsources = [\"10.0.0.0/24\", \"2001:db8::1\"]\nstatus = 300\n"
    "account_from = [\"header:X-Account\", \"fixed:acme\"]\ncredential = \"house\"\n"
    "force_rport = true\ncaller_id_screened = false\nemergency = [\"911\"]\n"
    "x_identity_name = \"X-Quoted\"\n"
    "[[account]]\nid = \"acme-store\"\nparent = \"acme\"\nlabels = [\"a \\\"b\\\"\", \"c\\\\d\"]\n"
    "family_numbers = true\norigid = \"6ba7b810-9dad-41d1-80b4-00c04fd430c8\"\n"
    "[[account]]\nid = \"acme\"\ncredential = \"house\"\nbusiness_profile = \"approved\"\n"
    "parent = \"\"\nmax_attestation = \"B\"\n";

}  // namespace

TEST_CASE("source_tables: import and export keep every decision") {
  TablesScene scene;
  const std::string credential(good_toml.substr(0, good_toml.find("[[peer]]")));
  const std::string toml =
      credential + "[directory]\ndo_not_originate = \"never.csv\"\n" + std::string(many_keys);
  scene.folder.write("t.toml", toml);
  scene.folder.write("never.csv", "number,valid_from,valid_until,reference\n18005550100,,,\n");
  scene.folder.write("numbers.csv",
                     "number,account,valid_from,valid_until,basis,reference\n"
                     "+12155550100,acme,,,,\"order \"\"4711\"\", line 3\"\n"
                     "# a comment\n"
                     "12155550110-12155550119,acme-store,2026-01-01,2035-12-31,loa,\n"
                     "12155550120-12155550120,acme,,2030-12-31,delegated,x\n"
                     "442079460000,acme\n");
  scene.files = scene.configuration(toml);
  scene.fill();
  REQUIRE(TablesScene::entries(scene.database) == TablesScene::entries(scene.files));

  const auto of_files = scene.load(scene.files);
  scene.expect(of_files);
  const auto of_tables = scene.load(scene.database);
  scene.expect(of_tables);
  const auto text = [](const LoadedSnapshot& loaded) {
    return TablesScene::numbers(*loaded.snapshot, *loaded.snapshot->numbers) + "never\n" +
           TablesScene::numbers(*loaded.snapshot, *loaded.snapshot->never_calls);
  };
  CHECK(of_files->snapshot->numbers->size() == 4);
  CHECK(of_files->snapshot->never_calls->size() == 1);
  CHECK(text(*of_tables) == text(*of_files));

  const auto out = scene.folder.path() / "out";
  const auto exported = export_files(scene.database, out);
  scene.expect(exported);
  CHECK(exported->numbers == 4);
  CHECK(exported->accounts == 2);
  const auto again = config::read_configuration(out / "shaken302.toml");
  scene.expect(again);
  CHECK(TablesScene::entries(*again) == TablesScene::entries(scene.files));
  const auto of_export = scene.load(*again);
  scene.expect(of_export);
  CHECK(text(*of_export) == text(*of_files));
  std::ifstream csv(out / "numbers.csv");
  std::string line;
  std::getline(csv, line);
  std::getline(csv, line);
  CHECK(line == "12155550100,acme,,,,\"order \"\"4711\"\", line 3\"");
  CHECK_FALSE(export_files(scene.database, out));  // nothing is written over
}

TEST_CASE("source_tables: init and import refuse what is there already") {
  TablesScene scene;
  scene.fill();
  const auto again = init_database(scene.database.directory);
  REQUIRE_FALSE(again);
  CHECK(scene.lines(again.error()).find("has a table peer already") != std::string::npos);
  const auto twice = import_files(scene.files, scene.database.directory, false);
  REQUIRE_FALSE(twice);
  CHECK(scene.lines(twice.error()).find("holds rows already") != std::string::npos);
  const auto replaced = import_files(scene.files, scene.database.directory, true);
  scene.expect(replaced);
  CHECK(replaced->numbers == 2);
  CHECK(scene.issues(scene.database).empty());
}

TEST_CASE("source_tables: an import of files that somebody changes meanwhile copies nothing") {
  struct Row {
    const char* why;
    const char* name;
    const char* text;
    const char* issue;
  };
  const std::string header = "number,account,valid_from,valid_until,basis,reference\n";
  for (const Row& row : {
           Row{"a row less", "numbers.csv", "12155550100,acme\n", "was changed while"},
           Row{"no row", "numbers.csv", "12155550100,acme,\"\n12155550101,acme\n",
               "numbers.csv:2: is no row any more"},
           Row{"half a row", "numbers.csv", "12155550100,acme\n12155550101,ac",
               "numbers.csv:3: is no row any more"},
       }) {
    const std::string why = row.why;
    CAPTURE(why);
    TablesScene scene;
    scene.expect(init_database(scene.database.directory));
    const CopiedRows checked{scene.files.directory.peers.size(),
                             scene.files.directory.accounts.size(), 2, 0};
    scene.folder.write(row.name, header + row.text);
    const auto copied = import_files(scene.files, scene.database.directory, false, checked);
    REQUIRE_FALSE(copied);
    const std::string issues = scene.lines(copied.error());
    CHECK_MESSAGE(issues.find(row.issue) != std::string::npos, issues);
    CHECK(import_files(scene.files, scene.database.directory, false).has_value() ==
          (std::string_view(row.issue) == "was changed while"));
  }
}

TEST_CASE("source_tables: an export refuses what no file can hold, and leaves no file") {
  struct Row {
    const char* why;
    const char* sql;
    const char* issue;
  };
  for (const Row& row : {
           Row{"a line end", "UPDATE number SET reference = 'a' || char(10) || 'b' WHERE id = 2",
               "number[2].reference: holds the byte 0A"},
           Row{"no UTF-8", "UPDATE number SET reference = CAST(x'41ff' AS TEXT) WHERE id = 1",
               "number[1].reference: is not UTF-8"},
           Row{"a line too long",
               "UPDATE number SET reference = printf('%.*c', 65536, 'x') WHERE id = 1",
               "number[1]: is longer than the 65536 bytes of a line"},
           Row{"a number that never calls",
               "INSERT INTO never_call (id, first, reference) VALUES (7, 18005550100, char(1))",
               "never_call[7].reference: holds the byte 01"},
           Row{"an account", "UPDATE account SET status = status, labels = json_array(char(127))",
               "account[acme].labels: holds the byte 7F"},
           Row{"a name", "INSERT INTO peer (name) VALUES ('a' || char(27))",
               "peer[#1].name: holds the byte 1B"},
       }) {
    const std::string why = row.why;
    CAPTURE(why);
    TablesScene scene;
    scene.fill();
    scene.sql(row.sql);
    const auto out = scene.folder.path() / "out";
    const auto exported = export_files(scene.database, out);
    REQUIRE_FALSE(exported);
    const std::string issues = scene.lines(exported.error());
    CHECK_MESSAGE(issues.find(row.issue) != std::string::npos, issues);
    CHECK(std::filesystem::is_empty(out));
  }
}

TEST_CASE("source_tables: an exported configuration finds its shadow from everywhere") {
  TablesScene scene;
  scene.fill();
  const std::string toml =
      TablesScene::database_toml() + "[shadow]\nconfiguration = \"shadow.toml\"\n";
  scene.folder.write("t.toml", toml);
  const auto database = scene.configuration(toml);
  const auto out = scene.folder.path() / "out";
  scene.expect(export_files(database, out));
  const auto again = config::read_configuration(out / "shaken302.toml");
  scene.expect(again);
  CHECK(again->shadow == scene.folder.path() / "shadow.toml");
}

TEST_CASE("source_tables: an export writes over nothing, not through a link either") {
  TablesScene scene;
  scene.fill();
  const auto out = scene.folder.path() / "out";
  std::filesystem::create_directory(out);
  std::filesystem::create_symlink(scene.folder.path() / "elsewhere", out / "never.csv");
  const auto exported = export_files(scene.database, out);
  REQUIRE_FALSE(exported);
  CHECK(scene.lines(exported.error()).find("never.csv: is there already") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(scene.folder.path() / "elsewhere"));
  CHECK_FALSE(std::filesystem::exists(out / "shaken302.toml"));
}

TEST_CASE("source_tables: a wrong row is named as a wrong section is") {
  struct Row {
    const char* why;
    const char* sql;
    const char* issues;
  };
  for (
      const Row& row : {
          Row{"a peer's address", R"(UPDATE peer SET sources = '["10.0.0.0/99"]')",
              "sqlite:db: peer[edge].sources: \"10.0.0.0/99\" has no good prefix length; use /0 to "
              "/32, for IPv6 /0 to /128\n"},
          Row{"a credential that no file names",
              "UPDATE account SET credential = 'hous' WHERE id = 'acme'",
              "sqlite:db: account[acme].credential: \"hous\" is no credential; did you mean "
              "\"house\"?\n"},
          Row{"a column that is no key",
              "ALTER TABLE account ADD COLUMN credentail TEXT; UPDATE account SET credentail = "
              "'x' WHERE id = 'acme'",
              "sqlite:db: account[acme].credentail: unknown key; did you mean \"credential\"?\n"},
          Row{"no peer", "DELETE FROM peer",
              "sqlite:db: peer: there is none: nobody would get an answer; insert a peer with its "
              "name and sources\n"},
          Row{"two peers with one network",
              R"(INSERT INTO peer (name, sources) VALUES ('other', '["10.0.0.0/24"]'))",
              "sqlite:db: peer[other].sources: 10.0.0.0/24 belongs to peer \"edge\" already; leave "
              "it to one of the two, or give one of them a more specific network\n"},
          Row{"a circle of parents", "UPDATE account SET parent = 'acme-store' WHERE id = 'acme'",
              "sqlite:db: account[acme].parent: following the parents leads back to \"acme\"; one "
              "account of that circle must have no parent\n"},
          Row{"ranges that cross",
              "INSERT INTO number (id, first, last, account) VALUES (7, 12155550115, 12155550125, "
              "'acme')",
              "sqlite:db number row 7: number: claims numbers of line 2 again; remove one of the "
              "two, or make "
              "one range hold the other whole\n"},
          Row{"a number of nobody",
              "INSERT INTO number (id, first, account) VALUES (8, 12155550200, 'acm')",
              "sqlite:db number row 8: account: \"acm\" is no account; did you mean \"acme\"?\n"},
          Row{"a table that is missing", "DROP TABLE peer",
              "sqlite:db: lacks what is needed: no table peer; correct [directory] source, or make "
              "the tables with shaken302 db init\n"},
      }) {
    const std::string why = row.why;
    CAPTURE(why);
    TablesScene scene;
    scene.fill();
    scene.sql(row.sql);
    CHECK(scene.issues(scene.database) == row.issues);
  }
}

TEST_CASE("source_tables: the schema refuses what it can") {
  struct Row {
    const char* why;
    const char* sql;
  };
  for (const Row& row : {
           Row{"a level that is none", "UPDATE peer SET max_attestation = 'D'"},
           Row{"a list that is none", "UPDATE peer SET sources = '10.0.0.1'"},
           Row{"a flag that is none", "UPDATE peer SET force_rport = 2"},
           Row{"a day that does not exist", "UPDATE number SET valid_from = '2026-02-30'"},
           Row{"a day before there were numbers", "UPDATE number SET valid_from = '1899-12-31'"},
           Row{"the same for those that never call",
               "INSERT INTO never_call (first, valid_from) VALUES (18005550100, '0001-01-01')"},
           Row{"days the wrong way round",
               "UPDATE number SET valid_from = '2026-02-03', valid_until = '2026-02-02'"},
           Row{"a range the wrong way round", "UPDATE number SET last = 12155550000"},
           Row{"a range of two lengths", "UPDATE number SET last = 122155550000"},
           Row{"a number of nobody",
               "INSERT INTO number (first, account) VALUES (12155550200, 'nobody')"},
           Row{"the same number twice",
               "INSERT INTO number (first, account) VALUES (12155550100, 'acme')"},
           Row{"an account with numbers goes", "DELETE FROM account WHERE id = 'acme-store'"},
           Row{"a parent that is nobody", "UPDATE account SET parent = 'nobody'"},
       }) {
    const std::string why = row.why;
    CAPTURE(why);
    TablesScene scene;
    scene.fill();
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open((scene.folder.path() / "db").c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_exec(raw, row.sql, nullptr, nullptr, nullptr) == SQLITE_CONSTRAINT);
    sqlite3_close(raw);
  }
}

TEST_CASE("source_tables: a refresh reads what has changed and keeps the rest") {
  TablesScene scene;
  scene.fill();
  const auto first = scene.load(scene.database);
  scene.expect(first);
  CHECK(built(*first) == Names_{"credentials", "peers and accounts", "numbers", "never_calls"});
  struct Row {
    const char* why;
    const char* sql;
    Names_ built;
  };
  LoadedSnapshot before = *first;
  for (const Row& row : {
           Row{"nothing has changed", "", {}},
           Row{"an account",
               "UPDATE account SET status = 'suspended' WHERE id = 'acme-store'",
               {"peers and accounts"}},
           Row{"a peer", "UPDATE peer SET status = 300", {"peers and accounts"}},
           Row{"a number",
               "INSERT INTO number (first, account) VALUES (12155550200, 'acme')",
               {"numbers"}},
           Row{"a number that never calls",
               "INSERT INTO never_call (first) VALUES (18005550100)",
               {"never_calls"}},
           Row{"a new account, which no number can name yet",
               "INSERT INTO account (id) VALUES ('new')",
               {"peers and accounts"}},
           Row{"an account and its number in one go",
               "BEGIN; INSERT INTO account (id) VALUES ('brand-new'); INSERT INTO number (first, "
               "account) VALUES (12155550201, 'brand-new'); COMMIT",
               {"peers and accounts", "numbers"}},
       }) {
    const std::string why = row.why;
    CAPTURE(why);
    scene.sql(row.sql);
    const auto after = scene.refresh(before, scene.database);
    scene.expect(after);
    CHECK(built(*after) == row.built);
    const Snapshot& old = *before.snapshot;
    const Snapshot& now = *after->snapshot;
    const auto is_built = [&](const char* name) {
      return std::ranges::find(row.built, name) != row.built.end();
    };
    CHECK((now.credentials == old.credentials));
    CHECK((now.accounts != old.accounts) == is_built("peers and accounts"));
    CHECK((now.peers != old.peers) == is_built("peers and accounts"));
    CHECK((now.numbers != old.numbers) == is_built("numbers"));
    CHECK((now.never_calls != old.never_calls) == is_built("never_calls"));
    before = *after;
  }
  CHECK(TablesScene::numbers(*before.snapshot, *before.snapshot->numbers)
            .find("12155550201-12155550201 brand-new") != std::string::npos);
}

TEST_CASE("source_tables: a database that is put in the place of another is read whole") {
  TablesScene scene;
  scene.fill();
  const auto first = scene.load(scene.database);
  scene.expect(first);
  const auto path = scene.folder.path() / "db";
  std::filesystem::copy_file(path, scene.folder.path() / "copy");
  std::filesystem::rename(scene.folder.path() / "copy", path);
  const auto after = scene.refresh(*first, scene.database);
  scene.expect(after);
  CHECK(built(*after) == Names_{"peers and accounts", "numbers", "never_calls"});
}

TEST_CASE("source_tables: accounts keep their index, whoever comes and goes") {
  TablesScene scene;
  scene.fill();
  scene.sql("DELETE FROM number; INSERT INTO account (id) VALUES ('b'), ('a')");
  const auto first = scene.load(scene.database);
  scene.expect(first);
  const auto index = [](const LoadedSnapshot& loaded, const char* id) {
    return loaded.snapshot->accounts->find(id);
  };
  const auto b = index(*first, "b");
  const auto store = index(*first, "acme-store");

  scene.sql("DELETE FROM account WHERE id = 'a'; INSERT INTO account (id) VALUES ('0')");
  const auto second = scene.refresh(*first, scene.database);
  scene.expect(second);
  CHECK(index(*second, "b") == b);
  CHECK(index(*second, "a") == no_index);
  CHECK(index(*second, "0") == first->snapshot->accounts->accounts().size());
  const Account& gone = second->snapshot->accounts->accounts()[index(*first, "a")];
  CHECK(gone.removed);
  CHECK(gone.suspended);

  scene.sql("INSERT INTO account (id) VALUES ('a')");
  const auto third = scene.refresh(*second, scene.database);
  scene.expect(third);
  CHECK(index(*third, "a") == index(*first, "a"));
  CHECK_FALSE(third->snapshot->accounts->accounts()[index(*third, "a")].removed);

  // The two exchange their places in the tree.
  scene.sql(
      "UPDATE account SET parent = NULL WHERE id = 'acme-store'; UPDATE account SET parent = "
      "'acme-store' WHERE id = 'acme'");
  const auto fourth = scene.refresh(*third, scene.database);
  scene.expect(fourth);
  CHECK(index(*fourth, "acme-store") == store);
  CHECK(fourth->snapshot->accounts->accounts()[store].parent.empty());

  // A removed account is nobody's parent.
  scene.sql("UPDATE account SET parent = 'b' WHERE id = 'a'; DELETE FROM account WHERE id = 'b'");
  const auto fifth = scene.refresh(*fourth, scene.database);
  REQUIRE_FALSE(fifth);
  CHECK(scene.lines(fifth.error()).find("account[a].parent: \"b\" is no account") !=
        std::string::npos);
}

TEST_CASE("source_tables: an account that goes and leaves numbers behind is a mistake") {
  TablesScene scene;
  scene.fill();
  const auto first = scene.load(scene.database);
  scene.expect(first);
  scene.sql("PRAGMA foreign_keys = OFF; DELETE FROM account WHERE id = 'acme-store'");
  const auto second = scene.refresh(*first, scene.database);
  REQUIRE_FALSE(second);
  CHECK(scene.lines(second.error()) ==
        "sqlite:db number row 2: account: \"acme-store\" is no account; accounts: \"acme\"\n");
}

TEST_CASE("source_tables: a load that is told to stop says so") {
  TablesScene scene;
  scene.fill();
  std::stop_source stop;
  stop.request_stop();
  const auto loaded =
      load_snapshot(scene.database, 1, shaken302::test::noon, scene.slots, stop.get_token());
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().front().problem == "was not read to its end");
}
