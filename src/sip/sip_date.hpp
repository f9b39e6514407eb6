// SPDX-License-Identifier: MIT
//
// The Date header field (RFC 3261 20.17). Our own, because libsofia is wrong after 29 February in
// leap years, and strftime depends on the locale. Pure; thread-safe.
#pragma once

#include "shaken302/bounded_text.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302::sip {

/// "Sat, 13 Nov 2010 23:29:00 GMT", for the years 0 to 9999.
void append_sip_date(BoundedText& out, UnixTime time) noexcept;

}  // namespace shaken302::sip
