// SPDX-License-Identifier: MIT
//
// Whom the certificate of a TLS client names (RFC 5922 section 7.1).
#pragma once

#include <string>
#include <vector>

struct ssl_st;

namespace shaken302::net {

inline constexpr std::size_t client_names_max = 16;

/// The hosts of its subjectAltName, DNS names and "sip:" URIs without a user part; where it has
/// neither of these, its common name. Lower case, without wildcards and without anything that is no
/// host name; at most client_names_max. Empty without a certificate, and where it was not verified.
std::vector<std::string> read_client_names(ssl_st& ssl);

}  // namespace shaken302::net
