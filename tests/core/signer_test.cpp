// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/test_credentials.hpp"
#include "shaken302/credential.hpp"

namespace shaken302 {
namespace {

using namespace test;

const std::string text = "header.payload";

std::shared_ptr<const CredentialTable> table_of(
    std::initializer_list<CredentialTable::Entry> entries) {
  return std::make_shared<const CredentialTable>(CredentialTable{entries});
}

bool is_signed_by(const Credential& credential, const Result<Signer::Signature, SignError>& made) {
  return made.has_value() && credential.chain().verifies(text, *made);
}

void check_failed(const Result<Signer::Signature, SignError>& made) {
  REQUIRE_FALSE(made);
  CHECK(made.error() == SignError::failed);
}

}  // namespace

TEST_CASE("signer: signs with the credential of the index") {
  const auto first = make_test_credential("first");
  const auto second = make_test_credential("second");
  Signer signer;
  signer.follow(table_of({{first.credential}, {second.credential}}));
  for (int round = 0; round < 3;
       ++round) {  // the first call prepares, the others use what is there
    CHECK(is_signed_by(second.credential, signer.sign(1, text)));
    CHECK(is_signed_by(first.credential, signer.sign(0, text)));
    CHECK_FALSE(is_signed_by(first.credential, signer.sign(1, text)));
  }
}

TEST_CASE("signer: what is signed is the SHA-256 of the text, also where that was made before") {
  const auto made = make_test_credential("house");
  Signer signer;
  const auto of_abc = signer.digest("abc");  // FIPS 180-2 B.1
  REQUIRE(of_abc);
  CHECK(std::vector<std::uint8_t>(of_abc->begin(), of_abc->begin() + 4) ==
        std::vector<std::uint8_t>{0xBA, 0x78, 0x16, 0xBF});
  CHECK(std::vector<std::uint8_t>(of_abc->end() - 4, of_abc->end()) ==
        std::vector<std::uint8_t>{0xF2, 0x00, 0x15, 0xAD});
  check_failed(signer.sign(0, *of_abc));
  signer.follow(table_of({{made.credential}}));
  const auto digest = signer.digest(text);
  REQUIRE(digest);
  CHECK(is_signed_by(made.credential, signer.sign(0, *digest)));
  CHECK_FALSE(is_signed_by(made.credential, signer.sign(0, *of_abc)));
}

TEST_CASE("signer: without a table, beyond its end, or in quarantine there is no signature") {
  const auto made = make_test_credential("house");
  Signer signer;
  check_failed(signer.sign(0, text));
  signer.follow(table_of({{made.credential, Attestation::A, false, true}, {made.credential}}));
  check_failed(signer.sign(0, text));
  CHECK(is_signed_by(made.credential, signer.sign(1, text)));
  check_failed(signer.sign(2, text));
  check_failed(signer.sign(0xFFFF'FFFF, text));
  signer.follow(nullptr);
  check_failed(signer.sign(1, text));
}

TEST_CASE("signer: a new table at the same index brings the new key at once") {
  const auto before = make_test_credential("house");
  const auto after = make_test_credential("house");
  Signer signer;
  signer.follow(table_of({{before.credential}}));
  CHECK(is_signed_by(before.credential, signer.sign(0, text)));
  signer.follow(table_of({{after.credential}}));
  CHECK(is_signed_by(after.credential, signer.sign(0, text)));
}

TEST_CASE("signer: the table that is followed stays alive, the one before does not") {
  Signer signer;
  std::weak_ptr<const CredentialTable> first;
  {
    auto table = table_of({{make_test_credential("house").credential}});
    first = table;
    signer.follow(table);
    signer.follow(table);
  }
  CHECK(first.use_count() == 1);
  CHECK(signer.sign(0, text).has_value());
  signer.follow(table_of({}));
  CHECK(first.expired());
  check_failed(signer.sign(0, text));
}

TEST_CASE("signer: a call after a reload frees a few contexts, however many there were") {
  constexpr std::uint32_t many = 3 * Signer::frees_max + 1;
  const auto made = make_test_credential("house");
  const auto make_table = [&] {
    CredentialTable table;
    for (std::uint32_t i = 0; i < many; ++i) table.entries.push_back({made.credential});
    return std::make_shared<const CredentialTable>(std::move(table));
  };
  const auto first = make_table();
  const auto second = make_table();
  Signer signer;
  CHECK_FALSE(signer.follow(first));
  for (std::uint32_t i = 0; i < many; ++i) REQUIRE(signer.sign(i, text));
  std::size_t left = many;
  while (left > Signer::frees_max) {
    CHECK(signer.follow(second));
    CHECK(is_signed_by(made.credential, signer.sign(0, text)));
    CHECK(signer.retired() == left - Signer::frees_max);
    CHECK(first.use_count() == 2);  // as long as a context refers to one of its keys
    left = signer.retired();
  }
  CHECK_FALSE(signer.follow(second));
  CHECK(signer.retired() == 0);
  CHECK(first.use_count() == 1);
}

TEST_CASE("signer: a moved signer goes on") {
  const auto made = make_test_credential("house");
  Signer first;
  first.follow(table_of({{made.credential}}));
  CHECK(first.sign(0, text).has_value());
  Signer second = std::move(first);
  CHECK(is_signed_by(made.credential, second.sign(0, text)));
  Signer third;
  third = std::move(second);
  CHECK(is_signed_by(made.credential, third.sign(0, text)));
}

TEST_CASE("signer: no two signatures share their r, which would give the key away") {
  const auto made = make_test_credential("house");
  Signer signer;
  signer.follow(table_of({{made.credential}}));
  std::set<std::string> seen;
  std::size_t short_halves = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto signature = signer.sign(0, text);
    REQUIRE(signature);
    seen.insert(std::string(signature->begin(), signature->begin() + 32));
    if ((*signature)[0] == 0 || (*signature)[32] == 0) {
      // One in 128 has a half that is shorter than 32 bytes; it must verify like every other.
      ++short_halves;
      CHECK(made.credential.chain().verifies(text, *signature));
    }
  }
  CHECK(seen.size() == 2'000);
  CHECK(short_halves > 0);  // none at all: once in ten million runs
}

TEST_CASE("signer: an empty text and a long one") {
  const auto made = make_test_credential("house");
  Signer signer;
  signer.follow(table_of({{made.credential}}));
  for (const std::string& input : {std::string(), std::string(100'000, 'x')}) {
    const auto signature = signer.sign(0, input);
    REQUIRE(signature);
    CHECK(made.credential.chain().verifies(input, *signature));
  }
}

}  // namespace shaken302
