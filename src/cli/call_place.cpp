// SPDX-License-Identifier: MIT
#include "call_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "config/ip_text.hpp"
#include "config/listen_text.hpp"
#include "config/value_text.hpp"
#include "net/client_names.hpp"
#include "shaken302/decision.hpp"
#include "sip/exchange.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

using config::ListenAddress;

Listener to_listener(const ListenAddress& address) {
  return {address.transport, address.address, address.port};
}

std::optional<Listener> named_listener(const po::variables_map& values,
                                       const std::vector<ListenAddress>& configured) {
  if (values.count("listener") == 0) return std::nullopt;
  const auto text = values["listener"].as<std::string>();
  const auto parsed = config::parse_listen(text);
  if (!parsed) throw po::error(parsed.error().problem + "; " + parsed.error().remedy);
  std::string names;
  for (const ListenAddress& address : configured) {
    if (to_listener(address) == to_listener(*parsed)) return to_listener(address);
    names += (names.empty() ? "" : ", ") + address.text;
  }
  throw po::error(fmt::format("'{}' is no listener of this server; it has {}", text, names));
}

std::uint32_t named_peer(const po::variables_map& values, const std::vector<Peer>& peers) {
  if (values.count("peer") == 0) {
    if (peers.size() == 1) return 0;
    throw po::error("there are several peers: name one with --peer, or an address with --source");
  }
  const auto name = values["peer"].as<std::string>();
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    if (peers[i].name == name) return i;
  }
  throw po::error("there is no peer '" + name + "'");
}

/// Several listeners and no word about which: a peer that asks for levels by them cannot be
/// understood.
void refuse_unknown_listener(const po::variables_map& values, const Peer& peer) {
  const bool matters = std::ranges::any_of(peer.level_sources, [](const LevelSource& source) {
    return source.kind == LevelSource::Kind::listener;
  });
  if (!matters || values.count("requested") != 0) return;
  throw po::error(
      fmt::format("peer '{}' asks for levels by listeners: name one with --listener", peer.name));
}

CallPlace place_of_peer(const po::variables_map& values, const std::optional<Listener>& named,
                        const Loaded& loaded) {
  const std::vector<Peer>& peers = loaded.snapshot.snapshot->peers->peers();
  const auto& configured = loaded.configuration.settings.listen;
  const std::uint32_t index = named_peer(values, peers);
  const Peer& peer = peers[index];
  if (named) {
    if (!peer.listeners.empty() && std::ranges::count(peer.listeners, *named) == 0) {
      throw po::error(fmt::format("peer '{}' takes no calls at {}", peer.name,
                                  values["listener"].as<std::string>()));
    }
    return {index, *named, {}};
  }
  if (peer.listeners.size() == 1) return {index, peer.listeners.front(), {}};
  if (configured.size() == 1) return {index, to_listener(configured.front()), {}};
  refuse_unknown_listener(values, peer);
  return {index, {}, {}};
}

/// Names of a client's certificate, which it can show on TLS alone.
std::vector<std::string> client_names(const po::variables_map& values, const Listener& listener) {
  if (values.count("client-name") == 0) return {};
  if (listener.transport != Transport::tls) {
    throw po::error("--client-name needs a tls listener: name one with --listener");
  }
  std::vector<std::string> names;
  for (const auto& text : values["client-name"].as<std::vector<std::string>>()) {
    auto name = net::to_client_name(text);
    if (!name) throw po::error(fmt::format("'{}' is no host name: it names no client", text));
    names.push_back(*std::move(name));
  }
  return names;
}

CallPlace place_of_source(const po::variables_map& values, const std::optional<Listener>& named,
                          const Loaded& loaded, const UriView& request_uri, const UriView& to) {
  const auto text = values["source"].as<std::string>();
  const auto& configured = loaded.configuration.settings.listen;
  const auto address = config::parse_ip(text);
  if (!address) {
    throw po::error(fmt::format("'{}' is not an address; use 192.0.2.1 or 2001:db8::1", text));
  }
  if (!named && configured.size() != 1) {
    throw po::error("there are several listeners: name one with --listener");
  }
  sip::Request received;
  received.source.address = *address;
  received.listener = named ? *named : to_listener(configured.front());
  const auto names = client_names(values, received.listener);
  received.client_names = names;
  sip::ParsedRequest request;
  request.request_uri = request_uri;
  request.to = to;
  const std::uint32_t peer =
      sip::find_peer_of_call(*loaded.snapshot.snapshot->peers, received, request);
  if (peer != no_index) return {peer, received.listener, {}};
  throw std::runtime_error(
      fmt::format("no peer's: a call from {} for the host '{}'; it is not decided about", text,
                  request_uri.host));
}

