// SPDX-License-Identifier: MIT
#include "configuration.hpp"

#include <fmt/format.h>

#include <map>

#include "nearest_name.hpp"
#include "peer_listeners.hpp"
#include "read_settings.hpp"
#include "regular_file.hpp"
#include "toml_shape.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

/// Room for 50,000 accounts; numbers have a file of their own.
constexpr std::size_t configuration_bytes_max = 8U << 20U;

std::uint32_t line_at(const toml::source_region& source) { return source.begin.line; }

// --- syntax
// ----------------------------------------------------------------------------------------

/// toml++ says what it saw; this says what to do about it.
std::string syntax_remedy(std::string_view description) {
  const auto says = [&](std::string_view words) {
    return description.find(words) != std::string_view::npos;
  };
  if (says("utf-8")) return "save the file as UTF-8";
  if (says("cannot redefine")) return "keep one of the two; [[peer]] begins another peer";
  if (says("nested value depth")) return "write [section] and then key = value";
  if (says("control characters")) return "close the quotes on the same line; a text is one line";
  if (says("representable")) return "use a smaller number";
  return "texts stand in quotes, lists in [ ], and each key = value on its own line";
}

std::optional<toml::table> parse_toml(std::string_view text, IssueSink& issues) {
  if (auto unreadable = find_unreadable_line(text)) {
    issues.add(unreadable->line, "", unreadable->problem, unreadable->remedy);
    return std::nullopt;
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    constexpr std::string_view preamble = "Error while parsing ";
    std::string_view saw = error.description();
    if (saw.starts_with(preamble)) saw.remove_prefix(preamble.size());
    issues.add(line_at(error.source()), "",
               fmt::format("TOML syntax, column {}: {}", error.source().begin.column, saw),
               syntax_remedy(saw));
  }
  return std::nullopt;
}

// --- sections
// --------------------------------------------------------------------------------------

void report_unknown_section(const toml::key& key, const toml::node& node, IssueSink& issues) {
  const std::uint32_t line = line_at(key.source());
  const std::string name(key.str().substr(0, 64));
  if (name == "http" && node.is_table()) {
    issues.add(line, name, "the HTTP server comes in a later version", "remove the section");
    return;
  }
  if (!node.is_table() && !node.is_array_of_tables()) {
    for (const KeyRow& row : key_table()) {
      if (row.name != key.str()) continue;
      issues.add(line, name, "is in no section",
                 fmt::format("it belongs into {}", header_of(section_row(row.section))));
      return;
    }
  }
  std::vector<std::string_view> names;
  for (const SectionRow& section : section_table()) names.push_back(section.name);
  issues.add(line, name, "unknown section", suggest(key.str(), names, "known sections"));
}

/// Every top-level name is a section, in the one form that its row says.
void check_sections(const toml::table& root, IssueSink& issues) {
  for (const auto& [key, node] : root) {
    const SectionRow* row = nullptr;
    for (const SectionRow& section : section_table()) {
      if (section.name == key.str()) row = &section;
    }
    if (row == nullptr) {
      report_unknown_section(key, node, issues);
      continue;
    }
    if (row->repeated ? node.is_array_of_tables() : node.is_table()) continue;
    const auto* list = node.as_array();
    if (row->repeated && list != nullptr && list->empty()) continue;
    issues.add(line_at(key.source()), std::string(row->name),
               row->repeated ? "is a list of sections" : "is one section",
               fmt::format("write it as {}", header_of(*row)));
  }
}

SectionReader single(const toml::table& root, Section section, IssueSink& issues) {
  const auto* table = root.get_as<toml::table>(section_row(section).name);
  const std::uint32_t line = table == nullptr ? 0 : line_at(table->source());
  return {issues, section, table, {std::string(section_row(section).name), line}};
}

template <class Read>
void for_each(const toml::table& root, Section section, IssueSink& issues, Read read) {
  const SectionRow& row = section_row(section);
  const auto* list = root.get_as<toml::array>(row.name);
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto* table = list->get_as<toml::table>(i);
    if (table == nullptr) continue;  // reported by check_sections
    read(SectionReader(issues, section, table,
                       {label_of(row, *table, i), line_at(table->source())}));
  }
}

// --- the whole
// -------------------------------------------------------------------------------------

/// Names that have been given, with the line of each.
class UniqueNames {
 public:
  UniqueNames(IssueSink& issues, std::string_view section, std::string_view key)
      : issues_(issues), section_(section), key_(key) {}

  void add(const std::string& name, std::uint32_t line) {
    if (name.empty()) return;
    const auto [at, is_new] = lines_.try_emplace(name, line);
    if (is_new) return;
    issues_.add(line, fmt::format("{}[{}].{}", section_, name, key_),
                fmt::format("{} is also that of line {}", in_quotes(name), at->second),
                fmt::format("give each {} its own", section_));
  }

 private:
  IssueSink& issues_;
  std::string_view section_;
  std::string_view key_;
  std::map<std::string, std::uint32_t> lines_;
};

/// A peer or an account that is in two places would be changed in one of them.
void refuse_entries(const toml::table& root, const std::string& source, IssueSink& issues) {
  for (const Section section : {Section::peer, Section::account}) {
    const SectionRow& row = section_row(section);
    const auto* list = root.get_as<toml::array>(row.name);
    if (list == nullptr || list->empty()) continue;
    issues.add(line_at(list->front().source()), std::string(row.name),
               fmt::format("{} is kept in {}, and not in this file", row.name, source),
               "remove the section; shaken302 db import copies those of another file there");
  }
}

