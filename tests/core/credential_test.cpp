// SPDX-License-Identifier: MIT
#include "shaken302/credential.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "core/test_files.hpp"
#include "shaken302/passport.hpp"

namespace shaken302 {
namespace {

using namespace test;

const std::string good_x5u = "https://cert.example.com/house.pem";

KeyPtr read_key(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

CertificateChain chain_of(const std::string& pem) {
  const auto chain = CertificateChain::parse_pem(pem);
  REQUIRE(chain);
  return *chain;
}

std::optional<CredentialError> error_of(Credential::Parts parts) {
  const auto made = Credential::make(std::move(parts));
  return made ? std::nullopt : std::optional(made.error());
}

}  // namespace

TEST_CASE("credential: key, chain and x5u that belong together make a credential that signs") {
  const ThrowawayCa ca = make_test_pem("505J");
  const auto made =
      Credential::make({"house-1", ca.leaf_key, chain_of(ca.leaf_certificate), good_x5u});
  REQUIRE(made);
  CHECK(made->name() == "house-1");
  CHECK(made->x5u() == good_x5u);
  CHECK(made->header_segment() == make_shaken_header_segment(good_x5u));
  CHECK(made->chain().subject() == "CN=SHAKEN 505J,O=Throw-away Example,C=US");
  CHECK(made->key() != nullptr);
  CHECK(made->passes_self_test());
}

TEST_CASE("credential: every form of key file, good or not, has its outcome") {
  const ThrowawayCa ca = make_test_pem();
  const KeyPtr key = read_key(ca.leaf_key);
  const KeyPtr p384 = make_ec_key("P-384");
  const KeyPtr spelled_out = make_ec_key("P-256", "explicit");
  const KeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  const std::string parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  struct Row {
    std::string why;
    std::string pem;
    std::optional<CredentialError> error;
  };
  const Row rows[] = {
      {"PKCS#8", to_pkcs8_pem(key.get()), std::nullopt},
      {"SEC1", to_sec1_pem(key.get()), std::nullopt},
      {"SEC1 as `openssl ecparam -genkey` writes it", parameters + to_sec1_pem(key.get()),
       std::nullopt},
      {"text in front", "the key of the house\n" + ca.leaf_key, std::nullopt},
      {"an empty file", "", CredentialError::key_syntax},
      {"a certificate", ca.leaf_certificate, CredentialError::key_syntax},
      {"a public key", read_vector("pub_rfc8225_A2.pem"), CredentialError::key_syntax},
      {"half a key", ca.leaf_key.substr(0, ca.leaf_key.size() / 2), CredentialError::key_syntax},
      {"ten megabytes", std::string(10'000'000, '\n') + ca.leaf_key, CredentialError::key_syntax},
      {"PKCS#8, encrypted", to_pkcs8_pem(key.get(), "secret"), CredentialError::passphrase_needed},
      {"PKCS#8, encrypted with the empty passphrase", to_pkcs8_pem(key.get(), ""),
       CredentialError::passphrase_needed},
      {"SEC1, encrypted", to_sec1_pem(key.get(), "secret"), CredentialError::passphrase_needed},
      {"PKCS#8, DER", to_pkcs8_der(key.get()), std::nullopt},
      {"SEC1, DER", to_sec1_der(key.get()), std::nullopt},
      {"DER, encrypted", to_pkcs8_der(key.get(), "secret"), CredentialError::passphrase_needed},
      {"DER with something behind it", to_pkcs8_der(key.get()) + '\0', CredentialError::key_syntax},
      {"DER of a version that is none", to_sec1_der(key.get()).replace(4, 1, "\x41"),
       CredentialError::key_syntax},
      {"half of the DER", to_pkcs8_der(key.get()).substr(0, 60), CredentialError::key_syntax},
      {"RSA", to_pkcs8_pem(rsa.get()), CredentialError::key_type},
      {"another curve", to_pkcs8_pem(p384.get()), CredentialError::key_type},
      {"explicit parameters, PKCS#8", to_pkcs8_pem(spelled_out.get()), CredentialError::key_type},
      {"explicit parameters, SEC1", to_sec1_pem(spelled_out.get()), CredentialError::key_type},
      {"the key of another certificate", make_test_pem().leaf_key, CredentialError::mismatch},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(error_of({"house", row.pem, chain_of(ca.leaf_certificate), good_x5u}) == row.error);
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("credential: a passphrase opens the key that it belongs to and no other") {
  const ThrowawayCa ca = make_test_pem();
  const KeyPtr key = read_key(ca.leaf_key);
  const std::string longest(1024, 'p');  // what OpenSSL has room for
  const std::string too_long(1025, 'p');
  struct Row {
    std::string why;
    std::string key;
    std::string_view passphrase;
    std::optional<CredentialError> error;
  };
  const Row rows[] = {
      {"PKCS#8", to_pkcs8_pem(key.get(), "secret"), "secret", std::nullopt},
      {"SEC1", to_sec1_pem(key.get(), "secret"), "secret", std::nullopt},
      {"DER", to_pkcs8_der(key.get(), "secret"), "secret", std::nullopt},
      {"the empty passphrase", to_pkcs8_pem(key.get(), ""), "", std::nullopt},
      {"a long one", to_pkcs8_pem(key.get(), longest.c_str()), longest, std::nullopt},
      {"a key that needs none", ca.leaf_key, "secret", std::nullopt},
      {"another one", to_pkcs8_pem(key.get(), "secret"), "Secret",
       CredentialError::passphrase_wrong},
      {"a part of it", to_pkcs8_pem(key.get(), "secret"), "secre",
       CredentialError::passphrase_wrong},
      {"more than OpenSSL has room for", to_pkcs8_pem(key.get(), "secret"), too_long,
       CredentialError::passphrase_wrong},
      {"another one for DER", to_pkcs8_der(key.get(), "secret"), "Secret",
       CredentialError::passphrase_wrong},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(error_of({"house", row.key, chain_of(ca.leaf_certificate), good_x5u, row.passphrase}) ==
          row.error);
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("credential: a passphrase is the first line of its file") {
  CHECK(passphrase_in("secret") == "secret");
  CHECK(passphrase_in("secret\n") == "secret");
  CHECK(passphrase_in("secret\r\n") == "secret");
  CHECK(passphrase_in(" two words \nmore") == " two words ");
  CHECK(passphrase_in("\n").empty());
  CHECK(passphrase_in("").empty());
}

TEST_CASE("credential: the leaf must be an end entity that may sign") {
  const KeyPtr key = make_ec_key();
  struct Row {
    std::string why;
    std::vector<std::pair<int, const char*>> extensions;
    std::optional<CredentialError> error;
  };
  const Row rows[] = {
      {"the profile of ATIS-1000080",
       {{NID_basic_constraints, "critical,CA:FALSE"}, {NID_key_usage, "critical,digitalSignature"}},
       std::nullopt},
      {"a leaf that says nothing about its use",
       {{NID_basic_constraints, "CA:FALSE"}},
       std::nullopt},
      {"a certification authority",
       {{NID_basic_constraints, "critical,CA:TRUE"}},
       CredentialError::certificate},
      {"a key for encryption",
       {{NID_basic_constraints, "CA:FALSE"}, {NID_key_usage, "critical,keyAgreement"}},
       CredentialError::certificate},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CertificateSpec spec;
    spec.key = key.get();
    spec.not_before = day_before_noon;
    spec.not_after = day_after_noon;
    spec.extensions = row.extensions;
    const auto chain = chain_of(to_pem(make_certificate(spec).get()));
    CHECK(error_of({"house", to_pkcs8_pem(key.get()), chain, good_x5u}) == row.error);
  }
  CHECK(error_of({"house", to_pkcs8_pem(key.get()), CertificateChain(), good_x5u}) ==
        CredentialError::certificate);

  // A chain in reverse order has a CA in front.
  const ThrowawayCa ca = make_test_pem();
  const auto reversed = chain_of(ca.root_certificate + ca.leaf_certificate);
  CHECK(error_of({"house", ca.leaf_key, reversed, good_x5u}) == CredentialError::certificate);
}

TEST_CASE("credential: names are 1 to 64 letters, digits, dots, underlines and hyphens") {
  const ThrowawayCa ca = make_test_pem();
  const auto chain = chain_of(ca.leaf_certificate);
  for (const std::string& name : {std::string("a"), std::string("Az09._-"), std::string(64, 'x')}) {
    CAPTURE(name);
    CHECK_FALSE(error_of({name, ca.leaf_key, chain, good_x5u}));
  }
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\n"),
        std::string("a/b"), std::string("\xC3\xA4"), std::string("a\0b", 3), std::string("\"")}) {
    CAPTURE(name);
    CHECK(error_of({name, ca.leaf_key, chain, good_x5u}) == CredentialError::name);
  }
}

TEST_CASE("credential: an x5u that every verifier may dereference") {
  struct Row {
    std::string why;
    std::string x5u;
    bool accepted;
  };
  const std::string longest = "https://cert.example.com/" + std::string(230, 'x');
  const Row rows[] = {
      {"the usual form", "https://cert.example.com/house.pem", true},
      {"the default port, written", "https://cert.example.com:443/house.pem", true},
      {"the other port that ATIS-1000074 allows", "https://cert.example.com:8443/house.pem", true},
      {"no path", "https://cert.example.com", true},
      {"an address", "https://192.0.2.1/house.pem", true},
      {"an IPv6 address", "https://[2001:db8::1]:8443/house.pem", true},
      {"every kind of path character", "https://c.example/a-._~!$&'()*+,;=:@%2F/b", true},
      {"255 characters", longest, true},
      {"256 characters", longest + "x", false},
      {"nothing", "", false},
      {"no TLS", "http://cert.example.com/house.pem", false},
      {"another scheme", "ftp://cert.example.com/house.pem", false},
      {"a file", "file:///etc/house.pem", false},
      {"a scheme in capitals: the same to RFC 3986, not to those who compare a prefix",
       "HTTPS://cert.example.com/house.pem", false},
      {"no authority", "https:house.pem", false},
      {"no host", "https:///house.pem", false},
      {"a port without host", "https://:443/house.pem", false},
      {"another port", "https://cert.example.com:8080/house.pem", false},
      {"a port that ends like the right one", "https://cert.example.com:18443/house.pem", false},
      {"an empty port", "https://cert.example.com:/house.pem", false},
      {"a port with a leading zero", "https://cert.example.com:0443/house.pem", false},
      {"both ports", "https://cert.example.com:8443:443/house.pem", false},
      {"userinfo", "https://user@cert.example.com/house.pem", false},
      {"userinfo with a password", "https://user:pass@cert.example.com/house.pem", false},
      {"a query", "https://cert.example.com/house.pem?v=1", false},
      {"a query behind the host", "https://cert.example.com?v=1", false},
      {"an empty query", "https://cert.example.com/house.pem?", false},
      {"a fragment", "https://cert.example.com/house.pem#1", false},
      {"a blank", "https://cert.example.com/my house.pem", false},
      {"a blank in front", " https://cert.example.com/house.pem", false},
      {"a line end behind", "https://cert.example.com/house.pem\r\n", false},
      {"a NUL", std::string("https://cert.example.com/a\0b", 28), false},
      {"a quote, which JSON would escape", "https://cert.example.com/\"", false},
      {"a backslash, likewise", "https://cert.example.com/a\\b", false},
      {"the bracket that ends an info parameter", "https://cert.example.com/a>b", false},
      {"the one that begins it", "https://cert.example.com/a<b", false},
      {"other characters that no URI has", "https://cert.example.com/a^b|c{d}", false},
      {"UTF-8", "https://cert.example.com/\xC3\xA4.pem", false},
      {"UTF-8 in the host", "https://c\xC3\xA4rt.example.com/house.pem", false},
      {"half an escape", "https://cert.example.com/a%4", false},
      {"an escape that is none", "https://cert.example.com/a%zz", false},
      {"an escape in the host", "https://cert%2eexample.com/house.pem", false},
      {"brackets around nothing", "https://[]/house.pem", false},
      {"brackets that do not close", "https://[2001:db8::1/house.pem", false},
      {"brackets around a name", "https://[cert.example.com]/house.pem", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(is_acceptable_x5u(row.x5u) == row.accepted);
  }
  const ThrowawayCa ca = make_test_pem();
  CHECK(error_of({"house", ca.leaf_key, chain_of(ca.leaf_certificate), "http://h/"}) ==
        CredentialError::x5u);
}

TEST_CASE("credential: a private half that belongs to another key fails the self-test") {
  const auto made = make_treacherous_credential("house");
  CHECK_FALSE(made.credential.passes_self_test());
}

TEST_CASE("credential: a copy outlives the first one") {
  std::optional<Credential> copy;
  {
    const auto made = make_test_credential("house");
    copy = made.credential;
  }
  CHECK(copy->passes_self_test());
  CHECK(copy->chain().is_valid_at(noon));
}

}  // namespace shaken302