/// --peer is taken at its word; a server wants the certificate, too.
void check_certificate(const Peer& peer, CallPlace& place) {
  if (peer.client_names.empty() || place.listener == Listener{} ||
      place.listener.transport == Transport::tls) {
    return;
  }
  place.warnings.push_back(fmt::format(
      "peer '{}' is known by a client certificate (client_names), and this listener is not tls: no "
      "call there is its",
      peer.name));
}

/// --peer is taken at its word; a server looks at the host too, but for a call for help.
void check_host(const Peer& peer, const UriView& request_uri, const UriView& to, CallPlace& place) {
  if (peer.hosts.empty() || request_uri.host.empty() || request_uri.host == untyped_host) return;
  if (is_emergency(request_uri, peer.plan) || is_emergency(to, peer.plan)) return;
  const bool is_its = std::ranges::any_of(peer.hosts, [&](const std::string& host) {
    return config::equals_ignoring_case(host, request_uri.host);
  });
  if (is_its) return;
  place.warnings.push_back(fmt::format(
      "the host '{}' of the Request-URI is not among the hosts of peer '{}': a server would not "
      "choose that peer; --source finds the one that it would",
      request_uri.host, peer.name));
}

/// A header or a parameter can say anything, a listener one level only.
void check_request(const po::variables_map& values, const Peer& peer, CallPlace& place) {
  if (values.count("requested") == 0) return;
  const auto text = values["requested"].as<std::string>();
  const auto level = parse_requested_level(text);
  const bool can_ask = std::ranges::any_of(peer.level_sources, [&](const LevelSource& source) {
    if (source.kind != LevelSource::Kind::listener) return true;
    return level == source.level &&
           (place.listener == Listener{} || place.listener == source.listener);
  });
  if (can_ask) return;
  place.warnings.push_back(fmt::format(
      "peer '{}' asks for levels by listeners alone (attestation_from), and none of them here "
      "stands for '{}': no call of its can ask for that",
      peer.name, text));
}

}  // namespace

void add_place_options(po::options_description& options) {
  options.add_options()(
      "peer,p", po::value<std::string>(),
      "the upstream that asks; may be left out where there is one only; its sources "
      "are not checked, and a host that is not its own gets a warning")(
      "source", po::value<std::string>(),
      "the address that the call comes from, instead of --peer")(
      "client-name", po::value<std::vector<std::string>>(),
      "a name in the certificate that the client shows on TLS, beside --source; may be repeated")(
      "listener", po::value<std::string>(),
      "where the call comes in, as in udp:ADDRESS:PORT, tcp: or tls:; may be left out where there "
      "is one only");
}

CallPlace select_place(const po::variables_map& values, const Loaded& loaded,
                       const UriView& request_uri, const UriView& to) {
  const auto named = named_listener(values, loaded.configuration.settings.listen);
  const bool is_by_source = values.count("source") != 0;
  if (is_by_source && values.count("peer") != 0) {
    throw po::error("--source finds the peer: leave --peer out");
  }
  if (!is_by_source && values.count("client-name") != 0) {
    throw po::error("--client-name goes with --source");
  }
  CallPlace place = is_by_source ? place_of_source(values, named, loaded, request_uri, to)
                                 : place_of_peer(values, named, loaded);
  const Peer& peer = loaded.snapshot.snapshot->peers->peers()[place.peer];
  if (!is_by_source) {
    check_host(peer, request_uri, to, place);
    check_certificate(peer, place);
  }
  check_request(values, peer, place);
  return place;
}

}  // namespace shaken302::cli
