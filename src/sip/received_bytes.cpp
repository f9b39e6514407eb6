// SPDX-License-Identifier: MIT
#include "received_bytes.hpp"

#include <sofia-sip/msg_types.h>
#include <sofia-sip/sip.h>

#include <functional>

namespace shaken302::sip {

std::string_view uri_in(const msg_common_s& header, const char* scheme, const Field& field,
                        BareUri bare) noexcept {
  const char* const copy =
      reinterpret_cast<const char*>(&header) + static_cast<std::size_t>(header.h_class->hc_size);
  const std::less<> before;
  if (scheme == nullptr || before(scheme, copy) || !before(scheme, copy + field.value.size())) {
    return {};
  }
  return uri_at(field.value, static_cast<std::size_t>(scheme - copy), bare);
}

std::string_view address_uri(const sip_addr_s& address, const Field& field) noexcept {
  return uri_in(*address.a_common, address.a_url->url_scheme, field, BareUri::ends_at_parameters);
}

}  // namespace shaken302::sip
