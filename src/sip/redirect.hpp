// SPDX-License-Identifier: MIT
//
// The fields of a redirect in every dialect that a peer may want: Contact (also with the Identity
// inside, RFC 3261 19.1.1 `headers`), Identity, the same under another name, Date and the indicator
// headers. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "contact_uri.hpp"
#include "shaken302/authentication_service.hpp"
#include "shaken302/bounded_text.hpp"
#include "shaken302/directory.hpp"

namespace shaken302::sip {

/// Kamailio and OpenSIPS refuse a longer URI.
inline constexpr std::size_t contact_uri_bytes_max = 1023;

/// Contact, no expiry and no q: good for this one call (RFC 3261 21.3.3); then, when there is a
/// token, Identity in the peer's dialects and Date equal to iat. Returns the length of the
/// Contact's URI.
std::size_t append_redirect_fields(BoundedText& out, const ContactTarget& target, const Peer& peer,
                                   const Authentication& authentication) noexcept;

}  // namespace shaken302::sip
