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
  if (peer.peer.client_names.empty()) return;
  const auto report = [&](std::string_view problem, std::string_view remedy) {
    issues.add(peer.lines.of("client_names"), fmt::format("peer[{}].client_names", peer.peer.name),
               std::string(problem), std::string(remedy));
  };
  if (tls.client_certificates == ClientCertificates::none) {
    report("no client is asked for a certificate",
           "set client_certificate and client_ca in [tls], and add a \"tls:\" listener");
  }
  const auto& listeners = peer.peer.listeners;
  if (!listeners.empty() &&
      std::ranges::count(listeners, Transport::tls, &Listener::transport) == 0) {
    report("none of the peer's listeners speaks TLS, so no call can ever be its",
           "name a \"tls:\" listener in listeners, or leave client_names out");
  }
}

}  // namespace shaken302::config
