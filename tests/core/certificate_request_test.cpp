// SPDX-License-Identifier: MIT
#include "core/certificate_request.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <set>

#include "core/es256.hpp"
#include "core/openssl_ptr.hpp"
#include "core/tn_auth_list.hpp"

namespace shaken302 {
namespace {

using Error = CertificateRequestError;
using RequestPtr = OpensslPtr<X509_REQ, X509_REQ_free>;

RequestPtr read_request(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  RequestPtr request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(request);
  return request;
}

KeyPtr read_key(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(key);
  return key;
}

TEST_CASE("certificate_request: codes and numbers become a list, or a reason why not") {
  struct Row {
    const char* why;
    std::vector<std::string> codes;
    std::vector<std::string> numbers;
    std::optional<Error> error;
    std::string base64;
  };
  const Row rows[] = {
      // The value of RFC 9118's example: 30 08 A0 06 16 04 "1234".
      {"one code", {"1234"}, {}, {}, "MAigBhYEMTIzNA=="},
      {"a code with letters", {"709J"}, {}, {}, "MAigBhYENzA5Sg=="},
      {"one number", {}, {"12155550100"}, {}, "MA+iDRYLMTIxNTU1NTAxMDA="},
      {"a plus is what people write", {}, {"+12155550100"}, {}, "MA+iDRYLMTIxNTU1NTAxMDA="},
      {"a range", {}, {"10-19"}, {}, "MAuhCTAHFgIxMAIBCg=="},
      {"a range with plus on both sides", {}, {"+10-+19"}, {}, "MAuhCTAHFgIxMAIBCg=="},
      {"nothing", {}, {}, Error::nothing_asked, ""},
      {"an empty code", {""}, {}, Error::service_provider_code, ""},
      {"lower case", {"709j"}, {}, Error::service_provider_code, ""},
      {"a blank in a code", {"12 34"}, {}, Error::service_provider_code, ""},
      {"a code of 33", {std::string(33, '1')}, {}, Error::service_provider_code, ""},
      {"no digits", {}, {""}, Error::number, ""},
      {"a plus alone", {}, {"+"}, Error::number, ""},
      {"punctuation", {}, {"1 215 555"}, Error::number, ""},
      {"16 digits", {}, {"1234567890123456"}, Error::number, ""},
      {"a star", {}, {"*67"}, Error::number, ""},
      {"a range without its end", {}, {"10-"}, Error::number, ""},
      {"a range with three ends", {}, {"10-12-14"}, Error::number, ""},
      {"a range of one", {}, {"10-10"}, Error::range, ""},
      {"a range backwards", {}, {"19-10"}, Error::range, ""},
      {"ends of different length", {}, {"99-100"}, Error::range, ""},
      {"start and count reach the next length (RFC 8226 9)", {}, {"10-99"}, Error::range, ""},
      {"one after another", {}, std::vector<std::string>(1001, "1"), Error::too_many, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto list = read_tn_auth_list(row.codes, row.numbers);
    REQUIRE(list.has_value() == !row.error.has_value());
    if (row.error) {
      CHECK(list.error() == *row.error);
      continue;
    }
    CHECK(to_texts(*list).base64 == row.base64);
  }
}

TEST_CASE("certificate_request: base64url has neither padding nor characters that URLs mean") {
  TnAuthList list;
  // 3E and 3F at the right places give + and / in base64.
  list.service_provider_codes = {"~~>??"};
  const auto texts = to_texts(list);
  CHECK(texts.base64.find_first_of("+/") != std::string::npos);
  CHECK(texts.base64url.find_first_of("+/=") == std::string::npos);
  CHECK(texts.base64url.size() == texts.base64.find('='));
}

TEST_CASE("certificate_request: subjects") {
  struct Row {
    const char* why;
    std::string text;
    std::optional<SubjectName> subject;
  };
  const Row rows[] = {
      {"none", "", SubjectName{}},
      {"three", "C=US, O=Example, CN=SHAKEN 1234",
       SubjectName{{"C", "US"}, {"O", "Example"}, {"CN", "SHAKEN 1234"}}},
      {"a comma in a name", "O=Example\\, Inc.", SubjectName{{"O", "Example, Inc."}}},
      {"spaces around", " O=Example ,CN=x ", SubjectName{{"O", "Example"}, {"CN", "x"}}},
      {"a space that is meant", "O=x\\ ", SubjectName{{"O", "x "}}},
      {"beyond ASCII", "O=T\xC3\xA9l\xC3\xA9", SubjectName{{"O", "T\xC3\xA9l\xC3\xA9"}}},
      {"an equals sign in a value", "O=a=b", SubjectName{{"O", "a=b"}}},
      {"a type that nobody knows", "X=1", std::nullopt},
      {"no type", "Example", std::nullopt},
      {"an empty value", "O=", std::nullopt},
      {"a comma too many", "O=x,", std::nullopt},
      {"a backslash at the end", "O=x\\", std::nullopt},
      {"a control character", "O=x\ny", std::nullopt},
      {"a country of three letters", "C=USA", std::nullopt},
      {"a country in lower case", "C=us", std::nullopt},
      {"longer than X.520 allows", "O=" + std::string(65, 'x'), std::nullopt},
      {"no UTF-8", "O=\xFF", std::nullopt},
      {"without end", "O=" + std::string(2000, 'x'), std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto subject = read_subject(row.text);
    REQUIRE(subject.has_value() == row.subject.has_value());
    if (subject) {
      CHECK(*subject == *row.subject);
    } else {
      CHECK(subject.error() == Error::subject);
    }
  }
}

TEST_CASE("certificate_request: the request is of the new key, for the list, and signed") {
  const auto list = read_tn_auth_list({"1234"}, {"12155550100", "12155550110-12155550119"});
  const auto subject = read_subject("C=US, O=Example, CN=SHAKEN 1234");
  REQUIRE(list);
  REQUIRE(subject);
  const auto made = make_certificate_request(*subject, *list);
  REQUIRE(made);
  CHECK(made->key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const RequestPtr request = read_request(made->request);
  const KeyPtr key = read_key(made->key);
  CHECK(is_named_p256(key.get()));
  CHECK(X509_REQ_check_private_key(request.get(), key.get()) == 1);
  CHECK(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) == 1);
  CHECK(X509_REQ_get_signature_nid(request.get()) == NID_ecdsa_with_SHA256);
  CHECK(X509_REQ_get_version(request.get()) == 0);
  CHECK(X509_NAME_entry_count(X509_REQ_get_subject_name(request.get())) == 3);

  auto* extensions = X509_REQ_get_extensions(request.get());
  REQUIRE(sk_X509_EXTENSION_num(extensions) == 1);
  X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, 0);
  CHECK(X509_EXTENSION_get_critical(extension) == 0);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  const auto decoded = parse_tn_auth_list(
      {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))});
  REQUIRE(decoded);
  CHECK(decoded->service_provider_codes == std::vector<std::string>{"1234"});
  CHECK(decoded->numbers == std::vector<std::string>{"12155550100"});
  REQUIRE(decoded->ranges.size() == 1);
  CHECK(decoded->ranges[0].start == "12155550110");
  CHECK(decoded->ranges[0].count == 10);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

TEST_CASE("certificate_request: a subject that X.520 has not makes nothing") {
  const auto list = read_tn_auth_list({"1234"}, {});
  REQUIRE(list);
  const auto made = make_certificate_request({{"O", std::string(65, 'x')}}, *list);
  REQUIRE(!made.has_value());
  CHECK(made.error() == Error::subject);
}

TEST_CASE("certificate_request: no two keys are the same, and each error has its own text") {
  const auto list = read_tn_auth_list({"1234"}, {});
  REQUIRE(list);
  CHECK(make_certificate_request({}, *list)->key != make_certificate_request({}, *list)->key);
  std::set<std::string_view> texts;
  for (const Error error : {Error::service_provider_code, Error::number, Error::range,
                            Error::nothing_asked, Error::too_many, Error::subject}) {
    texts.insert(to_text(error));
  }
  CHECK(texts.size() == 6);
}

}  // namespace
}  // namespace shaken302
