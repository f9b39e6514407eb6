// SPDX-License-Identifier: MIT
#include "core/claim_permission.hpp"

#include <doctest/doctest.h>

#include "core/constrained_token.hpp"
#include "core/jwt_claim_constraints.hpp"
#include "shaken302/verification_service.hpp"

using namespace shaken302;
using namespace shaken302::test;

namespace {

using State = ClaimConstraints::State;
using Names = std::vector<std::string>;
using Values = std::vector<ClaimConstraints::Values>;

ClaimConstraints constraints(Names must_include, Values permitted, Names must_exclude,
                             State state = State::read) {
  ClaimConstraints made;
  made.state = state;
  made.must_include = std::move(must_include);
  made.permitted_values = std::move(permitted);
  made.must_exclude = std::move(must_exclude);
  return made;
}

}  // namespace

TEST_CASE("claim_permission: what the constraints of a certificate let a token say") {
  struct Row {
    const char* why;
    ClaimConstraints constraints;
    const char* payload;
    const char* forbidden;  ///< "": permitted
  };
  const char* listed =
      R"({"iat":1,"x":["a","b"],"n":7,"t":true,"o":{"b":1,"a":"z"},"e":[],"z":null})";
  const Row rows[] = {
      {"none", {}, shaken_payload, ""},
      {"none, whatever the lists hold", constraints({"x"}, {}, {}, State::absent), shaken_payload,
       ""},
      {"two extensions: RFC 9118 4", constraints({}, {}, {}, State::twice), shaken_payload,
       "the claim constraints cannot be relied on"},
      {"no DER", constraints({}, {}, {}, State::malformed), shaken_payload,
       "the claim constraints cannot be relied on"},
      {"a claim that must be there, and is", constraints({"attest"}, {}, {}), shaken_payload, ""},
      {"a claim that must be there, and is not", constraints({"attest", "rcdi"}, {}, {}),
       shaken_payload, "rcdi is missing"},
      {"capital letters are other letters", constraints({"Attest"}, {}, {}), shaken_payload,
       "Attest is missing"},
      {"what every token has", constraints({"iat", "orig", "dest"}, {}, {}), shaken_payload, ""},
      {"an excluded claim that is not there", constraints({}, {}, {"rcd"}), shaken_payload, ""},
      {"an excluded claim that is there", constraints({}, {}, {"rcd", "attest"}), shaken_payload,
       "attest is excluded"},
      {"an excluded claim that is null is there", constraints({}, {}, {"z"}), listed,
       "z is excluded"},
      {"excluding what every token has makes the whole void (RFC 9118 4)",
       constraints({"rcdi"}, {}, {"iat"}), shaken_payload, ""},
      {"a permitted value", constraints({}, {{"attest", {"B", "A"}}}, {}), shaken_payload, ""},
      {"a value that is not permitted", constraints({}, {{"attest", {"B", "C"}}}, {}),
       shaken_payload, "attest has a value that is not permitted"},
      {"not a part of a value", constraints({}, {{"attest", {"AB"}}}, {}), shaken_payload,
       "attest has a value that is not permitted"},
      {"values of a claim that is not there (RFC 8226 8: if it is present)",
       constraints({}, {{"div", {"x"}}}, {}), shaken_payload, ""},
      {"the same, and it must be there", constraints({"div"}, {{"div", {"x"}}}, {}), shaken_payload,
       "div is missing"},
      {"each constraint counts", constraints({}, {{"attest", {"A"}}, {"origid", {"x"}}}, {}),
       shaken_payload, "origid has a value that is not permitted"},
      {"a claim listed twice has to satisfy both",
       constraints({}, {{"attest", {"A"}}, {"attest", {"B"}}}, {}), shaken_payload,
       "attest has a value that is not permitted"},
      {"a list of permitted values", constraints({}, {{"x", {"a", "b", "c"}}}, {}), listed, ""},
      {"a list with one that is not", constraints({}, {{"x", {"a"}}}, {}), listed,
       "x has a value that is not permitted"},
      {"an empty list has no permitted value", constraints({}, {{"e", {"a"}}}, {}), listed,
       "e has a value that is not permitted"},
      {"a number", constraints({}, {{"n", {"7"}}}, {}), listed, ""},
      {"another number", constraints({}, {{"n", {"07"}}}, {}), listed,
       "n has a value that is not permitted"},
      {"true", constraints({}, {{"t", {"true"}}}, {}), listed, ""},
      {"an object", constraints({}, {{"o", {R"({"a":"z","b":1})"}}}, {}), listed, ""},
      {"another object", constraints({}, {{"o", {R"({"a":"z"})"}}}, {}), listed,
       "o has a value that is not permitted"},
      {"no object at all", constraints({"x"}, {}, {}), "[]", "the claims cannot be read"},
      {"a claim given twice", constraints({}, {{"attest", {"A"}}}, {}),
       R"({"attest":"A","attest":"B"})", "the claims cannot be read"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    CHECK(forbidden_claim(row.constraints, row.payload) == row.forbidden);
  }
}

namespace {

std::vector<std::uint8_t> der(std::uint8_t tag,
                              const std::vector<std::vector<std::uint8_t>>& parts) {
  std::vector<std::uint8_t> out{tag, 0};
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  REQUIRE(out.size() < 130);
  out[1] = static_cast<std::uint8_t>(out.size() - 2);
  return out;
}
std::vector<std::uint8_t> text(std::uint8_t tag, std::string_view content) {
  return der(tag, {{content.begin(), content.end()}});
}
/// [0] mustInclude or [2] mustExclude of one claim.
std::vector<std::uint8_t> names(std::uint8_t number, std::string_view claim) {
  return der(static_cast<std::uint8_t>(0xA0 | number), {der(0x30, {text(0x16, claim)})});
}
std::vector<std::uint8_t> attest_is(std::string_view value) {
  return der(0xA1,
             {der(0x30, {der(0x30, {text(0x16, "attest"), der(0x30, {text(0x0C, value)})})})});
}

Verification verify_under(const std::vector<RawExtension>& extensions, UnixTime now = noon,
                          bool is_altered = false) {
  const ConstrainedToken made = make_constrained_token(extensions, is_altered);
  const auto chain = CertificateChain::parse(made.certificate);
  REQUIRE(chain);
  VerificationInput input;
  input.identity = made.token;
  input.certificate = &*chain;
  input.now = now;
  return verify(input);
}

}  // namespace

TEST_CASE("claim_permission: a token that its certificate forbids does not verify") {
  const auto simple = [](const std::vector<std::vector<std::uint8_t>>& parts) {
    return RawExtension{claim_constraints_oid, false, der(0x30, parts)};
  };
  const auto enhanced = [](const std::vector<std::vector<std::uint8_t>>& parts) {
    return RawExtension{enhanced_claim_constraints_oid, false, der(0x30, parts)};
  };
  struct Row {
    const char* why;
    std::vector<RawExtension> extensions;
    VerificationResult result;
    const char* detail;
  };
  using Result = VerificationResult;
  const Row rows[] = {
      {"no constraints", {}, Result::valid, ""},
      {"A and nothing else", {simple({attest_is("A")})}, Result::valid, ""},
      {"B and nothing else",
       {simple({attest_is("B")})},
       Result::claims_not_permitted,
       "attest has a value that is not permitted"},
      {"the same by RFC 9118",
       {enhanced({attest_is("B")})},
       Result::claims_not_permitted,
       "attest has a value that is not permitted"},
      {"must be there and is", {simple({names(0, "origid")})}, Result::valid, ""},
      {"must be there and is not",
       {simple({names(0, "rcdi")})},
       Result::claims_not_permitted,
       "rcdi is missing"},
      {"must not be there and is",
       {enhanced({names(2, "attest")})},
       Result::claims_not_permitted,
       "attest is excluded"},
      {"must not be there and is not", {enhanced({names(2, "rcd")})}, Result::valid, ""},
      {"void", {enhanced({names(0, "rcdi"), names(2, "iat")})}, Result::valid, ""},
      {"both extensions",
       {simple({attest_is("A")}), enhanced({attest_is("A")})},
       Result::claims_not_permitted,
       "the claim constraints cannot be relied on"},
      {"no DER",
       {{claim_constraints_oid, false, {0x30}}},
       Result::claims_not_permitted,
       "the claim constraints cannot be relied on"},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const Verification verification = verify_under(row.extensions);
    CHECK(to_text(verification.result) == to_text(row.result));
    CHECK(verification.detail == row.detail);
    CHECK(verification.passport.has_value());
  }
  // Whoever did not sign it says nothing; and what may not be said is not a question of its age.
  const std::vector<RawExtension> only_b{simple({attest_is("B")})};
  CHECK(verify_under(only_b, noon, true).result == Result::bad_signature);
  CHECK(verify_under(only_b, noon + std::chrono::hours{1}).result == Result::claims_not_permitted);
}
