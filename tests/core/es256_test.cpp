// SPDX-License-Identifier: MIT
#include "core/es256.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/test_files.hpp"

namespace shaken302 {
namespace {

using namespace test;
using Bytes = std::vector<std::uint8_t>;

KeyPtr public_key(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(key);
  return key;
}

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

/// The key of RFC 6979 A.2.5 from its coordinates.
KeyPtr key_from_point(const std::string& x, const std::string& y) {
  Bytes point = from_hex("04" + x + y);
  std::string group = "P-256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  REQUIRE(EVP_PKEY_fromdata_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                            const_cast<OSSL_PARAM*>(params)) == 1);
  return KeyPtr(key);
}

RawSignature raw_of(const Bytes& bytes) {
  REQUIRE(bytes.size() == 64);
  RawSignature raw;
  std::ranges::copy(bytes, raw.begin());
  return raw;
}

Bytes from_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const std::size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  Bytes bytes(text.size() / 4 * 3);
  REQUIRE(EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                          static_cast<int>(text.size())) >= 0);
  bytes.resize(bytes.size() - padding);
  return bytes;
}

/// A compact JWS, checked by key alone: whatever its header and claims say.
bool verifies(const std::string& token, EVP_PKEY* key) {
  const auto dot = token.rfind('.');
  return verify_es256(key, token.substr(0, dot), raw_of(from_base64url(token.substr(dot + 1))));
}

}  // namespace

