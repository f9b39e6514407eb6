// SPDX-License-Identifier: MIT
#include "shaken302/certificate.hpp"

#include <doctest/doctest.h>
#include <openssl/rsa.h>

#include <optional>
#include <string>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "core/test_files.hpp"

namespace shaken302 {
namespace {

using namespace test;
using std::chrono::seconds;

/// A self-signed end entity; tests change what they are about.
CertificateSpec plain(EVP_PKEY* key) {
  CertificateSpec spec;
  spec.key = key;
  spec.not_before = day_before_noon;
  spec.not_after = day_after_noon;
  return spec;
}

std::optional<CertificateError> error_of(const std::string& pem) {
  const auto chain = CertificateChain::parse_pem(pem);
  return chain ? std::nullopt : std::optional(chain.error());
}

std::string pem_with_list(EVP_PKEY* key, std::vector<std::uint8_t> der) {
  auto spec = plain(key);
  spec.tn_auth_lists = {std::move(der)};
  return to_pem(make_certificate(spec).get());
}

const std::vector<std::uint8_t> spc_1234{0x30, 0x08, 0xA0, 0x06, 0x16,
                                         0x04, 0x31, 0x32, 0x33, 0x34};

}  // namespace

TEST_CASE("certificate: the example of RFC 9118 has the service provider code 1234") {
  const auto chain = CertificateChain::parse_pem(read_vector("rfc9118_fig1_cert.pem"));
  REQUIRE(chain);
  CHECK(chain->size() == 1);
  CHECK(chain->subject() == "CN=SHAKEN,OU=VoIP,O=Bogus Example Telecom,L=Herndon,ST=VA,C=US");
  CHECK(chain->issuer() == "CN=BOGUS SHAKEN ROOT,C=US");
  CHECK(chain->not_before() == UnixTime(seconds{1626385935}));  // Jul 15 21:52:15 2021 GMT
  CHECK(chain->not_after() == UnixTime(seconds{1657921935}));   // Jul 15 21:52:15 2022 GMT
  REQUIRE(chain->has_tn_auth_list());
  CHECK(chain->tn_auth_list().service_provider_codes == std::vector<std::string>{"1234"});
}

TEST_CASE("certificate: validity includes both of its ends") {
  const auto made = make_test_credential("house");
  const auto& chain = made.credential.chain();
  CHECK(chain.not_before() == day_before_noon);
  CHECK(chain.not_after() == day_after_noon);
  CHECK_FALSE(chain.is_valid_at(day_before_noon - seconds{1}));
  CHECK(chain.is_valid_at(day_before_noon));
  CHECK(chain.is_valid_at(day_after_noon));
  CHECK_FALSE(chain.is_valid_at(day_after_noon + seconds{1}));
}

namespace {

/// A root, an intermediate of it and a leaf of that, each with a key of its own.
struct ThreeLinks {
  KeyPtr root_key = make_ec_key();
  KeyPtr middle_key = make_ec_key();
  KeyPtr leaf_key = make_ec_key();
  X509Ptr root;
  X509Ptr middle;
  X509Ptr leaf;

  ThreeLinks(UnixTime middle_begin, UnixTime middle_end) {
    root = make_certificate(authority("root", root_key.get()));
    auto spec = authority("middle", middle_key.get());
    spec.issuer = root.get();
    spec.issuer_key = root_key.get();
    spec.not_before = middle_begin;
    spec.not_after = middle_end;
    middle = make_certificate(spec);
    auto end = plain(leaf_key.get());
    end.issuer = middle.get();
    end.issuer_key = middle_key.get();
    leaf = make_certificate(end);
  }
  ThreeLinks() : ThreeLinks(day_before_noon, day_after_noon) {}

