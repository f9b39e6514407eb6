// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"

namespace shaken302::test {

TEST_CASE("command line: wrong usage is 64 with a line that helps") {
  struct Row {
    const char* why;
    Words words;
    const char* says;
  };
  const Row rows[] = {
      {"no command at all", {}, "usage:"},
      {"a command that there is not", {"sing"}, "there is no command 'sing'"},
      {"an option that there is not", {"check", "--confg", "x"}, "--confg"},
      {"an option without its value", {"check", "--config"}, "config"},
      {"init without a folder", {"init"}, "init: give a folder: shaken302 init DIR;"},
      {"decode without anything to decode", {"decode"}, "give an Identity"},
      {"both a word and a file", {"decode", "x", "--file", "y"}, "give an Identity"},
      {"verify without a certificate", {"verify", "x"}, "certificate"},
      {"too many words", {"init", "a", "b"}, "too many"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const Ran ran = run(row.words);
    CHECK(ran.status == 64);
    CHECK_MESSAGE(ran.err.find(row.says) != std::string::npos, ran.err);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("command line: --help and --version are answers, not errors") {
  for (const Words& words :
       {Words{"--help"}, Words{"init", "--help"}, Words{"serve", "--help"},
        Words{"check", "--help"}, Words{"sign", "--help"}, Words{"explain", "--help"},
        Words{"verify", "--help"}, Words{"decode", "--help"}, Words{"numbers", "--help"},
        Words{"db", "--help"}}) {
    const Ran ran = run(words);
    CHECK(ran.status == 0);
    CHECK(ran.out.find("usage: shaken302") != std::string::npos);
    CHECK(ran.err.empty());
    const bool is_of_command = words.size() == 2;
    if (is_of_command) CHECK(ran.out.find("-h [ --help ]") != std::string::npos);
  }
  const std::string help = run({"--help"}).out;
  for (const char* status : {"   0  ", "   1  ", "  64  ", "  69  ", "  78  "}) {
    CHECK(help.find(status) != std::string::npos);
  }
  CHECK(run({"--version"}).out.starts_with("shaken302 "));
}

TEST_CASE("init: makes a set-up that check accepts, with secrets for their owner alone") {
  const Setup setup;
  CHECK(mode_of(setup.path("keys/house.key")) == 0600);
  CHECK(mode_of(setup.path("secret")) == 0600);
  CHECK(mode_of(setup.path("keys")) == 0700);
  const Ran checked = run({"check", "--config", setup.config()});
  CHECK_MESSAGE(checked.status == 0, checked.err);
  CHECK(checked.err.empty());
  CHECK(checked.out.find("good: 1 peers, 3 accounts, 4 number rows, 1 credentials") !=
        std::string::npos);
  CHECK(read(setup.path("numbers.csv")).find("\n12155550100,acme,") != std::string::npos);
}

TEST_CASE("init: a folder that is there keeps its mode, a new one gets what the umask leaves") {
  struct Row {
    const char* why;
    bool exists;
    mode_t umask;
    unsigned mode;
    unsigned mode_of_ca;
  };
  constexpr Row rows[] = {
      {"an empty folder for its owner alone", true, 0022, 0700, 0755},
      {"a new one", false, 0022, 0755, 0755},
      {"a new one of somebody careful", false, 0077, 0700, 0700},
      {"a new one of somebody careless", false, 0000, 0777, 0777},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    std::string parent = (fs::temp_directory_path() / "shaken302-cli-XXXXXX").string();
    REQUIRE(mkdtemp(parent.data()) != nullptr);
    const std::string folder = parent + "/d";
    if (row.exists) REQUIRE(mkdir(folder.c_str(), 0700) == 0);
    const mode_t before = umask(row.umask);
    const Ran made = run({"init", folder});
    umask(before);
    CHECK_MESSAGE(made.status == 0, made.err);
    CHECK(mode_of(folder) == row.mode);
    CHECK(mode_of(folder + "/ca") == row.mode_of_ca);
    CHECK(mode_of(folder + "/keys") == 0700);
    CHECK(mode_of(folder + "/keys/house.key") == 0600);
    CHECK(mode_of(folder + "/secret") == 0600);
    fs::remove_all(parent);
  }
}

TEST_CASE("init: never writes over anything") {
  const Setup setup;
  const std::string before = read(setup.config());
  const Ran again = run({"init", setup.path("")});
  CHECK(again.status == 1);
  CHECK(again.err.find("nothing was written") != std::string::npos);
  CHECK(read(setup.config()) == before);
}

TEST_CASE("init: a folder that cannot be made is named, with the reason") {
  for (const std::string folder : {"/proc/x", "/dev/null/x"}) {
    const Ran ran = run({"init", folder});
    CHECK(ran.status == 1);
    CHECK_MESSAGE(ran.err.starts_with("shaken302 init: " + folder + " cannot be made: "), ran.err);
    CHECK(ran.err.find("filesystem error") == std::string::npos);
  }
}

TEST_CASE("init: two of them share neither key nor secret") {
  const Setup one;
  const Setup two;
  CHECK(read(one.path("secret")) != read(two.path("secret")));
  CHECK(read(one.path("keys/house.key")) != read(two.path("keys/house.key")));
}

TEST_CASE("sign, verify and decode: the token of one is good for the others") {
  const Setup setup;
  const Ran made =
      run({"sign", "--config", setup.config(), "--from", "+12155550100", "--to", "+12155550199"});
  REQUIRE_MESSAGE(made.status == 0, made.err);
  CHECK(made.out.starts_with("Identity: ey"));
  const Words verify{"verify",  "--certificate",           setup.path("keys/house.pem"),
                     "--trust", setup.path("ca/root.pem"), "--file",
                     "-"};
  const auto with = [&verify](const Words& more) {
    Words words = verify;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const Ran good = run(with({"--from", "2155550100", "--to", "2155550199"}), made.out);
  CHECK_MESSAGE(good.status == 0, good.out << good.err);
  CHECK(good.out.starts_with("valid\n"));
  CHECK(run(with({"--from", "+12155550101"}), made.out).out.find("calling_differs") !=
        std::string::npos);
  CHECK(run(with({"--to", "+12155550101"}), made.out).status == 1);
  CHECK(run(with({"--at", "2020-01-01T00:00:00Z"}), made.out).status == 1);
  const std::string changed = replaced(made.out, ".ey", ".fy");
  CHECK(run(verify, changed).status == 1);
  const Ran decoded = run({"decode", "--json", "--file", "-"}, made.out);
  REQUIRE(decoded.status == 0);
  const auto facts = nlohmann::json::parse(decoded.out);
  CHECK(facts["payload"]["attest"] == "A");
  CHECK(facts["payload"]["orig"]["tn"] == "12155550100");
  CHECK(facts["header"]["x5u"] == facts["info"]);
  CHECK(facts["signature_bytes"] == 64);
}

TEST_CASE("sign: a call that is not signed says why and exits with 1") {
  const Setup setup;
  const Ran ran =
      run({"sign", "--config", setup.config(), "--from", "+12155550130", "--to", "+12155550199"});
  CHECK(ran.status == 1);
  CHECK(ran.err.find("account_suspended") != std::string::npos);
  CHECK(ran.out.empty());
}

TEST_CASE("decode: hostile bytes neither end the program nor reach the terminal raw") {
  for (const char* text : {"", "x", "..", "a.b.c", "....", "\x1b[2J", "ey.ey.ey", "Identity:"}) {
    CAPTURE(text);
    const Ran ran = run({"decode", "--file", "-"}, text);
    CHECK((ran.status == 0 || ran.status == 1));
    CHECK(ran.out.find('\x1b') == std::string::npos);
  }
  // {"a":"<escape>"} as header: JSON forbids the raw byte, so it is shown as an escaped text.
  const Ran ran = run({"decode", "eyJhIjoiGyJ9.eyJhIjoiGyJ9.AA"});
  CHECK(ran.status == 0);
  CHECK(ran.out.find('\x1b') == std::string::npos);
}

TEST_CASE(
    "check: what is wrong is said in one line each, with the exit status of a configuration") {
  const Setup setup;
  const std::string good = read(setup.config());
  write(setup.config(), replaced(good, "country = ", "contry = "));
  const Ran typo = run({"check", setup.config()});
  CHECK(typo.status == 78);
  CHECK_MESSAGE(typo.err.find("country") != std::string::npos, typo.err);
  CHECK(typo.out.empty());
  CHECK(run({"check", setup.path("no-such-file")}).status == 78);
  write(setup.config(), good);
  fs::permissions(setup.path("keys/house.key"), fs::perms::group_read, fs::perm_options::add);
  const Ran open_key = run({"check", setup.config()});
  CHECK(open_key.status == 78);
  CHECK_MESSAGE(open_key.err.find("chmod 600") != std::string::npos, open_key.err);
}

}  // namespace shaken302::test
