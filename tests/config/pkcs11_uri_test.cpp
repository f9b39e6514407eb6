// SPDX-License-Identifier: MIT
#include "config/pkcs11_uri.hpp"

#include <doctest/doctest.h>

#include <string>

namespace shaken302::config {

TEST_CASE("pkcs11_uri: the scheme tells it from a file, in capitals too") {
  CHECK(is_pkcs11_uri("pkcs11:"));
  CHECK(is_pkcs11_uri("PKCS11:token=a"));
  CHECK_FALSE(is_pkcs11_uri("pkcs11"));
  CHECK_FALSE(is_pkcs11_uri("keys/pkcs11:token=a"));
  CHECK_FALSE(is_pkcs11_uri(""));
}

TEST_CASE("pkcs11_uri: a token and a key, in any order and in every form of the RFC") {
  struct Row {
    const char* why;
    const char* text;
    const char* token;
  };
  const Row rows[] = {
      {"the example", "pkcs11:token=shaken;object=house;type=private", "pkcs11:token=shaken"},
      {"the key first", "pkcs11:object=house;token=shaken", "pkcs11:token=shaken"},
      {"by id and serial number", "pkcs11:id=%00%01;serial=00ab", "pkcs11:serial=00ab"},
      {"everything of the token",
       "pkcs11:serial=1;model=SoftHSM%20v2;manufacturer=SoftHSM%20project;token=a;id=1",
       "pkcs11:token=a;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;serial=1"},
      {"all that may stand for itself", "pkcs11:token=-._~:[]@!$'()*+,=;object=%26",
       "pkcs11:token=-._~:[]@!$'()*+,="},
      {"32 bytes of a label, some written in three",
       "pkcs11:token=%41%41%41%41AAAAAAAAAAAAAAAAAAAAAAAAAAAA;object=a",
       "pkcs11:token=%41%41%41%41AAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const auto uri = parse_pkcs11_uri(row.text);
    REQUIRE(uri);
    CHECK(uri->text == row.text);
    CHECK(uri->token == row.token);
  }
}

TEST_CASE("pkcs11_uri: what the engine would refuse, ignore or guess is refused") {
  struct Row {
    const char* why;
    std::string text;
    const char* problem;
  };
  const std::string rest = ";object=house";
  const Row rows[] = {
      {"nothing", "pkcs11:", "is not a PKCS#11 URI"},
      {"a word", "pkcs11:house", "is not a PKCS#11 URI"},
      {"an empty attribute", "pkcs11:token=a;;object=b", "is not a PKCS#11 URI"},
      {"a semicolon at the end", "pkcs11:token=a;object=b;", "is not a PKCS#11 URI"},
      {"a PIN", "pkcs11:token=a;object=b?pin-value=1", "with a PIN or its place"},
      {"the place of a PIN", "pkcs11:token=a;object=b?pin-source=file:x",
       "with a PIN or its place"},
      {"a PIN as the engine takes it too", "pkcs11:token=a;object=b;pin-value=1",
       "with a PIN or its place"},
      {"a module", "pkcs11:token=a;object=b?module-name=x", "with a query"},
      {"a slot, which the engine ignores", "pkcs11:slot-id=1;object=b",
       "with \"slot-id\", which is not supported"},
      {"a certificate", "pkcs11:token=a;object=b;type=cert", "something that is no private key"},
      {"no token", "pkcs11:object=house", "names no token"},
      {"a model alone is no token", "pkcs11:model=SoftHSM;object=a", "names no token"},
      {"no key", "pkcs11:token=a;type=private", "names no key"},
      {"twice", "pkcs11:token=a;token=b;object=c", "with two of \"token\""},
      {"an empty label", "pkcs11:token=" + rest, "\"token\" is empty or longer than 32 bytes"},
      {"33 bytes of a label", "pkcs11:token=" + std::string(33, 'a') + rest,
       "\"token\" is empty or longer than 32 bytes"},
      {"an id of 65 bytes", "pkcs11:token=a;id=" + std::string(65, 'a'),
       "\"id\" is empty or longer than 64 bytes"},
      {"a blank", "pkcs11:token=my token;object=b", "\"token\" is malformed"},
      {"an ampersand, where the engine ends an attribute", "pkcs11:token=a&b;object=b",
       "\"token\" is malformed"},
      {"half an escape", "pkcs11:token=a%4;object=b", "\"token\" is malformed"},
      {"no hexadecimal digit", "pkcs11:token=a%4g;object=b", "\"token\" is malformed"},
      {"a zero byte in a label", "pkcs11:token=a%00b;object=b", "\"token\" is malformed"},
      {"a quote", "pkcs11:token=a;object=\"b\"", "\"object\" is malformed"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const auto uri = parse_pkcs11_uri(row.text);
    REQUIRE_FALSE(uri);
    CHECK(uri.error().problem.find(row.problem) != std::string::npos);
    CHECK_FALSE(uri.error().remedy.empty());
  }
}

}  // namespace shaken302::config
