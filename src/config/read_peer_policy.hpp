// SPDX-License-Identifier: MIT
//
// The keys of a peer that say how high its calls are signed, and which are not.
#pragma once

#include "section_reader.hpp"
#include "shaken302/origid.hpp"
#include "shaken302/peer.hpp"

namespace shaken302::config {

void read_peer_policy(SectionReader& reader, Peer& peer);

/// The key "origid": "per-call", "per-account", "per-peer" or a UUID.
OrigidPolicy read_origid(SectionReader& reader);

}  // namespace shaken302::config
