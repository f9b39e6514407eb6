// SPDX-License-Identifier: MIT
#include "section_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nearest_name.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::size_t named_max = 64;

/// Every default of the key table, parsed: one table a section.
const toml::table& default_values() {
  static const toml::table defaults = [] {
    std::string toml;
    for (const SectionRow& section : section_table()) {
      toml += fmt::format("[{}]\n", section.name);
      for (const KeyRow& row : key_table()) {
        if (row.section != section.section || is_required(row)) continue;
        toml += fmt::format("{} = {}\n", row.name, row.default_value);
      }
    }
    return toml::parse(std::string_view(toml));
  }();
  return defaults;
}

std::string_view describe(toml::node_type type) {
  switch (type) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

std::string_view describe(KeyType type) {
  switch (type) {
    case KeyType::text:
      return "a text in quotes";
    case KeyType::integer:
      return "a whole number";
    case KeyType::flag:
      return "true or false";
    case KeyType::texts:
      return "a list of texts";
    case KeyType::names:
      return "a text in quotes or a list of such";
  }
  return "";
}

bool has_type(const toml::node& node, KeyType type) {
  switch (type) {
    case KeyType::text:
      return node.is_string();
    case KeyType::integer:
      return node.is_integer();
    case KeyType::flag:
      return node.is_boolean();
    case KeyType::texts:
      return node.is_array();
    case KeyType::names:
      return node.is_string() || node.is_array();
  }
  return false;
}

std::uint32_t line_at(const toml::node& node) { return node.source().begin.line; }

}  // namespace

ConfigIssues IssueSink::take() {
  std::ranges::stable_sort(issues_, {}, &ConfigIssue::line);
  return std::move(issues_);
}

ConfigIssues IssueSink::take_warnings() {
  std::ranges::stable_sort(warnings_, {}, &ConfigIssue::line);
  return std::move(warnings_);
}

SectionReader::SectionReader(IssueSink& issues, Section section, const toml::table* table,
                             Place place)
    : issues_(issues), section_(section), table_(table), place_(std::move(place)) {
  if (table_ != nullptr) {
    for (const auto& [key, node] : *table_) {
      const KeyRow* row = find_key(section_, key.str());
      if (row == nullptr) {
        check_unknown(key);
      } else if (!check(*row, node)) {
        bad_.push_back(row->name);
      }
    }
  }
  for (const KeyRow& row : key_table()) {
    if (row.section != section_ || !is_required(row) || has(row.name)) continue;
    report(row.name, "is missing",
           fmt::format("add it, for example: {} = {}", row.name, row.example));
    bad_.push_back(row.name);
  }
}

void SectionReader::check_unknown(const toml::key& key) {
  const auto names = key_names(section_);
  std::string remedy =
      suggest(key.str(), names, "known keys",
              fmt::format("see {} in conf/shaken302.toml", header_of(section_row(section_))));
  if (nearest_name(key.str(), names).empty()) {
    for (const KeyRow& row : key_table()) {
      if (row.name != key.str()) continue;
      const SectionRow& home = section_row(row.section);
      remedy = fmt::format("it belongs into {}", header_of(home));
      break;
    }
  }
  report_at(key.source().begin.line, key.str().substr(0, named_max), "unknown key",
            std::move(remedy));
}

bool SectionReader::check(const KeyRow& row, const toml::node& node) {
  if (!check_type(row, node)) return false;
  if (const auto* number = node.as_integer()) {
    const std::int64_t value = number->get();
    if (!row.choices.empty()) return check_choice(row, node, std::to_string(value));
    if (value >= row.min && value <= row.max) return true;
    report_at(line_at(node), row.name, fmt::format("{} is out of range", value),
              fmt::format("use {}", allowed_values(row)));
    return false;
  }
  if (row.choices.empty()) return true;
  if (const auto* word = node.as_string()) return check_choice(row, node, word->get());
  bool good = true;
  if (const auto* list = node.as_array()) {
    for (const toml::node& item : *list) {
      good = check_choice(row, item, item.ref<std::string>()) && good;
    }
  }
  return good;
}

