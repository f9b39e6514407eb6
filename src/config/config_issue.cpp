// SPDX-License-Identifier: MIT
#include "config_issue.hpp"

#include <fmt/format.h>

#include <iterator>

namespace shaken302::config {
namespace {

/// An issue quotes what the operator wrote. Whatever that is, it stays one line and moves no
/// cursor.
void append_visible(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string to_text(const ConfigIssue& issue) {
  std::string out;
  append_visible(out, issue.file);
  if (issue.line != 0) {
    const bool is_database =
        issue.file.starts_with("sqlite:") || issue.file.starts_with("postgresql://");
    out += (is_database ? " row " : ":") + std::to_string(issue.line);
  }
  if (!out.empty()) out += ": ";
  if (!issue.key.empty()) {
    append_visible(out, issue.key);
    out += ": ";
  }
  append_visible(out, issue.problem);
  if (!issue.remedy.empty()) {
    out += "; ";
    append_visible(out, issue.remedy);
  }
  return out;
}

}  // namespace shaken302::config