TEST_CASE("es256: the published tokens verify with the published keys") {
  const KeyPtr jws = public_key(read_vector("rfc7515_A3.pub.pem"));
  const KeyPtr div = public_key(read_vector("pub_rfc8946_A.pem"));
  const KeyPtr passport = public_key(read_vector("pub_rfc8225_A2.pem"));
  const std::string rfc7515 = read_vector("rfc7515_A3.txt");
  const std::string rfc8224 = read_vector("rfc8224_s4_1_1_and_rfc8225_s7_1.txt");
  const std::string rfc8225 = read_vector("rfc8225_appendix_A.txt");
  const std::string rfc8588 = read_vector("rfc8588_s6_shaken.txt");
  const std::string rfc8946 = read_vector("rfc8946_examples.txt");
  struct Row {
    std::string why;
    std::string token;
    EVP_PKEY* key;
    bool verified;
  };
  const Row rows[] = {
      {"RFC 7515 A.3, a JWS", "eyJ" + value_of(rfc7515, "\neyJ"), jws.get(), true},
      {"the same with another key", "eyJ" + value_of(rfc7515, "\neyJ"), passport.get(), false},
      {"RFC 8946 section 3, div", value_of(rfc8946, "token=", "[rfc8946_s3_div]"), div.get(), true},
      {"RFC 8946 section 5, the inner one", value_of(rfc8946, "token=", "[rfc8946_s5_opt]"),
       div.get(), true},
      {"RFC 8946 section 5, div-o", value_of(rfc8946, "token=", "[rfc8946_s5_divo]"), div.get(),
       true},
      {"RFC 8224 4.1.1: its claims are wrong, its signature is good", value_of(rfc8224, "token="),
       passport.get(), true},
      {"RFC 8588 section 6, signed with the draft's key", value_of(rfc8588, "token="),
       passport.get(), true},
      {"RFC 8225 appendix A does not verify with its key A.2",
       value_of(rfc8225, "published_token="), passport.get(), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(verifies(row.token, row.key) == row.verified);
    std::string altered = row.token;
    altered[5] = altered[5] == 'x' ? 'y' : 'x';
    CHECK_FALSE(verifies(altered, row.key));
  }
}

TEST_CASE("es256: the known answers of RFC 6979 A.2.5 verify") {
  const std::string vector = read_vector("rfc6979_A2_5_p256_sha256.txt");
  const KeyPtr key = key_from_point(value_of(vector, "Ux = "), value_of(vector, "Uy = "));
  for (const char* text : {"sample", "test"}) {
    const std::string message = text;
    CAPTURE(message);
    const std::string section = "message = \"" + message + "\"";
    const std::string r = value_of(vector, "\nr = ", section);
    const std::string s = value_of(vector, "\ns = ", section);
    const RawSignature signature = raw_of(from_hex(r + s));
    CHECK(verify_es256(key.get(), message, signature));
    CHECK_FALSE(verify_es256(key.get(), message + " ", signature));
  }
}

TEST_CASE("es256: what is no signature never verifies") {
  const KeyPtr key = make_ec_key();
  const KeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
  const KeyContextPtr prepared = prepare_signing(key.get());
  Sha256 sha256;
  Sha256::Digest digest;
  RawSignature good;
  REQUIRE(sha256.digest("text", digest));
  REQUIRE(sign_es256(prepared.get(), digest, good));
  REQUIRE(verify_es256(key.get(), "text", good));
  CHECK_FALSE(verify_es256(nullptr, "text", good));
  CHECK_FALSE(verify_es256(rsa.get(), "text", good));

  const Bytes order = from_hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
  struct Row {
    std::string why;
    std::size_t at;
    Bytes half;
  };
  const Row rows[] = {
      {"r = 0 (the class of CVE-2022-21449)", 0, Bytes(32, 0)},
      {"s = 0", 32, Bytes(32, 0)},
      {"r = n", 0, order},
      {"s = n", 32, order},
      {"r too large", 0, Bytes(32, 0xFF)},
      {"s too large", 32, Bytes(32, 0xFF)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    RawSignature bad = good;
    std::copy(row.half.begin(), row.half.end(), bad.begin() + static_cast<std::ptrdiff_t>(row.at));
    CHECK_FALSE(verify_es256(key.get(), "text", bad));
  }
  CHECK_FALSE(verify_es256(key.get(), "text", RawSignature{}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    RawSignature bad = good;
    bad[i] ^= 1;
    CHECK_FALSE(verify_es256(key.get(), "text", bad));
  }
  CHECK(ERR_peek_error() == 0);  // nothing is left behind for the next caller
}

TEST_CASE("es256: a signature that OpenSSL cannot make is reported") {
  const KeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  const KeyPtr other_curve = make_ec_key("P-384");
  CHECK_FALSE(prepare_signing(nullptr));
  RawSignature out;
  // Signatures that do not fit: 256 bytes of RSA, 104 of P-384.
  CHECK_FALSE(sign_es256(prepare_signing(rsa.get()).get(), {}, out));
  CHECK_FALSE(sign_es256(prepare_signing(other_curve.get()).get(), {}, out));
  const KeyPtr public_half = public_key(read_vector("pub_rfc8225_A2.pem"));
  CHECK_FALSE(sign_es256(prepare_signing(public_half.get()).get(), {}, out));
  CHECK(ERR_peek_error() == 0);
}

namespace {

Bytes join(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}
Bytes integer(const Bytes& content) {
  Bytes all{0x02, static_cast<std::uint8_t>(content.size())};
  all.insert(all.end(), content.begin(), content.end());
  return all;
}
Bytes sequence(Bytes first, const Bytes& second) {
  const Bytes content = join(std::move(first), second);
  return join({0x30, static_cast<std::uint8_t>(content.size())}, content);
}
Bytes with_length(Bytes der, std::uint8_t length) {
  der[1] = length;
  return der;
}
/// `size` bytes, the first of them `front`.
Bytes number(std::size_t size, std::uint8_t front) {
  Bytes bytes(size, 0x55);
  bytes[0] = front;
  return bytes;
}
Bytes with_zero(Bytes bytes) {
  bytes.insert(bytes.begin(), 0);
  return bytes;
}

}  // namespace

TEST_CASE("es256: DER becomes r||s, padded on the left") {
  struct Row {
    std::string why;
    Bytes r;
    std::size_t zeros;
  };
  const Row rows[] = {
      {"32 bytes", number(32, 0x7F), 0},
      {"33 bytes, the first for the sign", with_zero(number(32, 0x80)), 0},
      {"31 bytes", number(31, 0x01), 1},
      {"31 bytes and one for the sign", with_zero(number(31, 0xFF)), 1},
      {"1 byte", {0x01}, 31},
      {"1 byte and one for the sign", {0x00, 0x80}, 31},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const Bytes s = number(32, 0x11);
    RawSignature raw;
    raw.fill(0xEE);
    REQUIRE(to_raw_signature(sequence(integer(row.r), integer(s)), raw));
    CHECK(std::ranges::all_of(std::span(raw).first(row.zeros), [](auto b) { return b == 0; }));
    const std::size_t digits = 32 - row.zeros;
    CHECK(std::equal(row.r.end() - static_cast<std::ptrdiff_t>(digits), row.r.end(),
                     raw.begin() + static_cast<std::ptrdiff_t>(row.zeros)));
    CHECK(std::equal(s.begin(), s.end(), raw.begin() + 32));

    raw.fill(0xEE);  // the same as s
    REQUIRE(to_raw_signature(sequence(integer(s), integer(row.r)), raw));
    CHECK(std::equal(s.begin(), s.end(), raw.begin()));
    CHECK(
        std::ranges::all_of(std::span(raw).subspan(32, row.zeros), [](auto b) { return b == 0; }));
  }
}

TEST_CASE("es256: what is not exact DER of two positive numbers is refused") {
  const Bytes good = integer(number(32, 0x11));
  struct Row {
    std::string why;
    Bytes der;
  };
  const Row rows[] = {
      {"nothing", {}},
      {"a tag", {0x30}},
      {"an empty sequence", {0x30, 0x00}},
      {"one number", {sequence(good, {})}},
      {"three numbers", sequence(good, join(good, good))},
      {"a byte behind it", join(sequence(good, good), {0x00})},
      {"a length that is too small", with_length(sequence(good, good), 67)},
      {"a length that is too large", with_length(sequence(good, good), 69)},
      {"a SET",
       [&] {
         Bytes der = sequence(good, good);
         der[0] = 0x31;
         return der;
       }()},
      {"a length in two bytes",
       [&] {
         Bytes der = sequence(good, good);
         der.insert(der.begin() + 1, 0x81);
         return der;
       }()},
      {"zero", sequence(integer({0x00}), good)},
      {"no content", sequence(integer({}), good)},
      {"negative", sequence(integer(number(32, 0x80)), good)},
      {"a zero in front that is not needed", sequence(integer(with_zero(number(31, 0x7F))), good)},
      {"33 significant bytes", sequence(integer(number(33, 0x11)), good)},
      {"34 bytes", sequence(integer(with_zero(number(33, 0x80))), good)},
      {"a BIT STRING", sequence({0x03, 0x02, 0x00, 0x01}, good)},
      {"a second number that is cut off", sequence(good, {0x02, 0x20, 0x11})},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    RawSignature raw;
    CHECK_FALSE(to_raw_signature(row.der, raw));
  }
  Bytes longer = sequence(good, good);
  RawSignature raw;
  REQUIRE(to_raw_signature(longer, raw));
  longer.push_back(0);
  CHECK_FALSE(to_raw_signature(longer, raw));
  for (std::size_t size = 0; size + 1 < longer.size(); ++size) {
    CHECK_FALSE(to_raw_signature(std::span(longer).first(size), raw));
  }
}

TEST_CASE("es256: r and s with leading zeros are the same numbers that OpenSSL reads") {
  const KeyPtr key = make_ec_key();
  const KeyContextPtr prepared = prepare_signing(key.get());
  const Sha256::Digest digest{1, 2, 3};
  bool short_r = false;
  bool short_s = false;
  // One in 256 each: 20,000 tries miss one of them with probability 10^-33.
  for (int i = 0; i < 20'000 && !(short_r && short_s); ++i) {
    std::array<std::uint8_t, 80> der;
    std::size_t size = der.size();
    REQUIRE(EVP_PKEY_sign(prepared.get(), der.data(), &size, digest.data(), digest.size()) == 1);
    RawSignature raw;
    REQUIRE(to_raw_signature(std::span(der).first(size), raw));
    short_r = short_r || raw[0] == 0;
    short_s = short_s || raw[32] == 0;

    const unsigned char* position = der.data();
    const EcdsaSigPtr theirs(d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(size)));
    RawSignature expected;
    REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_r(theirs.get()), expected.data(), 32) == 32);
    REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_s(theirs.get()), expected.data() + 32, 32) == 32);
    if (raw != expected) CHECK(raw == expected);
  }
  CHECK(short_r);
  CHECK(short_s);
}

}  // namespace shaken302
