// SPDX-License-Identifier: MIT
#include "config/key_table.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/configuration_text.hpp"

using namespace shaken302;
using namespace shaken302::config;
using shaken302::config::test::text_of;

namespace {

std::string read_reference(const char* name) {
  std::ifstream file(std::string(SHAKEN302_SOURCE_DIR "/conf/") + name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What the reference says about one key: the lines of each section that set it, commented or not.
struct Documented {
  std::set<std::string> defaults;  ///< "# key = value"
  std::set<std::string> examples;  ///< "key = value"
  bool has_description = false;    ///< a comment above it
};

using Documentation = std::map<std::pair<std::string, std::string>, Documented>;

Documentation read_documentation() {
  Documentation documentation;
  std::istringstream lines(read_reference("shaken302.toml"));
  std::string section;
  bool described = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) section = line;
    const bool is_comment = line.starts_with("# ");
    const std::string text = is_comment ? line.substr(2) : line;
    const auto equals = text.find(" = ");
    const std::string key = text.substr(0, equals);
    const bool sets_key =
        equals != std::string::npos &&
        key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (sets_key) {
      Documented& documented = documentation[{section, key}];
      (is_comment ? documented.defaults : documented.examples).insert(text.substr(equals + 3));
      documented.has_description = documented.has_description || described;
    }
    // A key directly below another one shares its description.
    described = is_comment || (sets_key && described);
  }
  return documentation;
}

/// What every section needs; a peer needs sources or listeners too, and gets the one that is not
/// `key`.
std::string required_keys(Section section, std::string_view key) {
  std::string lines;
  for (const KeyRow& row : key_table()) {
    if (row.section == section && is_required(row))
      lines += fmt::format("{} = {}\n", row.name, row.example);
  }
  // The same goes for where a credential's chain can be fetched.
  if (section == Section::credential) {
    const KeyRow& place = *find_key(section, "x5u");
    lines += fmt::format("{} = {}\n", place.name, place.example);
  }
  if (section == Section::peer) {
    const KeyRow& match = *find_key(section, key == "sources" ? "listeners" : "sources");
    lines += fmt::format("{} = {}\n", match.name, match.example);
  }
  return lines;
}

/// One of each repeated section with its required keys, and `line`, which is about `key`, in
/// `where`.
std::string configuration_with(Section where, std::string_view key, const std::string& line) {
  std::string toml;
  for (const SectionRow& row : section_table()) {
    toml += header_of(row) + '\n' + required_keys(row.section, key);
    if (row.section == where) toml += line + '\n';
  }
  return toml;
}

std::string text_with(Section where, std::string_view key, const std::string& line) {
  const auto configuration = parse_configuration(configuration_with(where, key, line), "t.toml");
  if (!configuration) return text_of(configuration.error());
  return text_of(*configuration);
}

}  // namespace

TEST_CASE("key_table: every key is complete and there once") {
  std::set<std::pair<Section, std::string_view>> seen;
  for (const KeyRow& row : key_table()) {
    CAPTURE(row.name);
    CHECK(seen.emplace(row.section, row.name).second);
    CHECK_FALSE(row.meaning.empty());
    CHECK_FALSE(row.example.empty());
    CHECK(row.choices.empty() == row.noun.empty());
    CHECK(find_key(row.section, row.name) == &row);
    if (row.type == KeyType::integer) CHECK((!row.choices.empty() || row.min < row.max));
  }
  CHECK(find_key(Section::log, "workers") == nullptr);
}

TEST_CASE("key_table: the default is what leaving the key out means, and the example is good") {
  for (const KeyRow& row : key_table()) {
    // One of x5u and x5u_base is required, client_names needs [tls]: configuration_test.cpp has
    // them.
    if (is_required(row) || row.name.starts_with("x5u") || row.name == "client_names") continue;
    CAPTURE(row.name);
    const auto text_of_value = [&](std::string_view value) {
      return text_with(row.section, row.name, fmt::format("{} = {}", row.name, value));
    };
    const std::string plain = text_with(row.section, row.name, "");
    CHECK(plain.starts_with("listen "));
    CHECK(text_of_value(row.default_value) == plain);
    CHECK(text_of_value(row.example).starts_with("listen "));
  }
}

TEST_CASE("key_table: the defaults are those of the structs that the core is built from") {
  const auto parsed = parse_configuration(configuration_with(Section::server, "", ""), "t.toml");
  REQUIRE(parsed);
  PeerEntry peer;
  peer.peer.name = "edge";
  peer.peer.sources = parsed->directory.peers.at(0).peer.sources;
  peer.peer.plan = make_number_plan("1");
  peer.peer.account_sources = {AccountSource{}};
  peer.fixed_accounts = {""};
  // A peer that may not ask is asked nowhere, whatever it writes: the core's own list is empty.
  peer.peer.level_sources = parsed->directory.peers.at(0).peer.level_sources;
  CHECK(peer.peer.level_sources.size() == 4);
  CHECK(text_of(parsed->directory.peers.at(0)) == text_of(peer));
  AccountEntry account;
  account.account.id = "acme";
  CHECK(text_of(parsed->directory.accounts.at(0)) == text_of(account));
  Settings settings;
  settings.listen = parsed->settings.listen;
  settings.secret_file = "secret";
  CHECK(text_of(parsed->settings) == text_of(settings));
}

TEST_CASE("key_table: the reference configuration is good") {
  const auto reference = parse_configuration(read_reference("shaken302.toml"), "shaken302.toml");
  CHECK_MESSAGE(reference.has_value(), (reference ? "" : text_of(reference.error())));
}

TEST_CASE("key_table: the reference configuration documents every key with its real default") {
  Documentation documentation = read_documentation();
  for (const KeyRow& row : key_table()) {
    CAPTURE(row.name);
    const auto at =
        documentation.find({header_of(section_row(row.section)), std::string(row.name)});
    REQUIRE(at != documentation.end());
    CHECK(at->second.has_description);
    if (is_required(row)) {
      CHECK(at->second.defaults.empty());
      CHECK_FALSE(at->second.examples.empty());
    } else {
      CHECK(at->second.defaults == std::set<std::string>{std::string(row.default_value)});
    }
    documentation.erase(at);
  }
  CHECK(documentation.empty());  // it documents nothing else
}

TEST_CASE("key_table: the reference names every choice and limit beside its key") {
  const std::string reference = read_reference("shaken302.toml");
  for (const KeyRow& row : key_table()) {
    const std::string header = '\n' + header_of(section_row(row.section)) + '\n';
    const auto begin = reference.find(header);
    REQUIRE(begin != std::string::npos);
    const auto end = reference.find("\n[", begin + header.size());
    const std::string_view section = std::string_view(reference).substr(begin, end - begin);
    CAPTURE(row.name);
    for (const std::string_view word : choices_of(row)) {
      CAPTURE(word);
      CHECK(section.find(word) != std::string_view::npos);
    }
    if (row.max != 0) {
      CHECK(section.find(fmt::format("{} to {}", row.min, row.max)) != std::string_view::npos);
    }
  }
}