/// `listen`: of the server whose shadow this is, or null.
void read_sections(const toml::table& root, const std::filesystem::path& folder, IssueSink& issues,
                   Configuration& configuration, const std::vector<ListenAddress>* listen) {
  Settings& settings = configuration.settings;
  DirectorySource& directory = configuration.directory;
  const std::size_t before = issues.size();
  if (listen == nullptr) {
    read_server(single(root, Section::server, issues), folder, settings);
    read_tls(single(root, Section::tls, issues), folder, settings);
  } else {
    settings.listen = *listen;
  }
  // A listener that cannot be read is not missed a second time by the peers that name it.
  const bool has_listeners = issues.size() == before;
  const SectionReader signing = single(root, Section::signing, issues);
  read_signing(signing, settings);
  directory.trust_anchors = read_trust_anchors(signing, folder);
  if (const auto file = signing.text("publish_check_ca").value_or(""); !file.empty()) {
    directory.publish_check_ca = (folder / file).lexically_normal();
  }
  const TokenAccess tokens = read_token_access(signing, folder);
  read_log(single(root, Section::log, issues), settings);
  const SectionReader shadow = single(root, Section::shadow, issues);
  const auto shadow_file = shadow.text("configuration").value_or("");
  if (!shadow_file.empty()) configuration.shadow = (folder / shadow_file).lexically_normal();
  configuration.shadow_line = shadow.line_of("configuration");
  read_directory(single(root, Section::directory, issues), folder, directory);

  UniqueNames credentials(issues, "credential", "name");
  for_each(root, Section::credential, issues, [&](SectionReader reader) {
    directory.credentials.push_back(read_credential(std::move(reader), folder));
    directory.credentials.back().token = tokens;
    credentials.add(directory.credentials.back().name, directory.credentials.back().line);
  });
  UniqueNames peers(issues, "peer", "name");
  for_each(root, Section::peer, issues, [&](SectionReader reader) {
    directory.peers.push_back(read_peer(std::move(reader)));
    peers.add(directory.peers.back().peer.name, directory.peers.back().lines.of("name"));
    if (has_listeners) check_listeners(directory.peers.back(), settings.listen, issues);
    if (listen == nullptr) check_clients(directory.peers.back(), settings.tls, issues);
  });
  UniqueNames accounts(issues, "account", "id");
  for_each(root, Section::account, issues, [&](SectionReader reader) {
    directory.accounts.push_back(read_account(std::move(reader)));
    accounts.add(directory.accounts.back().account.id, directory.accounts.back().lines.of("id"));
  });
  if (directory.kind != SourceKind::files) return refuse_entries(root, directory.name, issues);
  const auto* peer_list = root.get_as<toml::array>("peer");
  if (!root.contains("peer") || (peer_list != nullptr && peer_list->empty())) {
    issues.add(0, "peer", "there is none: nobody would get an answer",
               "add a [[peer]] with its name and sources");
  }
}

Result<Configuration, ConfigIssues> parse(std::string_view toml, const std::filesystem::path& file,
                                          const std::vector<ListenAddress>* listen) {
  IssueSink issues(file.string());
  Configuration configuration;
  configuration.file = file;
  configuration.directory.name = file.string();
  if (const auto root = parse_toml(toml, issues)) {
    check_sections(*root, issues);
    read_sections(*root, file.parent_path(), issues, configuration, listen);
  }
  if (!issues.empty()) return Failure{issues.take()};
  configuration.warnings = issues.take_warnings();
  return configuration;
}

}  // namespace

std::string label_of(const SectionRow& section, const toml::table& table, std::size_t position) {
  const std::string_view key = section.section == Section::account ? "id" : "name";
  const auto name = table[key].value<std::string>().value_or("");
  return is_identifier(name) ? fmt::format("{}[{}]", section.name, name)
                             : fmt::format("{}[#{}]", section.name, position + 1);
}

Result<toml::table, ConfigIssues> read_toml(const std::filesystem::path& file) {
  const auto text = read_regular_file(file, {configuration_bytes_max, false});
  if (!text) return Failure{ConfigIssues{text.error()}};
  IssueSink issues(file.string());
  if (auto root = parse_toml(*text, issues)) return std::move(*root);
  return Failure{issues.take()};
}

Result<Configuration, ConfigIssues> parse_configuration(std::string_view toml,
                                                        const std::filesystem::path& file) {
  return parse(toml, file, nullptr);
}

Result<Configuration, ConfigIssues> read_configuration(const std::filesystem::path& file) {
  const auto text = read_regular_file(file, {configuration_bytes_max, false});
  if (!text) return Failure{ConfigIssues{text.error()}};
  return parse(*text, file, nullptr);
}

Result<Configuration, ConfigIssues> read_shadow_configuration(
    const std::filesystem::path& file, const std::vector<ListenAddress>& listen) {
  const auto text = read_regular_file(file, {configuration_bytes_max, false});
  if (!text) return Failure{ConfigIssues{text.error()}};
  return parse(*text, file, &listen);
}

}  // namespace shaken302::config
