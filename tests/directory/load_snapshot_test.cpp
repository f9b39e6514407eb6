// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <fstream>

#include "directory_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

std::uint32_t account_of(const Snapshot& snapshot, std::string_view digits) {
  const auto claim = snapshot.numbers->find(*parse_canonical_number(digits));
  return !claim ? no_index : claim->account;
}

}  // namespace

TEST_CASE("load_snapshot: four tables that point at each other") {
  DirectoryScene scene;
  const auto loaded = scene.load(scene.configuration());
  REQUIRE(loaded);
  const Snapshot& snapshot = *loaded->snapshot;
  CHECK(snapshot.generation == 1);

  const auto ip = IpAddress{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 7}};
  REQUIRE(snapshot.peers->find({ip, {}}) == 0);
  const Peer& peer = snapshot.peers->peers()[0];
  CHECK(peer.name == "edge");
  CHECK(peer.credentials == 0);
  REQUIRE(peer.account_sources.size() == 2);
  CHECK(peer.account_sources[0].account == no_index);
  CHECK(peer.account_sources[1].account == snapshot.accounts->find("acme"));

  const std::uint32_t store = snapshot.accounts->find("acme-store");
  REQUIRE(store != no_index);
  const Account& account = snapshot.accounts->accounts()[store];
  CHECK(account.credentials.empty());
  CHECK(account.effective_credentials == 0);

  CHECK(account_of(snapshot, "12155550100") == snapshot.accounts->find("acme"));
  CHECK(account_of(snapshot, "12155550115") == store);
  CHECK(account_of(snapshot, "12155550120") == no_index);
  CHECK(snapshot.numbers->size() == 2);
}

std::uint32_t slot_of_account(const Snapshot& snapshot, std::string_view id) {
  return snapshot.accounts->accounts()[snapshot.accounts->find(id)].limits.slot;
}

TEST_CASE("load_snapshot: who has a limit has a slot, the same after every load") {
  DirectoryScene scene;
  const auto with = [&](std::string_view acme, std::string_view store, std::string_view peer) {
    std::string toml(good_toml);
    toml = replaced(toml, "id = \"acme\"\n", "id = \"acme\"\n" + std::string(acme));
    toml = replaced(toml, "id = \"acme-store\"\n", "id = \"acme-store\"\n" + std::string(store));
    toml = replaced(toml, "name = \"edge\"\n", "name = \"edge\"\n" + std::string(peer));
    const auto loaded = scene.load(scene.configuration(toml));
    REQUIRE(loaded);
    return loaded->snapshot;
  };
  const auto none = with("", "", "");
  CHECK(slot_of_account(*none, "acme") == no_index);
  CHECK(none->peers->peers()[0].limits.slot == no_index);
  const auto store = with("", "calls_per_day = 9\n", "calls_per_second = 7\n");
  const std::uint32_t of_store = slot_of_account(*store, "acme-store");
  const std::uint32_t of_edge = store->peers->peers()[0].limits.slot;
  CHECK(of_store != of_edge);
  CHECK(slot_of_account(*store, "acme") == no_index);
  const auto both =
      with("calls_per_second = 5\n", "calls_per_second = 6\n", "calls_per_second = 8\n");
  CHECK(slot_of_account(*both, "acme-store") == of_store);
  CHECK(both->peers->peers()[0].limits.slot == of_edge);
  const std::uint32_t of_acme = slot_of_account(*both, "acme");
  CHECK(of_acme != of_store);
  CHECK(of_acme != of_edge);
  with("", "", "");
  CHECK(slot_of_account(*with("calls_per_day = 1\n", "", ""), "acme") == of_acme);
}

TEST_CASE("load_snapshot: slots for limits have an end, and it is said") {
  DirectoryScene scene;
  for (std::uint32_t i = 0; i < usage_slots_max; ++i) {
    REQUIRE(scene.slots.usage_slot_of_account("a" + std::to_string(i)) == i);
  }
  CHECK(scene.issues(
            replaced(good_toml, "name = \"edge\"\n", "name = \"edge\"\ncalls_per_second = 1\n")) ==
        "t.toml: calls_per_second: more than 65536 peers and accounts have had a limit "
        "in two days; give fewer of them a limit, or restart where others had one before\n");
  CHECK(scene.issues().empty());
}

