// SPDX-License-Identifier: MIT
//
// Strict reading of a received PASSporT. A token says something only if every verifier reads the
// same in it, so the exact types of RFC 8225 5.2 are asked for; what does not change the meaning
// (order of members, white space, members that we do not know) is let through, because live tokens
// have it.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base64url.hpp"
#include "shaken302/passport.hpp"
#include "strict_json.hpp"

namespace shaken302 {
namespace {

using nlohmann::json;

constexpr std::size_t token_bytes_max = 8192;
constexpr std::uint64_t iat_max = 253402300799;  // 9999-12-31T23:59:59Z, the last with four digits
constexpr std::string_view known_extensions[] = {"shaken", "div", "div-o", "rph", "rcd", "msg"};

struct Segments {
  std::string header;
  std::string payload;
  std::string signature;
};

Result<Segments, PassportError> split(std::string_view token) {
  if (token.size() > token_bytes_max) return Failure{PassportError::form};
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos) return Failure{PassportError::form};
  // A third dot is no base64url character, so it fails there.
  auto header = decode_base64url(token.substr(0, first));
  auto payload = decode_base64url(token.substr(first + 1, second - first - 1));
  auto signature = decode_base64url(token.substr(second + 1));
  if (!header || !payload || !signature) return Failure{PassportError::form};
  if (header->empty() && payload->empty() && !signature->empty()) {
    return Failure{PassportError::compact};
  }
  if (header->empty() || payload->empty()) return Failure{PassportError::form};
  return Segments{std::move(*header), std::move(*payload), std::move(*signature)};
}

/// The member `name` if it is a string, else nullptr.
const std::string* find_string(const json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() ? nullptr : member->get_ptr<const std::string*>();
}

bool is_uri_text(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// RFC 8225 5.2.1.1, with the length of RFC 8226 section 9.
bool is_telephone_number(const std::string& text) {
  return !text.empty() && text.size() <= phone_number_digits_max &&
         text.find_first_not_of("0123456789*#") == std::string::npos;
}

std::optional<PassportError> read_header(const json& header, Passport& passport) {
  const auto* typ = find_string(header, "typ");
  const auto* alg = find_string(header, "alg");
  const auto* x5u = find_string(header, "x5u");
  if (typ == nullptr || *typ != "passport") return PassportError::header;
  if (alg == nullptr || *alg != "ES256") return PassportError::header;
  if (x5u == nullptr || !is_uri_text(*x5u)) return PassportError::header;
  // RFC 7515 4.1.11: whoever does not understand a critical member must refuse; we know none.
  if (header.contains("crit")) return PassportError::header;
  passport.x5u = *x5u;
  if (!header.contains("ppt")) return std::nullopt;
  const auto* ppt = find_string(header, "ppt");
  if (ppt == nullptr) return PassportError::header;
  if (std::find(std::begin(known_extensions), std::end(known_extensions), *ppt) ==
      std::end(known_extensions)) {
    return PassportError::extension;
  }
  passport.ppt = *ppt;
  return std::nullopt;
}

bool read_iat(const json& payload, UnixTime& iat) {
  const auto member = payload.find("iat");
  if (member == payload.end() || !member->is_number_unsigned()) return false;
  const auto seconds = member->get<std::uint64_t>();
  if (seconds > iat_max) return false;
  iat = UnixTime(std::chrono::seconds(seconds));
  return true;
}

/// `orig`: an object of exactly one identity, a string.
bool read_single_identity(const json& payload, PassportIdentity& identity) {
  const auto member = payload.find("orig");
  if (member == payload.end() || !member->is_object() || member->size() != 1) return false;
  const auto* tn = find_string(*member, "tn");
  const auto* uri = find_string(*member, "uri");
  if (tn != nullptr && is_telephone_number(*tn)) {
    identity.tn.push_back(*tn);
  } else if (uri != nullptr && is_uri_text(*uri)) {
    identity.uri.push_back(*uri);
  } else {
    return false;
  }
  return true;
}

bool read_identity_list(const json& list, bool (*is_valid)(const std::string&),
                        std::vector<std::string>& texts) {
  if (!list.is_array() || list.empty()) return false;
  for (const auto& item : list) {
    const auto* text = item.get_ptr<const std::string*>();
    if (text == nullptr || !is_valid(*text)) return false;
    texts.push_back(*text);
  }
  return true;
}

/// `dest`: an object of `tn`, `uri` or both, each a list. RFC 8946 section 5 prints a string, which
/// its own section 3 and RFC 8225 5.2.1 do not allow.
bool read_identities(const json& payload, PassportIdentity& identities) {
  const auto member = payload.find("dest");
  if (member == payload.end() || !member->is_object() || member->empty()) return false;
  for (const auto& [name, list] : member->items()) {
    if (name == "tn") {
      if (!read_identity_list(list, is_telephone_number, identities.tn)) return false;
    } else if (name == "uri") {
      if (!read_identity_list(list, is_uri_text, identities.uri)) return false;
    } else {
      return false;
    }
  }
  return true;
}

/// RFC 8588 section 4 and 5: both mandatory.
bool read_shaken_claims(const json& payload, Passport& passport) {
  const auto* attest = find_string(payload, "attest");
  const auto* origid = find_string(payload, "origid");
  if (attest == nullptr || origid == nullptr || !Uuid::parse(*origid)) return false;
  passport.attest = parse_attestation(*attest);
  passport.origid = *origid;
  return passport.attest.has_value();
}

bool read_claims(const json& payload, Passport& passport) {
  return read_iat(payload, passport.iat) && read_single_identity(payload, passport.orig) &&
         read_identities(payload, passport.dest) &&
         (passport.ppt != "shaken" || read_shaken_claims(payload, passport));
}

}  // namespace

Result<Passport, PassportError> parse_passport(std::string_view token) {
  auto segments = split(token);
  if (!segments) return Failure{segments.error()};
  const auto header = parse_strict_object(segments->header);
  const auto payload = parse_strict_object(segments->payload);
  if (!header || !payload) return Failure{PassportError::json};

  Passport passport;
  if (const auto error = read_header(*header, passport)) return Failure{*error};
  if (!read_claims(*payload, passport)) return Failure{PassportError::claims};
  if (segments->signature.size() != passport.signature.size()) {
    return Failure{PassportError::signature};
  }
  std::transform(segments->signature.begin(), segments->signature.end(), passport.signature.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  passport.header_json = std::move(segments->header);
  passport.payload_json = std::move(segments->payload);
  passport.signing_input = token.substr(0, token.rfind('.'));
  return passport;
}

Result<DecodedSegments, PassportError> decode_segments(std::string_view token) {
  auto segments = split(token);
  if (!segments) return Failure{segments.error()};
  return DecodedSegments{std::move(segments->header), std::move(segments->payload),
                         segments->signature.size()};
}

}  // namespace shaken302