  static CertificateSpec authority(const char* name, EVP_PKEY* key) {
    auto spec = plain(key);
    spec.common_name = name;
    spec.extensions = {{NID_basic_constraints, "critical,CA:TRUE"}};
    return spec;
  }
};

}  // namespace

TEST_CASE("certificate: a chain is valid when all of its certificates are") {
  struct Row {
    const char* why;
    UnixTime begin;
    UnixTime end;
    UnixTime now;
    bool valid;
  };
  const seconds second{1};
  const Row rows[] = {
      {"all of them", day_before_noon, day_after_noon, noon, true},
      {"the intermediate's first second", noon, day_after_noon, noon, true},
      {"before it", noon + second, day_after_noon, noon, false},
      {"the intermediate's last second", day_before_noon, noon, noon, true},
      {"past it", day_before_noon, noon - second, noon, false},
      {"the leaf is past while the intermediate is not", day_before_noon,
       day_after_noon + seconds{100}, day_after_noon + second, false},
      {"never at once", day_after_noon + second, day_after_noon + seconds{2}, day_after_noon,
       false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const ThreeLinks links(row.begin, row.end);
    const auto chain =
        CertificateChain::parse_pem(to_pem(links.leaf.get()) + to_pem(links.middle.get()));
    REQUIRE(chain);
    CHECK(chain->is_valid_at(row.now) == row.valid);
    CHECK(chain->not_before() == day_before_noon);
    CHECK(chain->not_after() == day_after_noon);
  }
}

TEST_CASE("certificate: the linked part of a chain ends where the next one is not the issuer") {
  const ThreeLinks links;
  const std::string leaf = to_pem(links.leaf.get());
  const std::string middle = to_pem(links.middle.get());
  const std::string root = to_pem(links.root.get());
  // The same name and another key: only the signature tells.
  const KeyPtr other_key = make_ec_key();
  const auto impostor =
      to_pem(make_certificate(ThreeLinks::authority("middle", other_key.get())).get());
  auto no_authority = plain(links.middle_key.get());
  no_authority.common_name = "middle";
  no_authority.extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                             {NID_key_usage, "critical,digitalSignature"}};
  struct Row {
    const char* why;
    std::string pem;
    std::size_t linked;
  };
  const Row rows[] = {
      {"the leaf alone", leaf, 1},
      {"leaf and intermediate", leaf + middle, 2},
      {"all three", leaf + middle + root, 3},
      {"the intermediate is missing", leaf + root, 1},
      {"in the wrong order", leaf + root + middle, 1},
      {"the intermediate twice", leaf + middle + middle, 2},
      {"another key of the same name", leaf + impostor, 1},
      {"the right key without the right to certify",
       leaf + to_pem(make_certificate(no_authority).get()), 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto chain = CertificateChain::parse_pem(row.pem);
    REQUIRE(chain);
    CHECK(chain->linked_size() == row.linked);
  }
}

TEST_CASE("certificate: times on both sides of X.509's change of time type in 2050") {
  using namespace std::chrono;
  for (const int in_year : {1950, 1969, 1970, 2049, 2050, 9998}) {
    CAPTURE(in_year);
    const UnixTime begin = sys_days{year{in_year} / 2 / 28} + hours{23};
    const UnixTime end = begin + days{300};
    const auto chain = CertificateChain::parse_pem(make_test_pem("1", begin, end).leaf_certificate);
    REQUIRE(chain);
    CHECK(chain->not_before() == begin);
    CHECK(chain->not_after() == end);
  }
}

TEST_CASE("certificate: a chain without certificates answers no to everything") {
  const CertificateChain none;
  const auto some = make_test_credential("house");
  CHECK(none.size() == 0);
  CHECK(none.leaf() == nullptr);
  CHECK(none.subject().empty());
  CHECK(none.issuer().empty());
  CHECK_FALSE(none.is_valid_at(noon));
  CHECK(none.linked_size() == 0);
  CHECK_FALSE(none.has_tn_auth_list());
  CHECK(none.tn_auth_list().service_provider_codes.empty());
  CHECK_FALSE(none.verifies("text", {}));
  CHECK_FALSE(none.leads_to(some.root, noon));
  CHECK_FALSE(some.root.leads_to(none, noon));
}

TEST_CASE("certificate: text around the blocks and CRLF line ends are no obstacle") {
  const std::string pem = make_test_pem().leaf_certificate;
  std::string crlf;
  for (const char c : pem) {
    if (c == '\n') crlf += '\r';
    crlf += c;
  }
  CHECK_FALSE(error_of("Certificate:\n    Data: whatever\n" + pem + "\n\nthe end\n"));
  CHECK_FALSE(error_of(crlf));
}

namespace {

X509Ptr certificate_with(const std::string& extension) {
  const KeyPtr key = make_ec_key();
  CertificateSpec spec;
  spec.key = key.get();
  spec.raw_extensions = {{"1.2.3.4", false, {extension.begin(), extension.end()}}};
  return make_certificate(spec);
}

}  // namespace

TEST_CASE("certificate: what is not a chain of at most four certificates is refused") {
  const KeyPtr key = make_ec_key();
  const ThrowawayCa ca = make_test_pem();
  const std::string& leaf = ca.leaf_certificate;
  const std::string& root = ca.root_certificate;
  const std::string body = leaf.substr(28, leaf.size() - 28 - 27);  // base64 alone
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "\n-----END CERTIFICATE-----\n";
  struct Row {
    std::string why;
    std::string pem;
    std::optional<CertificateError> error;
  };
  const Row rows[] = {
      {"an empty file", "", CertificateError::empty},
      {"a text file", "hello, this is no certificate\n", CertificateError::empty},
      {"zeros", std::string(1000, '\0'), CertificateError::empty},
      {"four certificates", leaf + root + root + root, std::nullopt},
      {"five", leaf + root + root + root + root, CertificateError::too_large},
      {"64 KiB", std::string(64 * 1024 - leaf.size(), '\n') + leaf, std::nullopt},
      {"a byte more", std::string(64 * 1024 - leaf.size() + 1, '\n') + leaf,
       CertificateError::too_large},
      {"ten megabytes", std::string(10'000'000, 'A'), CertificateError::too_large},
      {"the key in the published file", leaf + ca.leaf_key, CertificateError::private_key},
      {"the key in front", ca.leaf_key + leaf, CertificateError::private_key},
      {"the key alone", ca.leaf_key, CertificateError::private_key},
      {"the rest of a key that was cut out badly", leaf + "-----END EC PRIVATE KEY-----\n",
       CertificateError::private_key},
      {"a certificate with a key in it, as DER",
       to_pem(certificate_with(to_pkcs8_der(key.get())).get()), CertificateError::private_key},
      {"a certificate with a key in it, as text",
       to_pem(certificate_with(to_sec1_pem(key.get())).get()), CertificateError::private_key},
      {"and a certificate in DER", to_der_bytes(certificate_with(to_sec1_pem(key.get())).get()),
       CertificateError::private_key},
      {"no end line", leaf.substr(0, leaf.size() - 26), CertificateError::syntax},
      {"no base64", begin + "!!!!" + end, CertificateError::syntax},
      {"no DER", begin + "AAAA" + end, CertificateError::syntax},
      {"half a certificate", begin + body.substr(0, body.size() / 2 / 65 * 65) + end,
       CertificateError::syntax},
      {"a good one and a broken one", leaf + begin + "AAAA" + end, CertificateError::syntax},
      {"a request",
       "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
       CertificateError::syntax},
      {"a certificate under another name",
       "-----BEGIN TRUSTED CERTIFICATE-----\n" + body + "\n-----END TRUSTED CERTIFICATE-----\n",
       CertificateError::syntax},
      {"under its older name",
       "-----BEGIN X509 CERTIFICATE-----\n" + body + "\n-----END X509 CERTIFICATE-----\n",
       std::nullopt},
      {"a public key behind the chain", leaf + read_vector("pub_rfc8225_A2.pem"),
       CertificateError::syntax},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(error_of(row.pem) == row.error);
  }
}

TEST_CASE("certificate: a byte behind the certificate inside its block is refused") {
  const KeyPtr key = make_ec_key();
  const X509Ptr certificate = make_certificate(plain(key.get()));
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  REQUIRE(size > 0);
  std::vector<unsigned char> longer(der, der + size);
  OPENSSL_free(der);
  longer.push_back(0);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio(bio.get(), "CERTIFICATE", "", longer.data(), size) > 0);
  CHECK_FALSE(error_of(text_of(bio.get())));
  REQUIRE(BIO_reset(bio.get()) == 1);
  REQUIRE(PEM_write_bio(bio.get(), "CERTIFICATE", "", longer.data(), size + 1) > 0);
  CHECK(error_of(text_of(bio.get())) == CertificateError::syntax);
}

TEST_CASE("certificate: only a key on the named curve P-256 will do") {
  struct Row {
    std::string why;
    KeyPtr key;
    bool accepted;
  };
  Row rows[] = {
      {"the named curve", make_ec_key("P-256"), true},
      {"P-256 with explicit parameters (CVE-2022-0778)", make_ec_key("P-256", "explicit"), false},
      {"another curve", make_ec_key("P-384"), false},
      {"another curve of 256 bits", make_ec_key("secp256k1"), false},
      {"an older one", make_ec_key("secp224r1"), false},
      {"RSA", KeyPtr(EVP_RSA_gen(2048)), false},
      {"Ed25519", KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), false},
  };
  for (Row& row : rows) {
    CAPTURE(row.why);
    auto spec = plain(row.key.get());
    if (EVP_PKEY_is_a(row.key.get(), "ED25519") == 1) spec.digest = nullptr;
    const auto error = error_of(to_pem(make_certificate(spec).get()));
    CHECK(error == (row.accepted ? std::nullopt : std::optional(CertificateError::key_type)));
  }
}

