// SPDX-License-Identifier: MIT
//
// Whom the certificate of a TLS client names (RFC 5922 section 7.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;

namespace shaken302::net {

inline constexpr std::size_t client_names_max = 16;

/// The hosts of its subjectAltName, DNS names and "sip:" URIs without a user part; where it has
/// neither of these, its common name. Lower case, without wildcards and without anything that is no
/// host name; at most client_names_max. Empty without a certificate, and where it was not verified.
std::vector<std::string> read_client_names(ssl_st& ssl);

/// What such a name of a certificate is to us, in lower case: "SBC1.example" or "sip:sbc1.example";
/// nothing: no name of a client.
std::optional<std::string> to_client_name(std::string_view text);

}  // namespace shaken302::net
