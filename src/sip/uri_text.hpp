// SPDX-License-Identifier: MIT
//
// URIs as received. Sofia says whether and where there is one; its own parts are decoded in place
// (%2B becomes +, %3B becomes ;), so the core's view is cut from the received bytes, by the same
// rules as Sofia's url_d (tests/sip/uri_text_test.cpp holds the two together). Pure; thread-safe.
#pragma once

#include <string_view>

#include "shaken302/authentication_service.hpp"

namespace shaken302::sip {

/// `text` is one whole URI without angle brackets.
UriView split_uri(std::string_view text) noexcept;

/// What follows the first `;` behind the host (sip, sips) or the number (tel), headers left out.
std::string_view uri_parameters(std::string_view text) noexcept;

/// What ends a URI that is not in angle brackets (RFC 3261 20.10): the parameters are then the
/// header's. P-Asserted-Identity has no header parameters (RFC 3325 9.1), so there `;` is part of
/// the URI.
enum class BareUri : unsigned char { ends_at_parameters, ends_at_comma };

/// The URI that begins at `begin` in a header value.
std::string_view uri_at(std::string_view value, std::size_t begin, BareUri bare) noexcept;

/// Both of one size.
bool has_same_letters(std::string_view a, std::string_view b) noexcept;
/// Most that are compared differ in size.
inline bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && has_same_letters(a, b);
}

}  // namespace shaken302::sip
