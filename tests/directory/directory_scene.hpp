// SPDX-License-Identifier: MIT
//
// A folder with a configuration and what it names, good until a test makes it bad.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "config/temporary_folder.hpp"
#include "core/test_credentials.hpp"
#include "directory/load_snapshot.hpp"

namespace shaken302::directory::test {

inline constexpr std::string_view good_toml =
    "[[credential]]\n"  // line 1
    "name = \"house\"\n"
    "key = \"house.key\"\n"
    "certificate = \"house.pem\"\n"
    "x5u = \"https://cert.example.com/house.pem\"\n"
    "[[peer]]\n"  // line 6
    "name = \"edge\"\n"
    "sources = [\"10.0.0.0/24\"]\n"
    "account_from = [\"header:X-Account\", \"fixed:acme\"]\n"
    "credential = \"house\"\n"
    "[[account]]\n"  // line 11
    "id = \"acme\"\n"
    "credential = \"house\"\n"
    "[[account]]\n"  // line 14
    "id = \"acme-store\"\n"
    "parent = \"acme\"\n";

inline constexpr std::string_view good_numbers =
    "number,account,valid_from,valid_until,basis,reference\n"
    "12155550100,acme,,,assigned,\n"
    "12155550110-12155550119,acme-store,2026-01-01,2035-12-31,loa,\n";

class DirectoryScene {
 public:
  /// Certificates that are valid at shaken302::test::noon.
  DirectoryScene() : DirectoryScene(shaken302::test::make_test_pem()) {}
  explicit DirectoryScene(const ThrowawayCa& ca) {
    folder.write("house.key", ca.leaf_key);
    folder.write("house.pem", ca.leaf_certificate);
    folder.write("numbers.csv", good_numbers);
    folder.write("secret", "0123456789abcdef");
  }

  [[nodiscard]] config::Configuration configuration(std::string_view toml = good_toml) const {
    const auto parsed = config::parse_configuration(toml, folder.path() / "t.toml");
    if (!parsed) FAIL(lines(parsed.error()));
    return *parsed;
  }

  [[nodiscard]] Result<LoadedSnapshot, config::ConfigIssues> load(
      const config::Configuration& configuration, UnixTime now = shaken302::test::noon) {
    return load_snapshot(configuration, 1, now, slots);
  }

  /// The issues' lines without the folder's name; "" when the load is good.
  [[nodiscard]] std::string issues(const config::Configuration& configuration) {
    const auto loaded = load(configuration);
    return loaded ? "" : lines(loaded.error());
  }
  [[nodiscard]] std::string issues(std::string_view toml = good_toml) {
    return issues(configuration(toml));
  }
  /// The warnings of a good load.
  [[nodiscard]] std::string warnings(const config::Configuration& configuration,
                                     UnixTime now = shaken302::test::noon) {
    const auto loaded = load(configuration, now);
    return loaded ? lines(loaded->warnings) : "refused\n" + lines(loaded.error());
  }

  [[nodiscard]] std::string lines(const config::ConfigIssues& list) const {
    std::string out;
    for (const config::ConfigIssue& issue : list) out += config::to_text(issue) + '\n';
    const std::string prefix = folder.path().string() + '/';
    for (auto at = out.find(prefix); at != std::string::npos; at = out.find(prefix, at)) {
      out.erase(at, prefix.size());
    }
    return out;
  }

  shaken302::test::TemporaryFolder folder;
  MetricsSlots slots;
};

/// `text` with the first `from` replaced by `to`.
inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const auto at = out.find(from);
  REQUIRE(at != std::string::npos);
  return out.replace(at, from.size(), to);
}

}  // namespace shaken302::directory::test
