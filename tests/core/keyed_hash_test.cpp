// SPDX-License-Identifier: MIT
#include "shaken302/keyed_hash.hpp"

#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace shaken302 {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::array<std::uint8_t, 16> counting_key() {
  std::array<std::uint8_t, 16> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

/// SipHash-2-4-128 of `message` by a context that is used once.
KeyedHash::Digest siphash(std::span<const std::uint8_t, 16> key, const Bytes& message) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm(
      EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_new(algorithm.get()), &EVP_MAC_CTX_free);
  unsigned int digest_size = 16;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &digest_size),
                               OSSL_PARAM_construct_end()};
  KeyedHash::Digest out{};
  std::size_t size = 0;
  REQUIRE(EVP_MAC_init(context.get(), key.data(), key.size(), params) == 1);
  REQUIRE(EVP_MAC_update(context.get(), message.data(), message.size()) == 1);
  REQUIRE(EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1);
  return out;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// The framing of KeyedHash, written a second time.
void add_framed(Bytes& message, std::string_view part) {
  std::uint64_t length = part.size();
  for (int i = 0; i < 8; ++i, length >>= 8) message.push_back(static_cast<std::uint8_t>(length));
  message.insert(message.end(), part.begin(), part.end());
}

}  // namespace

TEST_CASE("keyed_hash: OpenSSL's SipHash-2-4-128 gives the published vectors") {
  // From the authors' reference implementation: key 00..0f, message 00, 01, ... of the given
  // length.
  struct Row {
    std::size_t length;
    std::string expected;
  };
  const Row rows[] = {
      {0, "a3817f04ba25a8e66df67214c7550293"}, {1, "da87c1d86b99af44347659119b22fc45"},
      {2, "8177228da4a45dc7fca38bdef60affe4"}, {3, "9c70b60c5267a94e5f33b6b02985ed51"},
      {4, "f88164c12d9c8faf7d0f6e7c7bcd5579"}, {5, "1368875980776f8854527a07690e9627"},
      {6, "14eeca338b208613485ea0308fd7a15e"}, {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
      {8, "3b62a9ba6258f5610f83e264f31497b4"}, {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.length);
    Bytes message;
    for (std::size_t i = 0; i < row.length; ++i) message.push_back(static_cast<std::uint8_t>(i));
    CHECK(to_hex(siphash(counting_key(), message)) == row.expected);
  }
}

TEST_CASE("keyed_hash: a digest is SipHash of every part behind its length") {
  const auto key = counting_key();
  KeyedHash hash{Secret(key)};
  std::string part;
  for (int i = 0; i < 300; ++i) {  // the same context again and again, parts of 0 to 299 bytes
    CAPTURE(i);
    Bytes message;
    add_framed(message, "to-tag");
    add_framed(message, part);
    add_framed(message, "1");
    CHECK(hash.digest("to-tag", {part, "1"}) == siphash(key, message));
    part += static_cast<char>(i);
  }
}

TEST_CASE("keyed_hash: purpose and the border between parts change the digest") {
  KeyedHash hash{Secret(counting_key())};
  std::set<KeyedHash::Digest> seen;
  CHECK(seen.insert(hash.digest("to-tag", {"ab", "c"})).second);
  CHECK(seen.insert(hash.digest("to-tag", {"a", "bc"})).second);
  CHECK(seen.insert(hash.digest("to-tag", {"abc"})).second);
  CHECK(seen.insert(hash.digest("to-tag", {"ab", "c", ""})).second);
  CHECK(seen.insert(hash.digest("origid", {"ab", "c"})).second);
  CHECK(seen.insert(hash.digest("to-tagab", {"c"})).second);
  CHECK(seen.insert(hash.digest("to-tag", {})).second);
}

TEST_CASE("keyed_hash: instances with one secret agree, others do not, and a moved one goes on") {
  auto other_key = counting_key();
  other_key[15] ^= 1;
  KeyedHash first{Secret(counting_key())};
  KeyedHash second{Secret(counting_key())};
  KeyedHash stranger{Secret(other_key)};
  const auto expected = first.digest("origid", {"call"});
  CHECK(second.digest("origid", {"call"}) == expected);
  CHECK(stranger.digest("origid", {"call"}) != expected);

  KeyedHash moved = std::move(first);
  CHECK(moved.digest("origid", {"call"}) == expected);
  stranger = std::move(moved);
  CHECK(stranger.digest("origid", {"call"}) == expected);
}

TEST_CASE("keyed_hash: the secret is the first half of SHA-256 of the file without its line end") {
  const auto secret = make_secret("0123456789abcdef");
  REQUIRE(secret);
  // printf 0123456789abcdef | sha256sum
  CHECK(to_hex(secret->value()) == "9f9f5111f7b27a781f1f1ddde5ebc2dd");

  struct Row {
    std::string why;
    std::string content;
    bool same;
  };
  const Row rows[] = {
      {"an editor adds a line feed", "0123456789abcdef\n", true},
      {"or a carriage return and a line feed", "0123456789abcdef\r\n", true},
      {"or several", "0123456789abcdef\n\n\r\n", true},
      {"a blank is part of the secret", "0123456789abcdef \n", false},
      {"in front nothing is ignored", "\n0123456789abcdef", false},
      {"bytes of any value count", std::string("0123456789abcdef\0", 17), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto other = make_secret(row.content);
    REQUIRE(other);
    CHECK((to_hex(other->value()) == to_hex(secret->value())) == row.same);
  }
}

TEST_CASE("keyed_hash: less than 16 bytes are no secret") {
  for (const std::string_view content : {"", "\n", "0123456789abcde", "0123456789abcde\n\n\n\n"}) {
    CAPTURE(content);
    const auto secret = make_secret(content);
    REQUIRE_FALSE(secret);
    CHECK(secret.error() == SecretError::too_short);
  }
}

TEST_CASE("keyed_hash: a secret is wiped when it is destroyed") {
  alignas(Secret) std::array<std::uint8_t, sizeof(Secret)> room{};
  auto* secret = new (room.data()) Secret(counting_key());
  std::span<const volatile std::uint8_t> bytes(room);
  CHECK(bytes[1] == 1);
  secret->~Secret();
  for (const volatile std::uint8_t& byte : bytes) CHECK(byte == 0);
}

}  // namespace shaken302
