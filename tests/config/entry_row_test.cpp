// SPDX-License-Identifier: MIT
#include "config/entry_row.hpp"

#include <doctest/doctest.h>

#include "config/temporary_folder.hpp"

namespace shaken302::config {
namespace {

std::string issues_of(IssueSink& issues) {
  std::string out;
  for (const ConfigIssue& issue : issues.take()) out += to_text(issue) + '\n';
  return out;
}

TEST_CASE("entry_row: a row is read as the section with the same keys") {
  IssueSink issues("sqlite:/db");
  const PeerEntry peer = read_peer_row({{"name", "edge"},
                                        {"sources", R"(["10.0.0.0/24", "2001:db8::1"])"},
                                        {"status", "300"},
                                        {"force_rport", "t"},
                                        {"bare_international", "0"},
                                        {"country", std::nullopt},
                                        {"credential", "house"}},
                                       0, issues);
  CHECK(issues_of(issues) == "");
  CHECK(peer.peer.name == "edge");
  CHECK(peer.peer.sources.size() == 2);
  CHECK(peer.peer.redirect_status == 300);
  CHECK(peer.peer.force_rport);
  CHECK_FALSE(peer.peer.plan.country_code.empty());  // the key's default
  CHECK(peer.credentials == std::vector<std::string>{"house"});
  const AccountEntry account =
      read_account_row({{"id", "acme"}, {"status", "suspended"}}, 0, issues);
  CHECK(issues_of(issues) == "");
  CHECK(account.account.id == "acme");
  CHECK(account.account.status == AccountStatus::suspended);
}

TEST_CASE("entry_row: what is wrong with a row is said as for a section, with the source's name") {
  struct Row {
    std::string why;
    EntryRow row;
    std::string issues;
  };
  const EntryCell name{"name", "edge"};
  const EntryCell sources{"sources", R"(["10.0.0.1"])"};
  for (const Row& row : {
           Row{"a value that is no choice",
               {name, sources, {"max_attestation", "D"}},
               "sqlite:/db: peer[edge].max_attestation: \"D\" is not a level; use \"A\", \"B\" or "
               "\"C\"\n"},
           Row{"a column that is no key",
               {name, sources, {"max_attestion", "A"}},
               "sqlite:/db: peer[edge].max_attestion: unknown key; did you mean "
               "\"max_attestation\"?\n"},
           Row{"a column that is no key and holds nothing", {name, sources, {"note", {}}}, ""},
           Row{"a number that is none",
               {name, sources, {"status", "3o2"}},
               "sqlite:/db: peer[edge].status: is a text, not a whole number; write it "
               "like this: status = 302\n"},
           Row{"a flag that is none",
               {name, sources, {"force_rport", "maybe"}},
               "sqlite:/db: peer[edge].force_rport: is a text, not true or false; write "
               "it like this: force_rport = true\n"},
           Row{"a list that is no JSON",
               {name, {"sources", "10.0.0.1"}},
               "sqlite:/db: peer[edge].sources: is a text, not a list of texts; write it "
               "like this: sources = [\"10.0.0.0/24\"]\n"},
           Row{"a list of numbers",
               {name, {"sources", "[1]"}},
               "sqlite:/db: peer[edge].sources: is a text, not a list of texts; write it "
               "like this: sources = [\"10.0.0.0/24\"]\n"},
           Row{"a row without a name is named by its place",
               {sources},
               "sqlite:/db: peer[#3].name: is missing; add it, for example: name = \"edge\"\n"},
       }) {
    const std::string& why = row.why;
    CAPTURE(why);
    IssueSink issues("sqlite:/db");
    read_peer_row(row.row, 2, issues);
    CHECK(issues_of(issues) == row.issues);
  }
}

TEST_CASE("entry_row: sections become rows and rows become the same sections") {
  const shaken302::test::TemporaryFolder folder;
  folder.write("a.toml",
               "[[peer]]\nname = \"edge\"\nsources = [\"10.0.0.1\", \"10.1.0.0/16\"]\n"
               "status = 300\nforce_rport = true\nserver = 'a \"quoted\" \\ text'\n");
  const auto rows = read_entry_rows(folder.path() / "a.toml", Section::peer);
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  CHECK(to_section_text(rows->front(), Section::peer) ==
        "[[peer]]\nforce_rport = true\nname = \"edge\"\n"
        "server = \"a \\\"quoted\\\" \\\\ text\"\n"
        "sources = [\"10.0.0.1\", \"10.1.0.0/16\"]\nstatus = 300\n");
  folder.write("b.toml", to_section_text(rows->front(), Section::peer));
  const auto again = read_entry_rows(folder.path() / "b.toml", Section::peer);
  REQUIRE(again);
  CHECK(to_section_text(again->front(), Section::peer) ==
        to_section_text(rows->front(), Section::peer));
  CHECK(read_entry_rows(folder.path() / "a.toml", Section::account)->empty());
  folder.write("bad.toml", "[[peer]\n");
  CHECK_FALSE(read_entry_rows(folder.path() / "bad.toml", Section::peer));
}

}  // namespace
}  // namespace shaken302::config
