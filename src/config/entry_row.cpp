// SPDX-License-Identifier: MIT
#include "entry_row.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "read_settings.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

/// Lists of the file have no such length; a hostile cell costs no more than this.
constexpr std::size_t list_bytes_max = 64U << 10U;

std::optional<toml::array> parse_list(const std::string& text) {
  if (text.size() > list_bytes_max) return std::nullopt;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return std::nullopt;
  toml::array list;
  for (const auto& item : json) {
    if (!item.is_string()) return std::nullopt;
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::optional<bool> parse_flag(std::string_view text) {
  if (text == "t" || text == "true" || text == "1") return true;
  if (text == "f" || text == "false" || text == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// What cannot be of the key's type stays a text, which the reader then refuses.
void insert(toml::table& table, Section section, const EntryCell& cell) {
  const KeyRow* key = find_key(section, cell.column);
  const std::string& text = *cell.text;
  if (key != nullptr && key->type == KeyType::integer) {
    if (const auto value = parse_integer(text)) return void(table.insert(cell.column, *value));
  } else if (key != nullptr && key->type == KeyType::flag) {
    if (const auto value = parse_flag(text)) return void(table.insert(cell.column, *value));
  } else if (key != nullptr && key->type == KeyType::texts) {
    if (auto list = parse_list(text)) return void(table.insert(cell.column, std::move(*list)));
  } else if (key != nullptr && key->type == KeyType::names && text.starts_with('[')) {
    if (auto list = parse_list(text)) return void(table.insert(cell.column, std::move(*list)));
  }
  table.insert(cell.column, text);
}

toml::table to_table(const EntryRow& row, Section section) {
  toml::table table;
  for (const EntryCell& cell : row) {
    if (cell.text) insert(table, section, cell);
  }
  return table;
}

SectionReader reader_of(const toml::table& table, Section section, std::size_t position,
                        IssueSink& issues) {
  return {issues, section, &table, {label_of(section_row(section), table, position), 0}};
}

std::string to_cell_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  nlohmann::json list = nlohmann::json::array();
  if (const auto* items = node.as_array()) {
    for (const toml::node& item : *items) list.push_back(item.value<std::string>().value_or(""));
  }
  return list.dump();
}

/// A basic string of TOML.
std::string to_toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04X}", byte);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void append_row(const toml::table& table, std::vector<EntryRow>& rows) {
  EntryRow& row = rows.emplace_back();
  for (const auto& [key, node] : table) row.push_back({std::string(key.str()), to_cell_text(node)});
}

std::string to_toml_value(const toml::node& node) {
  if (const auto* text = node.as_string()) return to_toml_text(text->get());
  const auto* items = node.as_array();
  if (items == nullptr) return to_cell_text(node);
  std::string out = "[";
  for (const toml::node& item : *items) {
    if (out.size() > 1) out += ", ";
    out += to_toml_text(item.value<std::string>().value_or(""));
  }
  return out + ']';
}

}  // namespace

PeerEntry read_peer_row(const EntryRow& row, std::size_t position, IssueSink& issues) {
  const toml::table table = to_table(row, Section::peer);
  return read_peer(reader_of(table, Section::peer, position, issues));
}

AccountEntry read_account_row(const EntryRow& row, std::size_t position, IssueSink& issues) {
  const toml::table table = to_table(row, Section::account);
  return read_account(reader_of(table, Section::account, position, issues));
}

Result<std::vector<EntryRow>, ConfigIssues> read_entry_rows(const std::filesystem::path& file,
                                                            Section section) {
  const auto root = read_toml(file);
  if (!root) return Failure{root.error()};
  std::vector<EntryRow> rows;
  const std::string_view name = section_row(section).name;
  if (const auto* table = root->get_as<toml::table>(name)) append_row(*table, rows);
  if (const auto* list = root->get_as<toml::array>(name)) {
    for (const toml::node& item : *list) {
      if (const auto* table = item.as_table()) append_row(*table, rows);
    }
  }
  return rows;
}

std::string to_section_text(const EntryRow& row, Section section) {
  const toml::table table = to_table(row, section);
  std::string out = header_of(section_row(section)) + '\n';
  for (const EntryCell& cell : row) {
    const toml::node* node = table.get(cell.column);
    if (node != nullptr) out += fmt::format("{} = {}\n", cell.column, to_toml_value(*node));
  }
  return out;
}

}  // namespace shaken302::config
