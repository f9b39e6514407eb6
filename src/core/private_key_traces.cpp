// SPDX-License-Identifier: MIT
#include "private_key_traces.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "certificate_der.hpp"

namespace shaken302 {
namespace {

constexpr std::uint8_t der_octet_string = 0x04;
constexpr std::uint8_t der_object_identifier = 0x06;

DerBytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// PrivateKeyInfo behind its version (RFC 5208 5): the algorithm, and the key as an OCTET STRING. A
/// certificate has a name there, and a request too.
bool is_pkcs8_body(DerBytes rest) {
  const auto algorithm = take_element(rest);
  if (!algorithm || algorithm->tag != der_sequence) return false;
  DerBytes inside = algorithm->content;
  const auto oid = take_element(inside);
  const bool names_algorithm = oid && oid->tag == der_object_identifier;
  return names_algorithm && !rest.empty() && rest.front() == der_octet_string;
}

/// ECPrivateKey behind its version (RFC 5915 3): the number, in as many bytes as the curve has, and
/// then the curve, the public key or the end.
bool is_sec1_body(DerBytes rest) {
  const auto number = take_element(rest);
  if (!number || number->tag != der_octet_string) return false;
  const std::size_t size = number->content.size();
  if (size < 28 || size > 66) return false;
  return rest.empty() || rest.front() == der_explicit(0) || rest.front() == der_explicit(1);
}

/// RSAPrivateKey behind its version (RFC 8017 A.1.2): modulus, public and private exponent.
bool is_pkcs1_body(DerBytes rest) {
  const auto modulus = take_element(rest);
  if (!modulus || modulus->tag != der_integer || modulus->content.size() < 64) return false;
  const auto open = take_element(rest);
  if (!open || open->tag != der_integer || open->content.size() > 8) return false;
  const auto secret = take_element(rest);
  return secret && secret->tag == der_integer && secret->content.size() >= 32;
}

/// The object identifiers below PKCS#5 and PKCS#12: of how keys are encrypted and wrapped. No
/// certificate has one.
bool names_key_encryption(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.find("\x2A\x86\x48\x86\xF7\x0D\x01\x05"sv) != std::string_view::npos ||
         bytes.find("\x2A\x86\x48\x86\xF7\x0D\x01\x0C"sv) != std::string_view::npos;
}

bool holds_der_key(std::string_view bytes) {
  if (names_key_encryption(bytes)) return true;
  // Every form begins with its version: INTEGER 0 or 1.
  for (std::size_t at = bytes.find("\x02\x01"); at != std::string_view::npos;
       at = bytes.find("\x02\x01", at + 1)) {
    if (at + 3 >= bytes.size()) return false;
    const char version = bytes[at + 2];
    const DerBytes rest = bytes_of(bytes.substr(at + 3));
    const bool is_of_zero = version == 0 && is_pkcs1_body(rest);
    const bool is_of_one = version == 1 && is_sec1_body(rest);
    if (is_of_zero || is_of_one || ((version == 0 || version == 1) && is_pkcs8_body(rest))) {
      return true;
    }
  }
  return false;
}

/// As the words of a PEM block, or as DER.
bool holds_plain_key(std::string_view bytes) {
  return bytes.find("PRIVATE KEY-----") != std::string_view::npos || holds_der_key(bytes);
}

/// The six bits of a character of base64; -1 for any other.
int six_bits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// What the digits stand for when the first `skipped` belong to something else.
std::string decode(std::string_view digits, std::size_t skipped) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char digit : digits.substr(std::min(skipped, digits.size()))) {
    bits = bits << 6U | static_cast<unsigned>(six_bits(digit));
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(have) & 0xFFU);
  }
  return out;
}

/// Words in front of the base64 shift it: each of the four ways to cut it is looked at.
bool holds_encoded_key(std::string_view digits) {
  constexpr std::size_t shortest_key = 40;  // digits; Ed25519 in PKCS#8 takes 64
  if (digits.size() < shortest_key) return false;
  for (std::size_t skipped = 0; skipped < 4; ++skipped) {
    if (holds_plain_key(decode(digits, skipped))) return true;
  }
  return false;
}

/// Base64 over any number of lines.
bool holds_base64_key(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    if (six_bits(c) >= 0) {
      digits += c;
    } else if (!is_space(c)) {
      if (holds_encoded_key(digits)) return true;
      digits.clear();
    }
  }
  return holds_encoded_key(digits);
}

}  // namespace

bool holds_private_key(std::string_view bytes) {
  return holds_plain_key(bytes) || holds_base64_key(bytes);
}

}  // namespace shaken302
