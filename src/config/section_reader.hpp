// SPDX-License-Identifier: MIT
//
// One section of a configuration file, read by the table of keys: what is unknown, missing, of the
// wrong type or outside its limits is reported once, when the reader is made; what is asked for
// later is either good or nothing.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config_issue.hpp"
#include "key_table.hpp"

namespace shaken302::config {

/// The issues of one file.
class IssueSink {
 public:
  explicit IssueSink(std::string file) : file_(std::move(file)) {}

  void add(std::uint32_t line, std::string key, std::string problem, std::string remedy) {
    issues_.push_back({file_, line, std::move(key), std::move(problem), std::move(remedy)});
  }
  /// About what is good, but does nothing.
  void warn(std::uint32_t line, std::string key, std::string problem, std::string remedy) {
    warnings_.push_back({file_, line, std::move(key), std::move(problem), std::move(remedy)});
  }
  [[nodiscard]] bool empty() const noexcept { return issues_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return issues_.size(); }
  /// In the order of their lines.
  ConfigIssues take();
  ConfigIssues take_warnings();

 private:
  std::string file_;
  ConfigIssues issues_;
  ConfigIssues warnings_;
};

/// An item of a list of texts.
struct TextItem {
  std::string text;
  std::uint32_t line = 0;
};

class SectionReader {
 public:
  struct Place {
    std::string label;       ///< "server", "peer[edge]"
    std::uint32_t line = 0;  ///< where the section begins; 0 when the file has none
  };
  /// `table` may be nullptr: everything then has its default. It must outlive the reader.
  SectionReader(IssueSink& issues, Section section, const toml::table* table, Place place);

  /// Whether the file says it, well or badly.
  [[nodiscard]] bool has(std::string_view name) const;
  /// Whether it says a list and another one than would be so without it.
  [[nodiscard]] bool changes(std::string_view name) const;

  // The value or the default; nothing when there is no good value, which has been reported then.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<TextItem>> texts(std::string_view name) const;

  void report(std::string_view name, std::string problem, std::string remedy) {
    report_at(line_of(name), name, std::move(problem), std::move(remedy));
  }
  void warn_at(std::uint32_t line, std::string_view name, std::string problem, std::string remedy) {
    issues_.warn(line, label_of(name), std::move(problem), std::move(remedy));
  }
  void report_at(std::uint32_t line, std::string_view name, std::string problem,
                 std::string remedy);

  /// The line of the key, or that of the section where the key is absent.
  [[nodiscard]] std::uint32_t line_of(std::string_view name) const;
  [[nodiscard]] std::uint32_t line() const noexcept { return place_.line; }
  /// "peer[edge].listeners"
  [[nodiscard]] std::string label_of(std::string_view name) const;

 private:
  void check_unknown(const toml::key& key);
  bool check(const KeyRow& row, const toml::node& node);
  bool check_type(const KeyRow& row, const toml::node& node);
  bool check_characters(const KeyRow& row, const toml::node& node, std::string_view word);
  bool check_choice(const KeyRow& row, const toml::node& node, std::string_view word);
  [[nodiscard]] const toml::node* value_of(std::string_view name) const;

  IssueSink& issues_;
  Section section_;
  const toml::table* table_;
  Place place_;
  std::vector<std::string_view> bad_;  ///< keys whose value was reported
};

}  // namespace shaken302::config
