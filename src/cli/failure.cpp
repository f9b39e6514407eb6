// SPDX-License-Identifier: MIT
#include "failure.hpp"

#include <nlohmann/json.hpp>

namespace shaken302::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const config::ConfigIssue& issue) {
  Json json{{"error", issue.problem}};
  if (!issue.file.empty()) json["file"] = issue.file;
  if (issue.line != 0) json["line"] = issue.line;
  if (!issue.key.empty()) json["key"] = issue.key;
  if (!issue.remedy.empty()) json["fix"] = issue.remedy;
  return json;
}

void print(const Json& json, std::ostream& out) {
  // What is quoted may hold any byte: what is not UTF-8 is replaced.
  out << json.dump(2, ' ', true, Json::error_handler_t::replace) << '\n';
}

}  // namespace

void print_failure_json(std::string_view error, std::ostream& out) {
  print(Json{{"error", error}}, out);
}

void print_issues(const config::ConfigIssues& issues, bool as_json, Streams streams) {
  Json list = Json::array();
  for (const config::ConfigIssue& issue : issues) {
    streams.err << config::to_text(issue) << '\n';
    list.push_back(to_json(issue));
  }
  if (!as_json || issues.empty()) return;
  Json json = list.front();
  json["issues"] = std::move(list);
  print(json, streams.out);
}

}  // namespace shaken302::cli
