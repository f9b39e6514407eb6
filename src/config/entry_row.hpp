// SPDX-License-Identifier: MIT
//
// A peer or an account as a row of a table: one text a key of its section, a list as a JSON array
// of texts, nothing for the key's default. A row goes through the same reader as a section of the
// file, so that every check, problem and remedy is the same.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "configuration.hpp"
#include "section_reader.hpp"

namespace shaken302::config {

struct EntryCell {
  std::string column;
  std::optional<std::string> text;
};
using EntryRow = std::vector<EntryCell>;

/// `position` counts the rows from 0, for one without a usable name. What is wrong goes to `issues`
/// as "peer[edge].max_attestation".
PeerEntry read_peer_row(const EntryRow& row, std::size_t position, IssueSink& issues);
AccountEntry read_account_row(const EntryRow& row, std::size_t position, IssueSink& issues);

/// The sections of that kind in a file that was found good, a cell for each key that they name.
Result<std::vector<EntryRow>, ConfigIssues> read_entry_rows(const std::filesystem::path& file,
                                                            Section section);

/// "[[peer]]\nname = \"edge\"\n…" of a row that was found good.
std::string to_section_text(const EntryRow& row, Section section);

}  // namespace shaken302::config