TEST_CASE("load_snapshot: the reference configuration and its numbers load") {
  const auto read = [](const char* name) {
    std::ifstream file(std::string(SHAKEN302_SOURCE_DIR "/conf/") + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  DirectoryScene scene;
  const ThrowawayCa ca = shaken302::test::make_test_pem();
  scene.folder.write("keys/house.key", ca.leaf_key);
  scene.folder.write("keys/house.pem", ca.leaf_certificate);
  scene.folder.write("numbers.csv", read("numbers.csv"));
  const auto loaded = scene.load(scene.configuration(read("shaken302.toml")));
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : scene.lines(loaded.error())));
  CHECK(scene.lines(loaded->warnings) == "");
  CHECK(loaded->snapshot->numbers->size() == 4);
}

TEST_CASE("load_snapshot: names that name nothing, each with the nearest that does") {
  struct Row {
    const char* why;
    const char* from;
    const char* to;
    const char* issues;
  };
  const Row rows[] = {
      {"a peer's credential", "credential = \"house\"\n[[account]]",
       "credential = \"hause\"\n[[account]]",
       "t.toml:10: peer[edge].credential: \"hause\" is no credential; did you mean \"house\"?\n"},
      {"an account's credential", "id = \"acme\"\ncredential = \"house\"",
       "id = \"acme\"\ncredential = \"other\"",
       "t.toml:13: account[acme].credential: \"other\" is no credential; credentials: \"house\"\n"},
      {"a parent", "parent = \"acme\"", "parent = \"acmee\"",
       "t.toml:16: account[acme-store].parent: \"acmee\" is no account; did you mean \"acme\"?\n"},
      {"a fixed account", "fixed:acme", "fixed:acne",
       "t.toml:9: peer[edge].account_from: \"acne\" is no account; did you mean \"acme\"?\n"},
      {"an account that the numbers need", "id = \"acme-store\"", "id = \"acme-stores\"",
       "numbers.csv:3: account: \"acme-store\" is no account; did you mean \"acme-stores\"?\n"},
      {"an account that is its own parent", "parent = \"acme\"", "parent = \"acme-store\"",
       "t.toml:16: account[acme-store].parent: following the parents leads back to "
       "\"acme-store\"; one account of that circle must have no parent\n"},
      {"two accounts that are each other's parent", "id = \"acme\"\n",
       "id = \"acme\"\nparent = \"acme-store\"\n",
       "t.toml:13: account[acme].parent: following the parents leads back to \"acme\"; one account "
       "of that circle must have no parent\n"},
      {"no number table", "[[credential]]", "[directory]\nnumbers = \"none.csv\"\n[[credential]]",
       "t.toml:2: directory.numbers: none.csv cannot be read: No such file or directory; create "
       "the "
       "file or correct the path; numbers = \"\" means none\n"},
      {"an empty name for none", "[[credential]]", "[directory]\nnumbers = \"\"\n[[credential]]",
       ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    DirectoryScene scene;
    CHECK(scene.issues(replaced(good_toml, row.from, row.to)) == row.issues);
  }
}

TEST_CASE("load_snapshot: issues of every part are reported together") {
  DirectoryScene scene;
  scene.folder.write("numbers.csv", "number,account\n12155550100,nobody\nx,acme\n");
  scene.folder.write("house.key", "", 0600);
  const std::string toml = replaced(good_toml, "parent = \"acme\"", "parent = \"none\"");
  const std::string issues = scene.issues(toml +
                                          "[[peer]]\nname = \"twin\"\n"
                                          "sources = [\"10.0.0.0/24\"]\n");
  for (const char* const part :
       {"credential[house].key: house.key is not a private key",
        "account[acme-store].parent: \"none\"", "numbers.csv:2: account: \"nobody\"",
        "numbers.csv:3: number: \"x\"", "peer[twin].sources: 10.0.0.0/24"}) {
    CAPTURE(part);
    CHECK(issues.find(part) != std::string::npos);
  }
}

TEST_CASE("load_snapshot: a network that two peers claim names both, for every such network") {
  DirectoryScene scene;
  const std::string toml(good_toml);
  CHECK(scene.issues(toml + "[[peer]]\nname = \"twin\"\n"
                            "sources = [\"10.0.0.0/25\", \"10.0.0.0/24\"]\n"
                            "[[peer]]\nname = \"third\"\nsources = [\"10.0.0.0/25\"]\n") ==
        "t.toml:19: peer[twin].sources: 10.0.0.0/24 belongs to peer \"edge\" of line 6 already; "
        "leave it to one of the two, or give one of them a more specific network\n"
        "t.toml:22: peer[third].sources: 10.0.0.0/25 belongs to peer \"twin\" of line 17 already; "
        "leave it to one of the two, or give one of them a more specific network\n");
  CHECK(scene.issues(toml + "[[peer]]\nname = \"inner\"\nsources = [\"10.0.0.1\"]\n") == "");
}

TEST_CASE("load_snapshot: calls that two peers claim are named by what the two wrote") {
  struct Row {
    const char* why;
    std::string second, third;  ///< keys of two peers behind the one of lines 6 to 10
    std::string issues;
  };
  const Row rows[] = {
      {"only a listener, in both: once, and no network that nobody wrote",
       "listeners = [\"udp:192.0.2.1:5070\"]\n", "listeners = [\"udp:192.0.2.1:5070\"]\n",
       "t.toml:22: peer[c].listeners: \"udp:192.0.2.1:5070\" belongs to peer \"b\" of line 17 "
       "already; leave it to one of the two, or name the sources of one of them\n"},
      {"a name of client certificates", "client_names = [\"a.example\", \"b.example\"]\n",
       "client_names = [\"B.example\"]\n[tls]\nclient_certificate = \"required\"\n",
       "t.toml:22: peer[c].client_names: \"b.example\" belongs to peer \"b\" of line 17 already; "
       "leave it to one of the two, or tell them apart by hosts or listeners\n"},
      {"a name of client certificates, one with a listener, the other with a host",
       "client_names = [\"a.example\"]\nlisteners = [\"udp:192.0.2.1:5070\"]\n",
       "client_names = [\"a.example\"]\nhosts = [\"h\"]\n[tls]\nclient_certificate = "
       "\"required\"\n",
       "t.toml:23: peer[c].client_names: \"a.example\" belongs to peer \"b\" of line 17 already; "
       "one of the two names only listeners, the other only hosts: let one of them name both\n"},
      {"the same for a host",
       "listeners = [\"udp:192.0.2.1:5070\"]\nhosts = [\"h\", \"g.example\"]\n",
       "listeners = [\"udp:192.0.2.1:5070\", \"udp:192.0.2.1\"]\nhosts = [\"g.example\"]\n",
       "t.toml:23: peer[c].listeners: \"udp:192.0.2.1:5070\" for host \"g.example\" belongs to "
       "peer "
       "\"b\" of line 17 already; leave it to one of the two, or name the sources of one of "
       "them\n"},
      {"a network at a listener", "sources = [\"10.9.0.0/24\"]\nlisteners = [\"udp:192.0.2.1\"]\n",
       "sources = [\"10.9.0.0/24\"]\nlisteners = [\"udp:192.0.2.1\"]\n",
       "t.toml:23: peer[c].sources: 10.9.0.0/24 at \"udp:192.0.2.1\" belongs to peer \"b\" of line "
       "17 "
       "already; leave it to one of the two, or give one of them a more specific network\n"},
      {"a network for a host", "sources = [\"10.9.0.0/24\"]\nhosts = [\"h\"]\n",
       "sources = [\"10.9.0.0/24\"]\nhosts = [\"h\"]\n",
       "t.toml:23: peer[c].sources: 10.9.0.0/24 for host \"h\" belongs to peer \"b\" of line 17 "
       "already; leave it to one of the two, or give one of them a more specific network\n"},
      {"one names only a listener, the other only a host",
       "sources = [\"10.9.0.0/24\"]\nlisteners = [\"udp:192.0.2.1\"]\n",
       "sources = [\"10.9.0.0/24\"]\nhosts = [\"h\"]\n",
       "t.toml:23: peer[c].sources: 10.9.0.0/24 at \"udp:192.0.2.1\" for host \"h\" belongs to "
       "peer "
       "\"b\" of line 17 already; one of the two names only listeners, the other only hosts: let "
       "one of them name both\n"},
      {"the other way round", "sources = [\"10.9.0.0/24\"]\nhosts = [\"h\"]\n",
       "sources = [\"10.9.0.0/24\"]\nlisteners = [\"udp:192.0.2.1\"]\n",
       "t.toml:23: peer[c].sources: 10.9.0.0/24 at \"udp:192.0.2.1\" for host \"h\" belongs to "
       "peer "
       "\"b\" of line 17 already; one of the two names only listeners, the other only hosts: let "
       "one of them name both\n"},
      {"a network less is not everybody: the second conflict is not invented from the first",
       "sources = [\"10.0.0.0/24\"]\n", "listeners = [\"udp:192.0.2.1:5070\"]\n",
       "t.toml:19: peer[b].sources: 10.0.0.0/24 belongs to peer \"edge\" of line 6 already; leave "
       "it to one of the two, or give one of them a more specific network\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    DirectoryScene scene;
    const std::string toml = "[server]\nlisten = [\"udp:192.0.2.1\", \"udp:192.0.2.1:5070\"]\n";
    CHECK(scene.issues(std::string(good_toml) + "[[peer]]\nname = \"b\"\n" + row.second +
                       "[[peer]]\nname = \"c\"\n" + row.third + toml) == row.issues);
  }
}

TEST_CASE("load_snapshot: an id that is there twice is found without the reader, too") {
  DirectoryScene scene;
  auto configuration = scene.configuration();
  configuration.directory.accounts.push_back(configuration.directory.accounts[0]);
  CHECK(scene.issues(configuration) ==
        "t.toml:12: account[acme].id: is the id of an earlier account too; give each account its "
        "own\n");
}

TEST_CASE("load_snapshot: an account that nothing signs for is a warning, unless it is suspended") {
  DirectoryScene scene;
  const std::string toml(good_toml);
  CHECK(scene.warnings(scene.configuration(toml + "[[account]]\nid = \"bare\"\n")) ==
        "t.toml:17: account[bare].credential: it has none, nor has an account above it; name one; "
        "its calls stay unsigned until then\n");
  CHECK(scene.warnings(scene.configuration(
            toml + "[[account]]\nid = \"gone\"\nstatus = \"suspended\"\n")) == "");
}

TEST_CASE(
    "load_snapshot: a peer keeps its metrics slot through reloads, and a bad one takes none") {
  DirectoryScene scene;
  const std::string one(good_toml);
  const std::string other = "[[peer]]\nname = \"other\"\nsources = [\"10.1.0.0/16\"]\n";
  const std::string first = "[[peer]]\nname = \"first\"\nsources = [\"10.2.0.0/16\"]\n";

  CHECK_FALSE(
      scene.load(scene.configuration(replaced(one, "parent = \"acme\"", "parent = \"x\""))));
  CHECK_FALSE(scene.load(
      scene.configuration(one + "[[peer]]\nname = \"twin\"\nsources = [\"10.0.0.0/24\"]\n")));
  CHECK(scene.slots.names().empty());

  REQUIRE(scene.load(scene.configuration(one + other)));
  const auto loaded = scene.load(scene.configuration(first + other + one));
  REQUIRE(loaded);
  const auto& peers = loaded->snapshot->peers->peers();
  REQUIRE(peers.size() == 3);
  CHECK(peers[0].metrics_slot == 2);
  CHECK(peers[1].metrics_slot == 1);
  CHECK(peers[2].metrics_slot == 0);
  CHECK(scene.slots.names() == std::vector<std::string>{"edge", "other", "first"});
}
