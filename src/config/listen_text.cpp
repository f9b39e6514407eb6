// SPDX-License-Identifier: MIT
#include "listen_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ip_text.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::string_view form =
    "use \"udp:ADDRESS:PORT\", \"tcp:...\" or \"tls:...\", for example \"udp:0.0.0.0:5060\"";

Failure<ListenProblem> refuse(std::string problem, std::string_view remedy = form) {
  return Failure{ListenProblem{std::move(problem), std::string(remedy)}};
}

std::optional<Transport> parse_transport(std::string_view name) {
  if (name == "udp") return Transport::udp;
  if (name == "tcp") return Transport::tcp;
  if (name == "tls") return Transport::tls;
  return std::nullopt;
}

/// RFC 3261 19.1.2.
constexpr std::uint16_t default_port(Transport transport) noexcept {
  return transport == Transport::tls ? 5061 : 5060;
}

/// What is left of the transport's colon: ADDRESS, ADDRESS:PORT, [IPV6] or [IPV6]:PORT.
struct HostPort {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

HostPort split(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.find(']') != std::string_view::npos;
  const auto host_end = bracketed ? text.find(']') + 1 : std::min(text.find(':'), text.size());
  HostPort parts{text.substr(0, host_end), {}, false};
  if (host_end < text.size()) {
    parts.has_port = text[host_end] == ':';
    parts.port = parts.has_port ? text.substr(host_end + 1) : text.substr(host_end);
  }
  return parts;
}

}  // namespace

Result<ListenAddress, ListenProblem> parse_listen(std::string_view text) {
  const auto colon = text.find(':');
  const auto transport = parse_transport(text.substr(0, colon));
  if (!transport || colon == std::string_view::npos) {
    return refuse(
        fmt::format("{} does not begin with \"udp:\", \"tcp:\" or \"tls:\"", in_quotes(text)));
  }
  const auto rest = text.substr(colon + 1);
  if (std::ranges::count(rest, ':') > 1 && !rest.starts_with('[')) {
    return refuse(fmt::format("{}: an IPv6 address without brackets", in_quotes(text)),
                  fmt::format("write it like this: \"{}:[2001:db8::1]:{}\"", text.substr(0, colon),
                              default_port(*transport)));
  }
  const HostPort parts = split(rest);
  const bool bracketed = parts.host.starts_with('[') && parts.host.ends_with(']');
  const auto host = bracketed ? parts.host.substr(1, parts.host.size() - 2) : parts.host;
  const auto address = parse_ip(host);
  if (!address || bracketed == is_ipv4(*address)) {
    return refuse(fmt::format("{} is not an address", in_quotes(parts.host)));
  }
  const auto port =
      parts.has_port ? parse_port(parts.port) : std::optional(default_port(*transport));
  if (!port || (!parts.has_port && !parts.port.empty())) {
    return refuse(fmt::format("{} is not a port", in_quotes(parts.port)),
                  "use a port from 1 to 65535; 0 lets the system choose one");
  }
  return ListenAddress{*transport, *address, bracketed, *port, std::string(text)};
}

}  // namespace shaken302::config
