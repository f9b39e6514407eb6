// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/asn1.h>

#include <chrono>
#include <ctime>
#include <optional>

#include "shaken302/unix_time.hpp"

namespace shaken302::net {

/// The time of an ASN.1 date (RFC 5280 4.1.2.5); nothing where it is none.
inline std::optional<UnixTime> read_asn1_date(const ASN1_TIME* time) noexcept {
  std::tm broken_down{};
  // It takes nothing for "now".
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken_down) != 1) return std::nullopt;
  return UnixTime(std::chrono::seconds(::timegm(&broken_down)));
}

}  // namespace shaken302::net
