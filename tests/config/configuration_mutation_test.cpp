// SPDX-License-Identifier: MIT
//
// hazards F23: the reference configuration, damaged in every way that a slip of the hand, a bad
// merge or a bad disk does. Each is read whole or refused with an issue that says where and what to
// do.
#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "config/configuration_text.hpp"
#include "config/whole_configuration.hpp"

using namespace shaken302;
using namespace shaken302::config;
using shaken302::config::test::text_of;

namespace {

struct Reference {
  std::string text;
  std::vector<std::string> lines;          ///< all but comments and blank lines
  std::vector<std::string> with_defaults;  ///< the same, and every default that is commented out
};

std::string key_of(const std::string& line) { return line.substr(0, line.find(' ')); }

/// Where the example gives a key another value, the default above it would be a duplicate.
void drop_default_of(const std::string& key, std::vector<std::string>& lines) {
  for (std::size_t i = lines.size(); i > 0 && !lines[i - 1].starts_with('['); --i) {
    if (key_of(lines[i - 1]) != key) continue;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i - 1));
    return;
  }
}

const Reference& reference() {
  static const Reference made = [] {
    Reference r;
    std::ifstream file(SHAKEN302_SOURCE_DIR "/conf/shaken302.toml");
    for (std::string line; std::getline(file, line);) {
      r.text += line + '\n';
      const std::string comment = line.starts_with("# ") ? line.substr(2) : "";
      const bool is_default = comment.substr(key_of(comment).size()).starts_with(" = ");
      if (!is_default && (line.empty() || line.starts_with('#'))) continue;
      if (!is_default) {
        r.lines.push_back(line);
        drop_default_of(key_of(line), r.with_defaults);
      }
      r.with_defaults.push_back(is_default ? comment : line);
    }
    return r;
  }();
  return made;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

struct Tally {
  int accepted = 0;
  int refused = 0;
};

void check(const std::string& toml, Tally& tally) {
  CAPTURE(toml);
  const auto configuration = parse_configuration(toml, "mutated.toml");
  if (configuration) {
    ++tally.accepted;
    CHECK(test::wrong_whole(*configuration) == "");
    return;
  }
  ++tally.refused;
  CHECK_FALSE(configuration.error().empty());
  for (const ConfigIssue& issue : configuration.error()) {
    CHECK(test::wrong_issue(issue, "mutated.toml", test::lines_of(toml)) == "");
  }
}

}  // namespace

TEST_CASE(
    "configuration mutations: the reference with every default written out is the reference") {
  const auto plain = parse_configuration(reference().text, "a");
  const auto full = parse_configuration(joined(reference().with_defaults), "a");
  REQUIRE(plain);
  REQUIRE_MESSAGE(full.has_value(), (full ? "" : text_of(full.error())));
  CHECK(reference().with_defaults.size() > reference().lines.size() + 30);
  CHECK(text_of(*full) == text_of(*plain));
}

TEST_CASE("configuration mutations: lines deleted, doubled, swapped, cut") {
  Tally tally;
  const auto& lines = reference().with_defaults;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto deleted = lines;
    deleted.erase(deleted.begin() + static_cast<std::ptrdiff_t>(i));
    check(joined(deleted), tally);
    auto doubled = lines;
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    check(joined(doubled), tally);
    auto swapped = lines;
    std::swap(swapped[i], swapped[(i + 7) % lines.size()]);
    check(joined(swapped), tally);
    auto cut =
        std::vector<std::string>(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(i));
    check(joined(cut) + lines[i].substr(0, lines[i].size() / 2), tally);
  }
  MESSAGE("lines: ", tally.accepted, " accepted, ", tally.refused, " refused");
  CHECK(tally.accepted > 40);
  CHECK(tally.refused > 150);
}

TEST_CASE("configuration mutations: every value of every wrong type is refused") {
  Tally tally;
  const auto& lines = reference().with_defaults;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto equals = lines[i].find(" = ");
    if (equals == std::string::npos) continue;
    const char old = lines[i][equals + 3];
    const bool is_number = old >= '0' && old <= '9';
    for (const std::string value : {"\"\\u0007\"", "-7", "1.5", "true", "[]", "[1]", "{}",
                                    "1979-05-27", "[[\"x\"]]", "nan", "[\"\\u0000\"]"}) {
      const bool same_type =
          (old == 't' || old == 'f') ? value == "true" : old == '[' && value == "[]";
      if (same_type || (is_number && value == "-7")) continue;
      auto changed = lines;
      changed[i] = lines[i].substr(0, equals + 3) + value;
      CAPTURE(changed[i]);
      const int accepted = tally.accepted;
      check(joined(changed), tally);
      CHECK(tally.accepted == accepted);
    }
  }
  CHECK(tally.refused > 500);
}

TEST_CASE("configuration mutations: one byte different") {
  Tally tally;
  std::mt19937 random(20302);
  const std::string text = joined(reference().with_defaults);
  for (int i = 0; i < 2000; ++i) {
    std::string mutated = text;
    const std::size_t at = random() % text.size();
    mutated[at] =
        static_cast<char>(static_cast<unsigned char>(mutated[at]) ^ (1U << (random() % 8)));
    check(mutated, tally);
  }
  MESSAGE("bytes: ", tally.accepted, " accepted, ", tally.refused, " refused");
  CHECK(tally.refused > 1000);
  CHECK(tally.accepted > 100);
}
