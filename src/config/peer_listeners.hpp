// SPDX-License-Identifier: MIT
//
// The listeners that peers are told apart by are those of [server]: a peer that names another one
// would never get a call, and nobody would say why.
#pragma once

#include <vector>

#include "configuration.hpp"
#include "section_reader.hpp"

namespace shaken302::config {

/// Reports every listener that `peer` names and that is not among `listen`: the same transport,
/// address and port. For peers of a file and of a database alike; those of a database have no
/// lines.
/// A peer that is known by its certificate needs somebody who asks for it.
void check_clients(const PeerEntry& peer, const TlsSettings& tls, IssueSink& issues);

void check_listeners(const PeerEntry& peer, const std::vector<ListenAddress>& listen,
                     IssueSink& issues);

}  // namespace shaken302::config
