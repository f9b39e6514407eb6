// SPDX-License-Identifier: MIT
//
// The URI of the one Contact of a redirect: the user of the Request-URI at the peer's next hop, or
// at the requester. Never equal to the Request-URI (RFC 3261 8.3). Pure; thread-safe.
#pragma once

#include <string_view>

#include "endpoint.hpp"
#include "shaken302/authentication_service.hpp"
#include "shaken302/bounded_text.hpp"

namespace shaken302::sip {

struct ContactTarget {
  UriView request_uri;
  std::string_view request_uri_text;
  std::string_view next_hop;  ///< host[:port]; empty: the requester
  Endpoint requester;         ///< where it listens
  Transport transport = Transport::udp;
};

/// scheme:user@host:port. A tel URI becomes a user part with user=phone (RFC 3261 19.1.6);
/// urn:service:sos (and any other service) becomes sip:sos@host, the form of the SOS URI before RFC
/// 5031; any other scheme has no user part that we could read.
void append_contact_uri(BoundedText& out, const ContactTarget& target) noexcept;

/// Whether two URIs could be taken for equal by some reading of RFC 3261 19.1.4: same scheme, user,
/// host, port (a missing one is the default) and transport. Whatever else they hold can only set
/// them apart.
[[nodiscard]] bool may_be_equal(std::string_view a, std::string_view b) noexcept;

/// Everything but the unreserved characters of RFC 3986 as %HH: good for a query string anywhere,
/// and a subset of the `hvalue` of RFC 3261 25.1.
void append_percent_encoded(BoundedText& out, std::string_view text) noexcept;

/// The characters and escapes of a user part (RFC 3261 25.1 `user`) as they are, all else as %HH.
void append_user_part(BoundedText& out, std::string_view user) noexcept;

/// urn:service:sos, urn:service:counseling and all the others (RFC 5031).
[[nodiscard]] bool is_service(const UriView& uri) noexcept;

}  // namespace shaken302::sip
