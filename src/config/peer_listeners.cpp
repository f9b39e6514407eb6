// SPDX-License-Identifier: MIT
#include "peer_listeners.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "value_text.hpp"

namespace shaken302::config {

void check_listeners(const PeerEntry& peer, const std::vector<ListenAddress>& listen,
                     IssueSink& issues) {
  std::string names;
  for (const ListenAddress& address : listen) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", in_quotes(address.text));
  }
  for (const NamedListener& named : peer.named_listeners) {
    const bool is_there = std::ranges::any_of(listen, [&](const ListenAddress& address) {
      return Listener{address.transport, address.address, address.port} == named.listener;
    });
    if (is_there) continue;
    issues.add(named.line, named.key,
               fmt::format("{} is no listener of this server", in_quotes(named.text)),
               fmt::format("add it to [server] listen, or name one of {}", names));
  }
}

void check_clients(const PeerEntry& peer, const TlsSettings& tls, IssueSink& issues) {
  const bool is_asked = tls.client_certificates != ClientCertificates::none;
  if (peer.peer.client_names.empty() || is_asked) return;
  issues.add(peer.lines.of("client_names"), fmt::format("peer[{}].client_names", peer.peer.name),
             "no client is asked for a certificate",
             "set client_certificate and client_ca in [tls], and add a \"tls:\" listener");
}

}  // namespace shaken302::config
