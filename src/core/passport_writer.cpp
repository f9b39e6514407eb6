// SPDX-License-Identifier: MIT
//
// The canonical JSON of RFC 8225 section 9: members in code-point order, no white space, integers,
// and no escape that is not needed (in particular not of `/`). For example, RFC 8588 section 6:
//
//   {"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example.org/passport.cer"}
//   {"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"},
//    "origid":"123e4567-e89b-12d3-a456-426655440000"}
//
// A claim that is missing marks the text as overflowed: what is not complete is never signed.
#include <array>

#include "shaken302/passport.hpp"

namespace shaken302 {
namespace {

/// The URI of a call without a number is ASCII by RFC 3261; anything else would need more escaping
/// than verifiers agree on, and is refused.
void append_json_string(BoundedText& out, std::string_view text) noexcept {
  out.append('"');
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E) {
      out.mark_overflowed();
      return;
    }
    if (c == '"' || c == '\\') out.append('\\');
    out.append(c);
  }
  out.append('"');
}

void append_dest(BoundedText& out, const Destination& dest) noexcept {
  if (const auto* number = std::get_if<PhoneNumber>(&dest)) {
    if (number->empty()) out.mark_overflowed();
    out.append(R"({"tn":[")").append(number->digits()).append(R"("]})");
  } else if (const auto* uri = std::get_if<std::string_view>(&dest)) {
    if (uri->empty()) out.mark_overflowed();
    out.append(R"({"uri":[)");
    append_json_string(out, *uri);
    out.append("]}");
  }
}

}  // namespace

std::string make_shaken_header_segment(std::string_view x5u) {
  std::string json = R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":")";
  json.append(x5u).append(R"("})");
  std::string segment((json.size() * 4 + 2) / 3, '\0');
  BoundedText out(segment);
  append_base64url(out, json);
  return segment;
}

void append_shaken_payload_json(BoundedText& out, const ShakenClaims& claims) noexcept {
  const auto iat = claims.iat.time_since_epoch().count();
  if (claims.orig.empty() || claims.origid == Uuid() || iat < 0) out.mark_overflowed();
  out.append(R"({"attest":")").append(to_char(claims.attest)).append(R"(","dest":)");
  append_dest(out, claims.dest);
  out.append(R"(,"iat":)").append_number(iat);
  out.append(R"(,"orig":{"tn":")").append(claims.orig.digits());
  out.append(R"("},"origid":")").append(claims.origid.text()).append(R"("})");
}

void append_signing_input(BoundedText& out, std::string_view header_segment,
                          const ShakenClaims& claims) noexcept {
  std::array<char, 1536>
      buffer;  // 2,048 characters in base64url: as much as a whole token may have
  BoundedText json(buffer);
  append_shaken_payload_json(json, claims);
  if (json.overflowed()) out.mark_overflowed();
  out.append(header_segment).append('.');
  append_base64url(out, json.view());
}

}  // namespace shaken302
