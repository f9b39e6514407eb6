// SPDX-License-Identifier: MIT
//
// The PASSporT (RFC 8225) with the shaken extension (RFC 8588): writing the canonical JSON that is
// signed (RFC 8225 section 9), and strict reading of tokens that others wrote. Full form only; a
// compact token is recognised and refused (RFC 8588 section 3 knows none). Pure; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shaken302/attestation.hpp"
#include "shaken302/bounded_text.hpp"
#include "shaken302/phone_number.hpp"
#include "shaken302/result.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

/// RFC 4122 textual form: 36 characters, lower case.
class Uuid {
 public:
  constexpr Uuid() noexcept = default;
  /// A custom UUID (version 8, RFC 9562 5.8, variant bits set) around 122 bits of
  /// `random_or_hashed`.
  static Uuid from_bytes(std::array<std::uint8_t, 16> random_or_hashed) noexcept;
  /// 8-4-4-4-12 hexadecimal digits, any case; kept in lower case.
  static std::optional<Uuid> parse(std::string_view text) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }
  friend bool operator==(const Uuid&, const Uuid&) noexcept = default;

 private:
  std::array<char, 36> text_{};
};

/// The called party of a token: a number, or a URI where there is none (RFC 9027: urn:service:sos).
/// The view must outlive the claims.
using Destination = std::variant<PhoneNumber, std::string_view>;

/// What we sign (RFC 8588 section 4, 5).
struct ShakenClaims {
  Attestation attest = Attestation::C;
  Destination dest;
  UnixTime iat{};
  PhoneNumber orig;
  Uuid origid;
};

/// base64url without padding (RFC 7515 section 2), appended.
void append_base64url(BoundedText& out, std::string_view bytes) noexcept;

/// {"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"…"} in base64url: constant for a
/// credential, so it is made once. Precondition: x5u is printable ASCII without `"` and `\`
/// (checked by Credential).
std::string make_shaken_header_segment(std::string_view x5u);

/// {"attest":…,"dest":…,"iat":…,"orig":…,"origid":…}, members in code-point order, no white space,
/// numbers as integers (RFC 8225 section 9).
void append_shaken_payload_json(BoundedText& out, const ShakenClaims& claims) noexcept;

/// `header_segment` "." base64url(payload): the JWS signing input.
void append_signing_input(BoundedText& out, std::string_view header_segment,
                          const ShakenClaims& claims) noexcept;

/// Why a received token is refused.
enum class PassportError : std::uint8_t {
  form,       ///< not three base64url segments, or longer than 8 KiB
  compact,    ///< header and payload left out (RFC 8225 section 7)
  json,       ///< not strict JSON objects: syntax, duplicate members, depth, encoding
  header,     ///< typ, alg or x5u missing, of the wrong type, or not passport / ES256; or `crit`
  extension,  ///< a ppt that we do not know (RFC 8225 8.1: must fail)
  claims,     ///< a mandatory claim missing, of the wrong type, or not canonical (iat as text, …)
  signature,  ///< not 64 bytes (RFC 7518 3.4)
};

/// One identity of `orig` or `dest`: exactly one of tn or uri texts, as received.
struct PassportIdentity {
  std::vector<std::string> tn;
  std::vector<std::string> uri;
};

/// A received token, taken apart and checked for form, not for truth.
struct Passport {
  std::string ppt;  ///< "shaken", "div", "div-o", "rph", "rcd", or "" for a baseline PASSporT
  std::string x5u;
  UnixTime iat{};
  PassportIdentity orig;              ///< exactly one tn or one uri
  PassportIdentity dest;              ///< at least one tn or uri
  std::optional<Attestation> attest;  ///< always there when ppt is shaken
  std::optional<std::string> origid;  ///< always there when ppt is shaken
  std::string header_json;            ///< as received, decoded
  std::string payload_json;           ///< as received, decoded
  std::string signing_input;          ///< the received bytes that the signature is over
  std::array<std::uint8_t, 64> signature{};
};

/// Reads `header.payload.signature`. Strict: integer iat, no duplicate members, depth at most 8,
/// the exact types of RFC 8225 5.2; liberal: order of members and white space (tokens in the wild
/// have both).
Result<Passport, PassportError> parse_passport(std::string_view token);

/// For `decode`: the JSON texts of header and payload, whatever they hold.
struct DecodedSegments {
  std::string header_json;
  std::string payload_json;
  std::size_t signature_bytes = 0;
};
Result<DecodedSegments, PassportError> decode_segments(std::string_view token);

}  // namespace shaken302
