// SPDX-License-Identifier: MIT
//
// From sections to the structs of configuration.hpp. Each function reports what is wrong and then
// gives what it could read: the caller drops all of it when there was any issue.
#pragma once

#include <cstdint>
#include <filesystem>

#include "configuration.hpp"
#include "section_reader.hpp"

namespace shaken302::config {

void read_server(SectionReader reader, const std::filesystem::path& folder, Settings& settings);
/// Whether it goes with the listeners of `settings` is checked here as well.
void read_tls(SectionReader reader, const std::filesystem::path& folder, Settings& settings);
void read_signing(const SectionReader& reader, Settings& settings);
void read_log(const SectionReader& reader, Settings& settings);
/// [directory] without what the repeated sections hold.
void read_directory(SectionReader reader, const std::filesystem::path& folder,
                    DirectorySource& directory);

CredentialFiles read_credential(SectionReader reader, const std::filesystem::path& folder);
/// The key "credential" of an account or a peer: one name or several.
std::vector<std::string> read_credential_names(SectionReader& reader);
/// [signing].trust_anchors: the files.
std::vector<std::filesystem::path> read_trust_anchors(SectionReader reader,
                                                      const std::filesystem::path& folder);
/// [signing].pkcs11_module and token_deadline.
TokenAccess read_token_access(SectionReader reader, const std::filesystem::path& folder);
AccountEntry read_account(SectionReader reader);
PeerEntry read_peer(SectionReader reader);

/// "peer[edge]", or "peer[#2]" for one without a usable name.
std::string label_of(const SectionRow& section, const toml::table& table, std::size_t position);

/// A file that is TOML, whatever it says.
Result<toml::table, ConfigIssues> read_toml(const std::filesystem::path& file);

/// calls_per_second of a peer or an account.
CallLimits read_call_limits(const SectionReader& reader);

/// The path of a file that has to be named.
std::filesystem::path read_path(SectionReader& reader, std::string_view name,
                                const std::filesystem::path& folder);

/// How wide a network may be: whoever is in a narrow one is believed.
enum class NetworkWidth : std::uint8_t { any, narrow };

/// A list of addresses and networks; what is none is reported, and what is too wide.
std::vector<IpNetwork> read_networks(SectionReader& reader, std::string_view name,
                                     NetworkWidth width);

/// The value of a key that has choices, by their order in the key table.
template <class Enum>
Enum read_choice(const SectionReader& reader, Section section, std::string_view name,
                 std::initializer_list<Enum> values, Enum otherwise) {
  const auto word = reader.text(name);
  if (!word) return otherwise;
  const auto words = choices_of(*find_key(section, name));
  for (std::size_t i = 0; i < words.size() && i < values.size(); ++i) {
    if (words[i] == *word) return values.begin()[i];
  }
  return otherwise;
}

}  // namespace shaken302::config
