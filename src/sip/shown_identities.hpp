// SPDX-License-Identifier: MIT
//
// Who is calling, by the headers that proxies write: P-Asserted-Identity and Remote-Party-ID. One
// that cannot be read is something that names nobody, never absent: an absent one makes the core
// try its next source, which the caller may be able to write.
#pragma once

#include <array>

#include "parsed_headers.hpp"
#include "prescan.hpp"
#include "shaken302/call.hpp"

namespace shaken302::sip {

/// As in Call, whose members they become. Views into the datagram.
struct ShownIdentities {
  decltype(Call::asserted_identities) asserted;
  bool has_more_asserted = false;  ///< than RFC 3325 9.1 allows
  UriView remote_party_id;
};

/// Of the message in `index`. Where memory was short, `headers` says so, and one of them is a value
/// that names nobody.
ShownIdentities read_identities(const HeaderIndex& index, ParsedHeaders& headers) noexcept;

}  // namespace shaken302::sip
