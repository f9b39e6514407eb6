// SPDX-License-Identifier: MIT
#include "shaken302/keyed_hash.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <set>
#include <span>
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

/// SipHash-c-d-128 as its authors describe it ("SipHash: a fast short-input PRF", section 2, with
/// the longer output of their reference), in plain words.
class PlainSipHash {
 public:
  PlainSipHash(std::span<const std::uint8_t, 16> key, int c, int d) : c_(c), d_(d) {
    const std::uint64_t k0 = word(key.first<8>());
    const std::uint64_t k1 = word(key.last<8>());
    v_ = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261,
          k1 ^ 0x7465646279746573};
  }
  KeyedHash::Digest digest(Bytes message) {
    const auto last = static_cast<std::uint8_t>(message.size());
    while (message.size() % 8 != 7) message.push_back(0);
    message.push_back(last);
    for (std::size_t i = 0; i < message.size(); i += 8) {
      const std::uint64_t m = word(std::span(message).subspan(i).first<8>());
      v_[3] ^= m;
      rounds(c_);
      v_[0] ^= m;
    }
    KeyedHash::Digest out{};
    for (std::size_t half = 0; half < 2; ++half) {
      v_[half == 0 ? 2 : 1] ^= half == 0 ? 0xee : 0xdd;
      rounds(d_);
      const std::uint64_t sum = v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
      for (std::size_t i = 0; i < 8; ++i)
        out[8 * half + i] = static_cast<std::uint8_t>(sum >> (8 * i));
    }
    return out;
  }

 private:
  static std::uint64_t word(std::span<const std::uint8_t, 8> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | bytes[i];
    return value;
  }
  void rounds(int count) {
    auto& [a, b, c, d] = v_;
    for (; count > 0; --count) {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
  }
  int c_;
  int d_;
  std::array<std::uint64_t, 4> v_{};
};

KeyedHash::Digest siphash(std::span<const std::uint8_t, 16> key, const Bytes& message, int c = 2,
                          int d = 4) {
  return PlainSipHash(key, c, d).digest(message);
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

TEST_CASE("keyed_hash: what the digests are compared with gives the published vectors") {
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
  KeyedHash fast{Secret(key), KeyedHash::Rounds::one_three};
  std::string part;
  for (int i = 0; i < 300; ++i) {  // the same context again and again, parts of 0 to 299 bytes
    CAPTURE(i);
    Bytes message;
    add_framed(message, "to-tag");
    add_framed(message, part);
    add_framed(message, "1");
    CHECK(hash.digest("to-tag", {part, "1"}) == siphash(key, message));
    CHECK(fast.digest("to-tag", {part, "1"}) == siphash(key, message, 1, 3));
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
