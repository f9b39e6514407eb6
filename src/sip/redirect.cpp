// SPDX-License-Identifier: MIT
#include "redirect.hpp"

#include "sip_date.hpp"

namespace shaken302::sip {
namespace {

/// What a signed redirect repeats in its dialects, written once.
struct SignedValues {
  std::string_view identity;
  std::string_view date;
};

/// A token has at most 2048 characters, an x5u 255.
constexpr std::size_t identity_bytes_max = 2560;

void append_field(BoundedText& out, std::string_view name, std::string_view value) noexcept {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// Proxies that build the next request from the Contact copy every header in it (RFC 3261 8.1.3.4),
/// so Date goes in as well: several verifiers want it beside Identity.
void append_embedded_headers(BoundedText& out, const SignedValues& values) noexcept {
  out.append("?Identity=");
  append_percent_encoded(out, values.identity);
  out.append("&Date=");
  append_percent_encoded(out, values.date);
}

void append_signed_fields(BoundedText& out, const Peer& peer, const Authentication& authentication,
                          const SignedValues& values) noexcept {
  if (peer.dialect.identity) append_field(out, "Identity", values.identity);
  if (peer.dialect.x_identity) append_field(out, peer.x_identity_name, values.identity);
  append_field(out, "Date", values.date);
  if (peer.attestation_header) {
    const char level = to_char(authentication.decision.level);
    append_field(out, "P-Attestation-Indicator", std::string_view(&level, 1));
  }
  if (peer.origination_id_header) {
    append_field(out, "P-Origination-ID", authentication.origid.text());
  }
}

}  // namespace

std::size_t append_redirect_fields(BoundedText& out, const ContactTarget& target, const Peer& peer,
                                   const Authentication& authentication) noexcept {
  out.append("Contact: <");
  const std::size_t begin = out.size();
  append_contact_uri(out, target);
  if (authentication.token.empty()) {
    const std::size_t length = out.size() - begin;
    out.append(">\r\n");
    return length;
  }
  char identity_buffer[identity_bytes_max];
  char date_buffer[32];
  BoundedText identity(identity_buffer);
  BoundedText date(date_buffer);
  append_identity_value(identity, authentication.token, authentication.x5u, peer.ppt_form);
  append_sip_date(date, authentication.iat);
  if (identity.overflowed() || date.overflowed()) out.mark_overflowed();
  const SignedValues values{identity.view(), date.view()};
  if (peer.dialect.contact) append_embedded_headers(out, values);
  const std::size_t length = out.size() - begin;
  out.append(">\r\n");
  append_signed_fields(out, peer, authentication, values);
  return length;
}

}  // namespace shaken302::sip
