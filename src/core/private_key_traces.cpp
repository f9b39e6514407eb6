// SPDX-License-Identifier: MIT
#include "private_key_traces.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

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

/// What a SEQUENCE holds from `at` on, where its content begins; else all that is there. `at` is
/// where the bytes of its header would end.
std::string_view bounded_by_sequence(std::string_view bytes, std::size_t at) {
  const auto is = [&](std::size_t before, std::uint8_t value) {
    return at >= before && static_cast<std::uint8_t>(bytes[at - before]) == value;
  };
  const std::size_t length = at == 0 ? 0 : static_cast<std::uint8_t>(bytes[at - 1]);
  const bool is_short = is(2, der_sequence) && length < 0x80;
  const bool is_long = is(3, der_sequence) && is(2, 0x81);
  return is_short || is_long ? bytes.substr(at, length) : bytes.substr(at);
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

/// `body`: a form of key from its version on.
bool is_key(std::string_view body) {
  if (body.size() < 3) return false;
  const char version = body[2];
  const DerBytes rest = bytes_of(body.substr(3));
  if (version == 0) return is_pkcs1_body(rest) || is_pkcs8_body(rest);
  return version == 1 && (is_sec1_body(rest) || is_pkcs8_body(rest));
}

bool holds_der_key(std::string_view bytes) {
  if (names_key_encryption(bytes)) return true;
  // Every form begins with its version: INTEGER 0 or 1. Where it ends counts only if its beginning
  // is whole.
  for (std::size_t at = bytes.find("\x02\x01"); at != std::string_view::npos;
       at = bytes.find("\x02\x01", at + 1)) {
    if (is_key(bytes.substr(at)) || is_key(bounded_by_sequence(bytes, at))) return true;
  }
  return false;
}

/// Whether there is a member of that name in JSON, by its text alone.
bool has_member(std::string_view json, std::string_view quoted_name) {
  for (auto at = json.find(quoted_name); at != std::string_view::npos;
       at = json.find(quoted_name, at + 1)) {
    const auto next = json.find_first_not_of(" \t\r\n", at + quoted_name.size());
    if (next != std::string_view::npos && json[next] == ':') return true;
  }
  return false;
}

/// Numbers without DER around them, by what stands there instead: `openssl ec -text` and `rsa
/// -text`, and a JWK (RFC 7518 6.2.2, 6.3.2).
bool holds_key_as_text(std::string_view bytes) {
  const auto has = [bytes](std::string_view word) {
    return bytes.find(word) != std::string_view::npos;
  };
  return bytes.starts_with("priv:") || has("\npriv:") || has("privateExponent:") ||
         (has_member(bytes, "\"kty\"") && has_member(bytes, "\"d\""));
}

/// As the words of a PEM block, or as DER.
bool holds_plain_key(std::string_view bytes) {
  return bytes.find("PRIVATE KEY-----") != std::string_view::npos || holds_der_key(bytes);
}

/// The four bits of a hexadecimal digit; -1 for any other.
int four_bits(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The six bits of a character of base64, or of base64url; -1 for any other.
int six_bits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_space_or_colon(char c) { return is_space(c) || c == ':'; }

/// How bytes are written as text: digits over any number of lines, with something between them.
struct Encoding {
  int (*value_of)(char digit);  ///< -1 for what is no digit
  bool (*is_between)(char c);
  int bits;                ///< of a digit
  std::size_t alignments;  ///< how many ways there are to cut the digits into bytes
};
constexpr Encoding base64{six_bits, is_space, 6, 4};
constexpr Encoding hexadecimal{four_bits, is_space_or_colon, 4, 2};

/// What the digits stand for when the first `skipped` belong to something else.
std::string decode(const Encoding& encoding, std::string_view digits, std::size_t skipped) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char digit : digits.substr(std::min(skipped, digits.size()))) {
    bits = bits << static_cast<unsigned>(encoding.bits) |
           static_cast<unsigned>(encoding.value_of(digit));
    have += encoding.bits;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(have) & 0xFFU);
  }
  return out;
}

/// Words in front of the digits shift them: each way to cut them is looked at.
bool holds_key_in(const Encoding& encoding, std::string_view digits) {
  constexpr std::size_t shortest_key = 40;  // digits; Ed25519 in PKCS#8 takes 64
  if (digits.size() < shortest_key) return false;
  for (std::size_t skipped = 0; skipped < encoding.alignments; ++skipped) {
    if (holds_plain_key(decode(encoding, digits, skipped))) return true;
  }
  return false;
}

bool holds_encoded_key(const Encoding& encoding, std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    if (encoding.value_of(c) >= 0) {
      digits += c;
    } else if (!encoding.is_between(c)) {
      if (holds_key_in(encoding, digits)) return true;
      digits.clear();
    }
  }
  return holds_key_in(encoding, digits);
}

/// The one element of DER that a PEM block holds, and what stands around the block.
struct PemBlock {
  std::string_view before;
  std::string der;
  std::string_view rest;
};

/// What base64 alone, padded at its end at most, stands for; nothing when it is not one element of
/// DER, whole.
std::string decode_element(std::string_view inside) {
  const auto last = inside.find_last_not_of("= \t\r\n");
  std::string digits;
  for (const char c : inside.substr(0, last + 1)) {
    if (six_bits(c) < 0 && !is_space(c)) return {};
    if (six_bits(c) >= 0) digits += c;
  }
  std::string der = decode(base64, digits, 0);
  DerBytes rest = bytes_of(der);
  return take_element(rest) && rest.empty() ? der : std::string();
}

/// The first block that holds one.
std::optional<PemBlock> find_pem_block(std::string_view text) {
  constexpr std::string_view begins = "-----BEGIN ";
  constexpr std::string_view dashes = "-----";
  for (auto at = text.find(begins); at != std::string_view::npos; at = text.find(begins, at + 1)) {
    const auto name_end = text.find(dashes, at + begins.size());
    const auto end =
        name_end == std::string_view::npos ? name_end : text.find(dashes, name_end + dashes.size());
    if (end == std::string_view::npos) return std::nullopt;
    const auto begin = name_end + dashes.size();
    std::string der = decode_element(text.substr(begin, end - begin));
    if (!der.empty()) return PemBlock{text.substr(0, at), std::move(der), text.substr(end)};
  }
  return std::nullopt;
}

/// Where the base64 of a whole certificate begins is known: cut otherwise, it may look like a key
/// by chance, or because somebody wanted it to. Of anything else nothing is known.
bool holds_key_in_text(std::string_view text) {
  std::string beside;
  while (const auto block = find_pem_block(text)) {
    if (holds_plain_key(block->der)) return true;
    beside.append(block->before) += '.';  // no digits on both sides of it are one number
    text = block->rest;
  }
  beside.append(text);
  return holds_encoded_key(base64, beside) || holds_encoded_key(hexadecimal, beside);
}

}  // namespace

bool holds_private_key(std::string_view bytes) {
  return holds_plain_key(bytes) || holds_key_as_text(bytes) || holds_key_in_text(bytes);
}

}  // namespace shaken302
