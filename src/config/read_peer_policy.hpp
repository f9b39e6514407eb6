// SPDX-License-Identifier: MIT
//
// The keys of a peer that say how high its calls are signed, and which are not.
#pragma once

#include "configuration.hpp"
#include "section_reader.hpp"

namespace shaken302::config {

void read_peer_policy(SectionReader& reader, PeerEntry& entry);

/// Reports a list that is empty and each item that is there twice.
void check_repeats(SectionReader& reader, std::string_view key, const std::vector<TextItem>& items);

/// The key "origid": "per-call", "per-account", "per-peer" or a UUID.
OrigidPolicy read_origid(SectionReader& reader);

}  // namespace shaken302::config
