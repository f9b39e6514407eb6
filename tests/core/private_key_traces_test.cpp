// SPDX-License-Identifier: MIT
#include "core/private_key_traces.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "core/test_files.hpp"

using namespace shaken302;
using namespace shaken302::test;

namespace {

/// The base64 lines of a PEM block alone.
std::string lines_of(const std::string& pem) {
  const auto begin = pem.find('\n') + 1;
  return pem.substr(begin, pem.rfind("-----END") - begin);
}

std::string without_line_ends(std::string text) {
  std::erase(text, '\n');
  return text;
}

KeyPtr make_key(const char* type) {
  return KeyPtr(std::string_view(type) == "RSA" ? EVP_RSA_gen(2048)
                                                : EVP_PKEY_Q_keygen(nullptr, nullptr, type));
}

/// As `openssl ec -text` and `rsa -text` print it.
std::string to_printed(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require_ok(EVP_PKEY_print_private(bio.get(), key, 0, nullptr) == 1);
  return text_of(bio.get());
}

/// A certificate as `openssl x509 -text` prints it.
std::string to_printed(const std::string& pem) {
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  const BioPtr out(BIO_new(BIO_s_mem()));
  require_ok(certificate != nullptr && X509_print(out.get(), certificate.get()) == 1);
  return text_of(out.get()) + pem;
}

std::string to_hex(std::string_view bytes, std::string_view between) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(c);
    out.append(1, digits[value >> 4U]).append(1, digits[value & 15U]).append(between);
  }
  return out;
}

/// SEC1 with the number alone: neither curve nor public key behind it (RFC 5915 3: both optional).
std::string smallest_sec1_der() {
  return "\x30\x25\x02\x01\x01\x04\x20" + std::string("0123456789abcdef0123456789ABCDEF");
}

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(out.data()),
      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
  return out;
}

std::string to_base64url(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string to_pkcs1_der(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require_ok(i2d_PrivateKey_bio(bio.get(), key) == 1);
  return text_of(bio.get());
}

}  // namespace

TEST_CASE("private_key_traces: a key is found in every form, wherever it stands") {
  const KeyPtr key = make_ec_key();
  const KeyPtr rsa = make_key("RSA");
  const KeyPtr edwards = make_key("ED25519");
  const std::string certificate = make_test_pem().leaf_certificate;
  const std::string pkcs8 = to_pkcs8_pem(key.get());
  const std::string sec1 = to_sec1_pem(key.get());
  struct Row {
    const char* why;
    std::string bytes;
  };
  const Row rows[] = {
      {"PKCS#8 as PEM", pkcs8},
      {"SEC1 as PEM", sec1},
      {"encrypted PKCS#8 as PEM", to_pkcs8_pem(key.get(), "secret")},
      {"encrypted SEC1 as PEM", to_sec1_pem(key.get(), "secret")},
      {"behind the certificate", certificate + pkcs8},
      {"in front of it", sec1 + certificate},
      {"a block whose inside is damaged", "-----BEGIN PRIVATE KEY-----\n????\n"},
      {"PKCS#8 as DER", to_pkcs8_der(key.get())},
      {"SEC1 as DER", to_sec1_der(key.get())},
      {"encrypted PKCS#8 as DER", to_pkcs8_der(key.get(), "secret")},
      {"DER behind PEM", certificate + to_pkcs8_der(key.get())},
      {"RSA in its own form", to_pkcs1_der(rsa.get())},
      {"RSA in PKCS#8", to_pkcs8_der(rsa.get())},
      {"Ed25519, the shortest", to_pkcs8_der(edwards.get())},
      {"PKCS#8 in base64", lines_of(pkcs8)},
      {"SEC1 in base64", lines_of(sec1)},
      {"encrypted PKCS#8 in base64", lines_of(to_pkcs8_pem(key.get(), "secret"))},
      {"base64 in one line", without_line_ends(lines_of(pkcs8))},
      {"base64 behind one character", "x" + lines_of(pkcs8)},
      {"base64 behind two characters", "xy" + lines_of(pkcs8)},
      {"base64 behind three characters", "xyz" + lines_of(pkcs8)},
      {"base64 behind a word", "key " + lines_of(sec1)},
      {"base64 in JSON", R"({"key":")" + without_line_ends(lines_of(sec1)) + R"("})"},
      {"base64 in front of the certificate", lines_of(sec1) + certificate},
      {"the smallest SEC1", smallest_sec1_der()},
      {"the smallest SEC1 and a line end", smallest_sec1_der() + "\n"},
      {"the smallest SEC1 in front of a certificate", smallest_sec1_der() + certificate},
      {"the smallest SEC1 in base64 and a word", to_base64(smallest_sec1_der()) + "\nword\n"},
      {"base64 in a certificate's block, behind a word",
       "-----BEGIN CERTIFICATE-----\nx\n" + lines_of(sec1) + "-----END CERTIFICATE-----\n"},
      {"base64 in a certificate's block, behind padding",
       "-----BEGIN CERTIFICATE-----\nMAA=\n" + lines_of(sec1) + "-----END CERTIFICATE-----\n"},
      {"base64 in a certificate's block, behind its certificate",
       certificate.substr(0, certificate.rfind("-----END")) + lines_of(sec1) +
           "-----END CERTIFICATE-----\n"},
      {"base64url", to_base64url(without_line_ends(lines_of(sec1)))},
      {"SEC1 in hexadecimal digits", certificate + to_hex(to_sec1_der(key.get()), "")},
      {"the same with colons", to_hex(to_sec1_der(key.get()), ":")},
      {"PKCS#8 in hexadecimal digits, behind one", "a" + to_hex(to_pkcs8_der(key.get()), " ")},
      {"printed by OpenSSL", certificate + to_printed(key.get())},
      {"RSA printed by OpenSSL", to_printed(rsa.get()) + certificate},
      {"a JWK", R"({"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})"},
      {"with the lines of Windows",
       [&] {
         std::string text = lines_of(sec1);
         for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
           text.insert(at, "\r");
         }
         return text;
       }()},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK(holds_private_key(row.bytes));
  }
}