TEST_CASE(
    "certificate: a TNAuthList may be absent, and is refused when it is broken or there twice") {
  const KeyPtr key = make_ec_key();
  auto spec = plain(key.get());
  const auto without = CertificateChain::parse_pem(to_pem(make_certificate(spec).get()));
  REQUIRE(without);
  CHECK_FALSE(without->has_tn_auth_list());
  CHECK(without->tn_auth_list().service_provider_codes.empty());

  spec.tn_auth_lists = {spc_1234};
  const auto with = CertificateChain::parse_pem(to_pem(make_certificate(spec).get()));
  REQUIRE(with);
  CHECK(with->has_tn_auth_list());

  // RFC 5280 4.2: at most one of a kind.
  spec.tn_auth_lists = {spc_1234, spc_1234};
  CHECK(error_of(to_pem(make_certificate(spec).get())) == CertificateError::tn_auth_list);
}

TEST_CASE("certificate: a TNAuthList cut off or changed at any byte never passes for another's") {
  const KeyPtr key = make_ec_key();
  for (std::size_t size = 0; size < spc_1234.size(); ++size) {
    CAPTURE(size);
    const std::vector<std::uint8_t> cut(spc_1234.begin(),
                                        spc_1234.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(error_of(pem_with_list(key.get(), cut)) == CertificateError::tn_auth_list);
  }
  for (std::size_t i = 0; i < spc_1234.size(); ++i) {
    for (const int flip : {0x01, 0x80}) {
      CAPTURE(i);
      CAPTURE(flip);
      auto changed = spc_1234;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      const bool still_a_code = i >= 6 && flip == 0x01;  // another digit: another code
      const auto error = error_of(pem_with_list(key.get(), changed));
      CHECK(error == (still_a_code ? std::nullopt : std::optional(CertificateError::tn_auth_list)));
    }
  }
}

TEST_CASE("certificate: a name with control characters is escaped, for the log") {
  const KeyPtr key = make_ec_key();
  auto spec = plain(key.get());
  spec.common_name = "evil\r\nline \x1b[2J\xC3\xA4";
  const auto chain = CertificateChain::parse_pem(to_pem(make_certificate(spec).get()));
  REQUIRE(chain);
  CHECK(chain->subject() == "CN=evil\\0D\\0Aline \\1B[2J\\C3\\A4");
}

TEST_CASE("certificate: no garbled byte of a certificate crashes the reader") {
  const std::string pem = make_test_pem().leaf_certificate;
  int refused = 0;
  for (std::size_t i = 0; i < pem.size(); ++i) {
    std::string garbled = pem;
    garbled[i] = garbled[i] == 'A' ? 'B' : 'A';
    if (error_of(garbled)) ++refused;
    if (error_of(pem.substr(0, i))) ++refused;
  }
  // Every truncation but that of the last line end, and those changes that do more than alter a
  // name, a number or the signature.
  CHECK(refused > static_cast<int>(pem.size()));
}

TEST_CASE("certificate: a leaf leads to its root, and only while both are valid") {
  const auto made = make_test_credential("house");
  const auto other = make_test_credential("other");
  const auto& chain = made.credential.chain();
  CHECK(chain.leads_to(made.root, noon));
  CHECK(chain.leads_to(made.root, day_before_noon));
  CHECK(chain.leads_to(made.root, day_after_noon - seconds{1}));
  CHECK_FALSE(chain.leads_to(made.root, day_before_noon - seconds{1}));
  CHECK_FALSE(chain.leads_to(made.root, day_after_noon));  // OpenSSL's view of the last second
  // The same names, another key: a throw-away CA is known by its key alone.
  CHECK_FALSE(chain.leads_to(other.root, noon));
  CHECK_FALSE(chain.leads_to(chain, noon));  // a leaf is no anchor
  CHECK(made.root.leads_to(made.root, noon));
}

namespace {

/// root -> intermediate -> leaf; the intermediate's basic constraints are up to the test.
struct LongChain {
  KeyPtr root_key = make_ec_key();
  KeyPtr middle_key = make_ec_key();
  KeyPtr leaf_key = make_ec_key();
  std::string root;
  std::string middle;
  std::string leaf;

  explicit LongChain(const char* constraints, const EVP_MD* digest = EVP_sha256()) {
    auto spec = plain(root_key.get());
    spec.common_name = "ROOT";
    spec.extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                       {NID_key_usage, "critical,keyCertSign"}};
    const X509Ptr root_certificate = make_certificate(spec);
    root = to_pem(root_certificate.get());

    spec = plain(middle_key.get());
    spec.common_name = "Intermediate";
    spec.issuer = root_certificate.get();
    spec.issuer_key = root_key.get();
    spec.extensions = {{NID_basic_constraints, constraints}};
    const X509Ptr middle_certificate = make_certificate(spec);
    middle = to_pem(middle_certificate.get());

    spec = plain(leaf_key.get());
    spec.issuer = middle_certificate.get();
    spec.issuer_key = middle_key.get();
    spec.extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                       {NID_key_usage, "critical,digitalSignature"}};
    spec.tn_auth_lists = {spc_1234};
    spec.digest = digest;
    leaf = to_pem(make_certificate(spec).get());
  }
};

bool leads_to(const std::string& chain, const std::string& anchors) {
  const auto from = CertificateChain::parse_pem(chain);
  const auto to = CertificateChain::parse_pem(anchors);
  REQUIRE(from);
  REQUIRE(to);
  return from->leads_to(*to, noon);
}

}  // namespace

TEST_CASE("certificate: intermediates come from the chain, anchors from nowhere else") {
  const LongChain good("critical,CA:TRUE");
  CHECK(leads_to(good.leaf + good.middle, good.root));
  CHECK(leads_to(good.leaf + good.middle + good.root, good.root));
  CHECK_FALSE(leads_to(good.leaf, good.root));                              // a link is missing
  CHECK_FALSE(leads_to(good.leaf + good.middle + good.root, good.middle));  // no root among them
  CHECK(leads_to(good.leaf, good.middle + good.root));                      // both are trusted

  const LongChain not_a_ca("critical,CA:FALSE");
  CHECK_FALSE(leads_to(not_a_ca.leaf + not_a_ca.middle, not_a_ca.root));
  const LongChain weak("critical,CA:TRUE", EVP_sha1());
  CHECK_FALSE(leads_to(weak.leaf + weak.middle, weak.root));
}

}  // namespace shaken302
