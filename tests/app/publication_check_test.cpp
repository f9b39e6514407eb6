// SPDX-License-Identifier: MIT
#include "app/publication_check.hpp"

#include <doctest/doctest.h>

#include <set>

#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::app;
using namespace shaken302::test;
using Fault = PublicationFault;
using End = Fetched::End;

namespace {

CertificateChain chain_of(const std::string& pem) { return *CertificateChain::parse_pem(pem); }

std::string der_of(const CertificateChain& chain) {
  std::string der;
  for (std::size_t i = 0; i < chain.size(); ++i) der += to_der_bytes(chain.certificate(i));
  return der;
}

Fetched answered(long status, std::string body) {
  return {End::answered, status, std::move(body), ""};
}

}  // namespace

TEST_CASE("publication_check: what came back is judged") {
  const ThrowawayCa ours = make_test_pem();
  const ThrowawayCa other = make_test_pem();
  const std::string leaf = ours.leaf_certificate;
  const std::string root = ours.root_certificate;
  const CertificateChain expected = chain_of(leaf + root);
  const KeyPtr rsa(EVP_RSA_gen(2048));
  const std::string rsa_leaf = to_pem(make_certificate({.key = rsa.get(),
                                                        .not_before = day_before_noon,
                                                        .not_after = day_after_noon,
                                                        .extensions = {},
                                                        .tn_auth_lists = {}})
                                          .get());
  const std::string many = leaf + root + root + root + root;
  struct Row {
    const char* why;
    Fetched fetched;
    std::optional<Fault> fault;
    const char* detail = "";
  };
  const Row rows[] = {
      {"exactly the chain", answered(200, leaf + root), {}},
      {"the same as DER", answered(200, der_of(expected)), {}},
      {"with text around it, as openssl writes it",
       answered(200, "subject=\n" + leaf + "\n" + root + "\n"),
       {}},
      {"no answer",
       {End::unreachable, 0, "", "Connection refused"},
       Fault::unreachable,
       "Connection refused"},
      {"half an answer is none",
       {End::unreachable, 200, leaf + root, "timed out"},
       Fault::unreachable,
       "timed out"},
      {"a web server of whom nobody knows",
       {End::tls, 0, "", "self-signed"},
       Fault::tls,
       "self-signed"},
      {"moved for good", answered(301, ""), Fault::redirect, "status 301"},
      {"moved for now, though with the chain as its body", answered(302, leaf + root),
       Fault::redirect, "status 302"},
      {"moved, and a long page", {End::too_large, 307, "x", "more"}, Fault::redirect, "status 307"},
      {"not modified: nobody had asked so", answered(304, ""), Fault::status, "status 304"},
      {"not found, though with the chain as its body", answered(404, leaf + root), Fault::status,
       "status 404"},
      {"another success", answered(204, ""), Fault::status, "status 204"},
      {"an endless error page", {End::too_large, 500, "x", "more"}, Fault::status, "status 500"},
      {"too large",
       {End::too_large, 200, leaf + root, "more than 65536 bytes"},
       Fault::too_large,
       "more than 65536 bytes"},
      {"an empty file", answered(200, ""), Fault::no_certificate, "no certificate in 0 bytes"},
      {"a page", answered(200, "<html>It works</html>"), Fault::no_certificate,
       "no certificate in 21 bytes"},
      {"a damaged block", answered(200, leaf.substr(0, 200) + leaf.substr(230)),
       Fault::no_certificate, "not readable as certificates, PEM or DER"},
      {"DER cut short", answered(200, der_of(expected).substr(0, 100)), Fault::no_certificate,
       "not readable as certificates, PEM or DER"},
      {"something behind the chain",
       answered(200, leaf + root + "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
       Fault::no_certificate, "not readable as certificates, PEM or DER"},
      {"the leaf alone", answered(200, leaf), Fault::another_chain,
       "only the first 1 certificate of 2"},
      {"the issuer in front", answered(200, root + leaf), Fault::another_chain,
       "the right certificates in another order"},
      {"the issuer twice", answered(200, leaf + root + root), Fault::another_chain,
       "3 certificates, 1 more than the chain has"},
      {"certificates without end", answered(200, many), Fault::another_chain,
       "more certificates than any chain has"},
      {"the issuer of another", answered(200, leaf + other.root_certificate), Fault::another_chain,
       "certificate 2 is the one with the SHA-256 fingerprint "},
      {"the chain of another", answered(200, other.leaf_certificate + other.root_certificate),
       Fault::another_chain, "certificate 1 is the one with the SHA-256 fingerprint "},
      {"a certificate of the web", answered(200, rsa_leaf), Fault::another_chain,
       "the first certificate is none that calls are signed with"},
      {"the key behind the chain", answered(200, leaf + root + ours.leaf_key), Fault::private_key,
       "in an answer with status 200"},
      {"the key alone", answered(200, ours.leaf_key), Fault::private_key,
       "in an answer with status 200"},
      {"the key on an error page", answered(500, ours.leaf_key), Fault::private_key,
       "in an answer with status 500"},
      {"the key under a redirection", answered(302, ours.leaf_key), Fault::private_key,
       "in an answer with status 302"},
      {"the key at the beginning of something endless",
       {End::too_large, 200, ours.leaf_key, "more"},
       Fault::private_key,
       "in an answer with status 200"},
      {"the key, and then the connection broke",
       {End::unreachable, 200, ours.leaf_key, "reset"},
       Fault::private_key,
       "in an answer with status 200"},
      {"details are bounded",
       {End::unreachable, 0, "", std::string(100'000, 'x')},
       Fault::unreachable,
       "xxxx"},
      {"and printable", {End::tls, 0, "", "a\nb\x1b[c\xff"}, Fault::tls, "a?b?[c?"},
  };
  std::set<Fault> produced;
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const auto finding = judge(expected, row.fetched);
    REQUIRE(finding.has_value() == row.fault.has_value());
    if (!finding) continue;
    CHECK(finding->which == *row.fault);
    CHECK(finding->detail.starts_with(row.detail));
    CHECK(finding->detail.size() <= 240);
    produced.insert(finding->which);
  }
  CHECK(produced.size() == 8);
}

TEST_CASE("publication_check: a chain that is kept in another order is expected in that order") {
  const ThrowawayCa ours = make_test_pem();
  const auto turned = chain_of(ours.root_certificate + ours.leaf_certificate);
  CHECK_FALSE(judge(turned, answered(200, ours.root_certificate + ours.leaf_certificate)));
  CHECK(judge(turned, answered(200, ours.leaf_certificate + ours.root_certificate)));
}

TEST_CASE("publication_check: the id is of the place and of every certificate") {
  const ThrowawayCa ours = make_test_pem();
  const auto whole = chain_of(ours.leaf_certificate + ours.root_certificate);
  const Publication one{"https://cert.example.com/a.pem", whole};
  const Publication same{"https://cert.example.com/a.pem", *CertificateChain::parse(der_of(whole))};
  const Publication elsewhere{"https://cert.example.com/b.pem", whole};
  const Publication shorter{"https://cert.example.com/a.pem", chain_of(ours.leaf_certificate)};
  const Publication turned{"https://cert.example.com/a.pem",
                           chain_of(ours.root_certificate + ours.leaf_certificate)};
  CHECK(publication_id(one).size() == 64);
  CHECK(publication_id(one).find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(publication_id(one) == publication_id(same));
  const std::set<std::string> all{publication_id(one), publication_id(elsewhere),
                                  publication_id(shorter), publication_id(turned)};
  CHECK(all.size() == 4);
}

TEST_CASE("publication_check: every fault has words of its own") {
  std::set<std::string_view> words;
  for (const Fault fault :
       {Fault::unreachable, Fault::tls, Fault::redirect, Fault::status, Fault::too_large,
        Fault::no_certificate, Fault::another_chain, Fault::private_key}) {
    words.insert(to_text(fault));
  }
  CHECK(words.size() == 8);
  CHECK_FALSE(words.contains(""));
}
