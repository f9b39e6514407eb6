// SPDX-License-Identifier: MIT
//
// The text of a configuration file: it is read whole, or each mistake has its place and a remedy.
#include "config/configuration_text.hpp"
#include "config/whole_configuration.hpp"
#include "fuzz_target.hpp"

namespace shaken302::fuzz {
namespace {

using namespace config;

std::string wrong_issues(const ConfigIssues& issues, std::string_view input) {
  std::uint32_t line = 0;
  for (const ConfigIssue& issue : issues) {
    if (auto wrong = config::test::wrong_issue(issue, "fuzz.toml", config::test::lines_of(input));
        !wrong.empty()) {
      return wrong + ": " + to_text(issue);
    }
    if (issue.line < line) return "issues that are not in the order of their lines";
    line = issue.line;
  }
  return {};
}

std::string all_of(const ConfigIssues& issues) {
  std::string out;
  for (const ConfigIssue& issue : issues) out += to_text(issue) + '\n';
  return out;
}

/// A comment, a blank and a line end in front of it mean nothing, but that lines have moved.
std::string changed_by_comment(std::string_view input, const Configuration& configuration) {
  if (input.starts_with("\xEF\xBB\xBF")) return {};  // only in front
  const auto again = parse_configuration("# \"'\n \t\n" + std::string(input), "fuzz.toml");
  if (!again) return "refused behind a comment";
  return config::test::text_of(*again) == config::test::text_of(configuration)
             ? ""
             : "another meaning behind a comment";
}

}  // namespace

std::string broken_by(std::string_view input) {
  const auto configuration = parse_configuration(input, "fuzz.toml");
  const auto again = parse_configuration(input, "fuzz.toml");
  if (configuration.has_value() != again.has_value()) return "read once, and once not";
  if (!configuration) {
    if (configuration.error().empty()) return "refused without an issue";
    if (all_of(configuration.error()) != all_of(again.error())) return "other issues";
    return wrong_issues(configuration.error(), input);
  }
  if (auto wrong = config::test::wrong_whole(*configuration); !wrong.empty()) return wrong;
  if (auto wrong = wrong_issues(configuration->warnings, input); !wrong.empty()) return wrong;
  return changed_by_comment(input, *configuration);
}

}  // namespace shaken302::fuzz