TEST_CASE("private_key_traces: what is public holds none") {
  const ThrowawayCa made = make_test_pem();
  const KeyPtr key = make_ec_key();
  const X509Ptr rsa_signed = [] {
    const KeyPtr rsa = make_key("RSA");
    return make_certificate({.key = rsa.get(),
                             .not_before = day_before_noon,
                             .not_after = day_after_noon,
                             .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:1"}},
                             .tn_auth_lists = {},
                             .serial = "00"});
  }();
  const BioPtr public_key(BIO_new(BIO_s_mem()));
  require_ok(PEM_write_bio_PUBKEY(public_key.get(), key.get()) == 1);
  struct Row {
    const char* why;
    std::string bytes;
  };
  const Row rows[] = {
      {"nothing", ""},
      {"a certificate", made.leaf_certificate},
      {"a chain", made.leaf_certificate + made.root_certificate},
      {"a certificate of RSA with the serial number 0", to_pem(rsa_signed.get())},
      {"the same as DER", to_der_bytes(rsa_signed.get())},
      {"a public key", text_of(public_key.get())},
      {"a certificate printed in front of itself", to_printed(made.leaf_certificate)},
      {"a public JWK", R"({"kty":"EC","crv":"P-256","x":"d","y":"0"})"},
      {"a text that speaks of keys", "<p>Keep your PRIVATE KEY to yourself</p>"},
      {"cut off where it could begin", std::string("\x30\x77\x02\x01\x01", 5)},
      {"a number with no key behind it", std::string("\x02\x01\x01\x04\x01x", 6)},
      {"a key of a certificate cut short", to_sec1_der(key.get()).substr(0, 20)},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK_FALSE(holds_private_key(row.bytes));
  }
}

TEST_CASE("private_key_traces: random numbers in certificates are not taken for keys") {
  for (int i = 0; i < 100; ++i) {
    const ThrowawayCa made = make_test_pem();
    CHECK_FALSE(holds_private_key(made.leaf_certificate + made.root_certificate));
  }
  CHECK_FALSE(holds_private_key(read_vector("rfc9118_fig1_cert.pem")));
}
