// SPDX-License-Identifier: MIT
//
// From a header in Sofia's memory back to the received bytes. The copy of its value lies behind its
// struct and is cut and decoded in place; offsets stay the same as in the value that the pre-scan
// found.
#pragma once

#include <string_view>

#include "prescan.hpp"
#include "uri_text.hpp"

struct msg_common_s;
struct sip_addr_s;

namespace shaken302::sip {

/// The URI of a From or To that Sofia has read.
std::string_view address_uri(const sip_addr_s& address, const Field& field) noexcept;

/// The URI whose scheme Sofia has at `scheme`, inside its copy of the value of `field`, which
/// follows the struct of `header`. Empty when `scheme` is not in there (a URI without one, or `*`).
std::string_view uri_in(const msg_common_s& header, const char* scheme, const Field& field,
                        BareUri bare) noexcept;

}  // namespace shaken302::sip