bool SectionReader::check_type(const KeyRow& row, const toml::node& node) {
  const auto wrong = [&](const toml::node& at, std::string_view where) {
    report_at(line_at(at), row.name,
              fmt::format("{}{}, not {}", where, describe(at.type()),
                          where == "is " ? describe(row.type) : describe(KeyType::text)),
              fmt::format("write it like this: {} = {}", row.name, row.example));
    return false;
  };
  if (!has_type(node, row.type)) return wrong(node, "is ");
  if (const auto* word = node.as_string()) return check_characters(row, node, word->get());
  bool good = true;
  if (const auto* list = node.as_array()) {
    for (const toml::node& item : *list) {
      if (!item.is_string()) return wrong(item, "holds ");
      good = check_characters(row, item, item.ref<std::string>()) && good;
    }
  }
  return good;
}

bool SectionReader::check_characters(const KeyRow& row, const toml::node& node,
                                     std::string_view word) {
  const bool has_control = std::ranges::any_of(word, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  if (!has_control) return true;
  // The source may hold a password.
  const bool is_secret = row.section == Section::directory && row.name == "source";
  report_at(line_at(node), row.name,
            fmt::format("{} holds a control character", is_secret ? "it" : in_quotes(word)),
            fmt::format("write it like this: {} = {}", row.name, row.example));
  return false;
}

bool SectionReader::check_choice(const KeyRow& row, const toml::node& node, std::string_view word) {
  const auto words = choices_of(row);
  if (std::ranges::find(words, word) != words.end()) return true;
  const bool is_text = node.is_string();
  report_at(line_at(node), row.name,
            fmt::format("{} is not {}", is_text ? in_quotes(word) : std::string(word), row.noun),
            fmt::format("use {}", allowed_values(row)));
  return false;
}

void SectionReader::report_at(std::uint32_t line, std::string_view name, std::string problem,
                              std::string remedy) {
  issues_.add(line, label_of(name), std::move(problem), std::move(remedy));
}

std::string SectionReader::label_of(std::string_view name) const {
  return fmt::format("{}.{}", place_.label, name);
}

bool SectionReader::has(std::string_view name) const {
  return table_ != nullptr && table_->contains(name);
}

bool SectionReader::changes(std::string_view name) const {
  if (!has(name)) return false;
  const auto* section = default_values().get_as<toml::table>(section_row(section_).name);
  const toml::node* usual = section == nullptr ? nullptr : section->get(name);
  const auto* list = table_->get(name)->as_array();
  const auto* usual_list = usual == nullptr ? nullptr : usual->as_array();
  return list != nullptr && usual_list != nullptr && *list != *usual_list;
}

std::uint32_t SectionReader::line_of(std::string_view name) const {
  return has(name) ? line_at(*table_->get(name)) : place_.line;
}

const toml::node* SectionReader::value_of(std::string_view name) const {
  if (std::ranges::find(bad_, name) != bad_.end()) return nullptr;
  if (has(name)) return table_->get(name);
  const auto* section = default_values().get_as<toml::table>(section_row(section_).name);
  return section == nullptr ? nullptr : section->get(name);
}

std::optional<std::string> SectionReader::text(std::string_view name) const {
  const toml::node* node = value_of(name);
  return node == nullptr ? std::nullopt : node->value<std::string>();
}

std::optional<std::int64_t> SectionReader::integer(std::string_view name) const {
  const toml::node* node = value_of(name);
  return node == nullptr ? std::nullopt : node->value<std::int64_t>();
}

std::optional<bool> SectionReader::flag(std::string_view name) const {
  const toml::node* node = value_of(name);
  return node == nullptr ? std::nullopt : node->value<bool>();
}

std::optional<std::vector<TextItem>> SectionReader::texts(std::string_view name) const {
  const toml::node* node = value_of(name);
  if (node == nullptr) return std::nullopt;
  std::vector<TextItem> items;
  if (const auto* word = node->as_string(); word != nullptr && !word->get().empty()) {
    items.push_back({word->get(), line_at(*node)});
  }
  if (const auto* list = node->as_array()) {
    for (const toml::node& item : *list) items.push_back({item.ref<std::string>(), line_at(item)});
  }
  return items;
}

}  // namespace shaken302::config
