// SPDX-License-Identifier: MIT
//
// The keys of a peer that say what becomes of kinds of callers and destinations.
#pragma once

#include "section_reader.hpp"
#include "shaken302/peer.hpp"

namespace shaken302::config {

/// Precondition: peer.plan has been read.
void read_call_rules(SectionReader& reader, Peer& peer);

}  // namespace shaken302::config
