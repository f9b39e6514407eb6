// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "cli/commands.hpp"

namespace shaken302::test {
namespace {

/// The set-up of `init`, and beside it a configuration that keeps the directory in SQLite.
struct DatabaseSetup : Setup {
  DatabaseSetup() {
    std::string text = read(config());
    text.resize(text.find("# An upstream proxy"));
    const std::string files = "source = \"files\"\nnumbers = \"numbers.csv\"";
    text.replace(text.find(files), files.size(), "source = \"sqlite:directory.db\"");
    std::ofstream(database()) << text;
  }
  [[nodiscard]] std::string database() const { return path("db.toml"); }
};

}  // namespace

TEST_CASE("db: tables are made, filled and written as files again, which decide the same") {
  const DatabaseSetup setup;
  const Ran made = run({"db", "init", "--config", setup.database()});
  CHECK_MESSAGE(made.status == 0, made.err);
  const Ran again = run({"db", "init", "--config", setup.database()});
  CHECK(again.status == 1);
  CHECK(again.err.find("has a table peer already") != std::string::npos);

  const Words import{"db", "import", "--config", setup.database(), "--from", setup.config()};
  const Ran imported = run(import);
  CHECK_MESSAGE(imported.status == 0, imported.err);
  CHECK(imported.out.find("imported 1 peers, 3 accounts, 4 number rows") != std::string::npos);
  CHECK(run(import).status == 1);
  Words replace = import;
  replace.emplace_back("--replace");
  CHECK(run(replace).status == 0);

  const std::string out = setup.path("out");
  const Ran exported = run({"db", "export", "--config", setup.database(), out});
  CHECK_MESSAGE(exported.status == 0, exported.err);
  CHECK(read(out + "/numbers.csv") == read(setup.path("numbers.csv")));
  CHECK(run({"db", "export", "--config", setup.database(), out}).status == 1);

  for (const std::string number :
       {"+12155550100", "+12155550115", "+12155550120", "+12155550130", "+12155550177"}) {
    CAPTURE(number);
    const auto level = [&number](const std::string& file) {
      const std::string json =
          run({"explain", "--config", file, "--from", number, "--to", "+12155550199", "--json"})
              .out;
      const auto outcome = json.find("\"outcome\"");
      return json.substr(outcome, json.find("\"peer\"", outcome) - outcome);
    };
    CHECK_FALSE(level(setup.config()).empty());
    CHECK(level(setup.database()) == level(setup.config()));
    CHECK(level(out + "/shaken302.toml") == level(setup.config()));
  }
}

TEST_CASE("db: a look-up tells the tables of a database apart and shows a reference") {
  const DatabaseSetup setup;
  write(
      setup.path("numbers.csv"),
      "number,account,valid_from,valid_until,basis,reference\n12155550100,acme,,,loa,letter 17\n");
  write(setup.path("never.csv"), "number\n12155550100\n");
  write(setup.config(), replaced(read(setup.config()), "numbers = \"numbers.csv\"\n",
                                 "numbers = \"numbers.csv\"\ndo_not_originate = \"never.csv\"\n"));
  REQUIRE(run({"db", "init", "--config", setup.database()}).status == 0);
  const Ran imported =
      run({"db", "import", "--config", setup.database(), "--from", setup.config()});
  REQUIRE_MESSAGE(imported.status == 0, imported.err);
  const Ran found = run({"numbers", "lookup", "+12155550100", "--at", "2026-11-21T09:00:00Z",
                         "--config", setup.database()});
  const std::string database = "sqlite:" + setup.path("directory.db");
  CHECK(found.out == "+12155550100 at 2026-11-21T09:00:00Z\n  decides: " + database +
                         " number row 1: 12155550100 of acme, loa, valid\n"
                         "           letter 17\n  must never call: " +
                         database + " never_call row 1: 12155550100, valid\n");
  const Ran json =
      run({"numbers", "lookup", "+12155550100", "--json", "--config", setup.database()});
  CHECK(json.out.find("\"reference\": \"letter 17\"") != std::string::npos);
  const Ran explained = run(
      {"explain", "--from", "+12155550100", "--to", "+12155550199", "--config", setup.database()});
  CHECK(explained.out.find(database + " never_call row 1: 12155550100 [") != std::string::npos);
}

TEST_CASE("db: what cannot be done says why") {
  const DatabaseSetup setup;
  std::ofstream(setup.path("broken.toml")) << "[peer";
  struct Row {
    const char* why;
    Words words;
    int status;
    const char* says;
  };
  for (const Row& row : {
           Row{"no action", {"db"}, 64, "db does what? init,"},
           Row{"an action that there is not", {"db", "drop"}, 64, "there is no db drop"},
           Row{"import of nothing", {"db", "import"}, 64, "--from"},
           Row{"export to nowhere", {"db", "export"}, 64, "a folder"},
           Row{"init of rows that only import replaces",
               {"db", "init", "--replace"},
               64,
               "--replace"},
           Row{"init from files", {"db", "init", "--from", "x"}, 64, "no --from"},
           Row{"init of a folder", {"db", "init", "x"}, 64, "takes no x"},
           Row{"an export that replaces", {"db", "export", "--replace", "x"}, 64, "--replace"},
           Row{"an import of two", {"db", "import", "--from", "x", "y"}, 64, "takes no y"},
           Row{"a schema of a configuration",
               {"db", "schema", "sqlite", "--config", "x"},
               64,
               "no --config"},
           Row{"a schema of another kind", {"db", "schema", "mysql"}, 64, "sqlite or postgresql"},
           Row{"a configuration of files",
               {"db", "init", "--config", setup.config()},
               78,
               "names no database"},
           Row{"a broken configuration",
               {"db", "init", "--config", setup.path("broken.toml")},
               78,
               "TOML"},
           Row{"import from a database",
               {"db", "import", "--config", setup.database(), "--from", setup.database()},
               78,
               "give --from a configuration of files"},
           Row{"import into no tables",
               {"db", "import", "--config", setup.database(), "--from", setup.config()},
               1,
               "shaken302 db init"},
           Row{"a check without the database",
               {"check", "--config", setup.path("db2.toml")},
               78,
               "db2.toml"},
       }) {
    const std::string why = row.why;
    CAPTURE(why);
    const Ran ran = run(row.words);
    CHECK(ran.status == row.status);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
  }
}

TEST_CASE("db: an import makes no database, and one without tables says what to do") {
  const DatabaseSetup setup;
  const Words import{"db", "import", "--config", setup.database(), "--from", setup.config()};
  CHECK(run(import).status == 1);
  CHECK_FALSE(std::filesystem::exists(setup.path("directory.db")));
  std::ofstream(setup.path("directory.db")).close();
  const Ran empty = run(import);
  CHECK(empty.status == 1);
  CHECK_MESSAGE(empty.err.find("no table peer") != std::string::npos, empty.err);
  CHECK(empty.err.find("shaken302 db init") != std::string::npos);
}

TEST_CASE("db: what is made is for its user alone") {
  const DatabaseSetup setup;
  REQUIRE(run({"db", "init", "--config", setup.database()}).status == 0);
  REQUIRE(run({"db", "import", "--config", setup.database(), "--from", setup.config()}).status ==
          0);
  REQUIRE(run({"db", "export", "--config", setup.database(), setup.path("out")}).status == 0);
  for (const char* name :
       {"directory.db", "out/shaken302.toml", "out/numbers.csv", "out/never.csv"}) {
    CAPTURE(std::string(name));
    using std::filesystem::perms;
    CHECK((std::filesystem::status(setup.path(name)).permissions() &
           (perms::group_all | perms::others_all)) == perms::none);
  }
}

TEST_CASE("db: the schema is printed for whoever makes the tables") {
  CHECK(run({"db", "schema", "sqlite"}).out == read(SHAKEN302_SOURCE_DIR "/conf/sql/sqlite.sql"));
  CHECK(run({"db", "schema", "postgresql"}).out ==
        read(SHAKEN302_SOURCE_DIR "/conf/sql/postgresql.sql"));
}

}  // namespace shaken302::test
