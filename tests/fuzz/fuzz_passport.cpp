// SPDX-License-Identifier: MIT
//
// Tokens. The first byte says what the rest is:
//
//   t   a token, or the value of an Identity field with one, that a stranger sent
//   j   the JSON of a header, a line end and the JSON of a payload, which we sign
//   w   claims, one a line: level, orig, dest, iat, sixteen bytes of origid; written and read
//
// Nothing that our key has not signed is ever valid, and nothing that it has signed has a bad
// signature.
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/es256.hpp"
#include "fuzz_target.hpp"
#include "published_key.hpp"
#include "shaken302/passport.hpp"
#include "shaken302/verification_service.hpp"

namespace shaken302::fuzz {
namespace {

using nlohmann::json;

struct Signatory {
  KeyPtr key = make_published_key();
  KeyContextPtr prepared = prepare_signing(key.get());
  Sha256 sha256;
  CertificateChain chain = make_chain();

  CertificateChain make_chain() {
    test::CertificateSpec spec;
    spec.key = key.get();
    spec.not_before = test::day_before_noon;
    spec.not_after = test::day_after_noon;
    auto made = CertificateChain::parse_pem(test::to_pem(test::make_certificate(spec).get()));
    if (!made) throw std::runtime_error("no chain to verify with");
    return *made;
  }
  RawSignature sign(std::string_view text) {
    Sha256::Digest digest;
    RawSignature signature{};
    test::require_ok(sha256.digest(text, digest) && sign_es256(prepared.get(), digest, signature));
    return signature;
  }
};

Signatory& signatory() {
  static Signatory one;
  return one;
}

std::string base64url(std::string_view bytes) {
  std::vector<char> buffer(bytes.size() * 2 + 4);
  BoundedText out(buffer);
  append_base64url(out, bytes);
  return std::string(out.view());
}

std::string base64url(const RawSignature& signature) {
  return base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

std::string signed_token(std::string_view header, std::string_view payload) {
  const std::string input = base64url(header) + "." + base64url(payload);
  return input + "." + base64url(signatory().sign(input));
}

Verification verdict_on(std::string_view identity) {
  return verify({.identity = identity,
                 .certificate = &signatory().chain,
                 .anchors = nullptr,
                 .calling = {},
                 .called = {},
                 .now = test::noon});
}

bool is_in(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

bool are_identities(const PassportIdentity& identity) {
  for (const std::string& tn : identity.tn) {
    if (tn.empty() || tn.size() > 15 || !consists_of(tn, "0123456789*#")) return false;
  }
  for (const std::string& uri : identity.uri) {
    if (uri.empty() || holds_control_character(uri) || uri.find(' ') != uri.npos) return false;
  }
  return true;
}

/// The claims as another reading of the same JSON has them.
std::string differs_from_json(const Passport& passport) {
  const json header = json::parse(passport.header_json, nullptr, false);
  const json payload = json::parse(passport.payload_json, nullptr, false);
  if (!header.is_object() || !payload.is_object()) return "JSON that nobody else can read";
  if (header.value("typ", "") != "passport" || header.value("alg", "") != "ES256" ||
      header.contains("crit") || header.value("x5u", "") != passport.x5u ||
      header.value("ppt", "") != passport.ppt) {
    return "another header";
  }
  if (payload["iat"] != passport.iat.time_since_epoch().count()) return "another iat";
  const json& orig = payload["orig"];
  const json& dest = payload["dest"];
  const bool is_tn = !passport.orig.tn.empty();
  if (orig.size() != 1 || passport.orig.tn.size() + passport.orig.uri.size() != 1 ||
      orig[is_tn ? "tn" : "uri"] != (is_tn ? passport.orig.tn[0] : passport.orig.uri[0])) {
    return "another orig";
  }
  if (passport.dest.tn.size() + passport.dest.uri.size() == 0 ||
      dest.value("tn", std::vector<std::string>{}) != passport.dest.tn ||
      dest.value("uri", std::vector<std::string>{}) != passport.dest.uri) {
    return "another dest";
  }
  if (passport.ppt != "shaken") return {};
  if (!passport.attest || !passport.origid || payload["origid"] != *passport.origid ||
      payload["attest"] != std::string(1, to_char(*passport.attest))) {
    return "other claims of shaken";
  }
  return {};
}

/// A member given twice, or depth without end, is never read.
std::string reads_too_much(const Passport& passport) {
  const auto brace = passport.payload_json.find('{');
  for (const std::string& more :
       {std::string(R"("iat":1893456000,)"),
        R"("zz":)" + std::string(9, '[') + "0" + std::string(9, ']') + ",",
        std::string("\"zz\":\"\\u0000\","), std::string(R"("zz":1,"zz":1,)")}) {
    std::string payload = passport.payload_json;
    payload.insert(brace + 1, more);
    if (payload.size() > 4000) return {};  // the length may be what is refused
    const auto read = parse_passport(signed_token(passport.header_json, payload));
    if (read) return "read with " + more;
  }
  return {};
}

std::string wrong_passport(const Passport& passport, std::string_view token) {
  if (!is_in(passport.ppt, {"", "shaken", "div", "div-o", "rph", "rcd", "msg"})) return "the ppt";
  if (!are_identities(passport.orig) || !are_identities(passport.dest)) return "an identity";
  const std::string input =
      base64url(passport.header_json) + "." + base64url(passport.payload_json);
  if (passport.signing_input != input) return "what is signed is not what was read";
  if (token != input + "." + base64url(passport.signature)) return "a second text of one token";
  const auto segments = decode_segments(token);
  if (!segments || segments->header_json != passport.header_json ||
      segments->payload_json != passport.payload_json || segments->signature_bytes != 64) {
    return "decoded to something else";
  }
  if (auto wrong = differs_from_json(passport); !wrong.empty()) return wrong;
  return reads_too_much(passport);
}

/// By our key or not: a changed signature, a longer token, a cut one.
std::string accepts_a_changed(std::string_view token) {
  std::string changed(token);
  const auto dot = changed.rfind('.');
  if (dot == changed.npos || dot + 10 > changed.size()) return {};
  changed[dot + 7] = changed[dot + 7] == 'A' ? 'B' : 'A';
  for (const std::string& other :
       {changed, std::string(token) + "A", std::string(token.substr(0, token.size() - 1)),
        std::string(token.substr(0, dot + 1))}) {
    if (verdict_on(other).result == VerificationResult::valid) return "valid after a change";
  }
  return {};
}

std::string check_stranger(std::string_view value) {
  if (const auto passport = parse_passport(value)) {
    if (auto wrong = wrong_passport(*passport, value); !wrong.empty()) return wrong;
  }
  const auto verdict = verdict_on(value);
  if (verdict.result == VerificationResult::valid) return "a token of a stranger is valid";
  if (holds_control_character(verdict.detail)) return "a control character in the detail";
  return holds_control_character(to_text(verdict.result)) ? "the name of a verdict" : "";
}

std::string check_signed(std::string_view text) {
  const auto line = std::min(text.find('\n'), text.size());
  const auto payload = text.substr(std::min(line + 1, text.size()));
  const std::string token = signed_token(text.substr(0, line), payload);
  const auto passport = parse_passport(token);
  const auto verdict = verdict_on(token);
  if (auto wrong = accepts_a_changed(token); !wrong.empty()) return wrong;
  if (!passport) {
    return verdict.result == VerificationResult::malformed_passport ? ""
                                                                    : "a token nobody can read";
  }
  if (auto wrong = wrong_passport(*passport, token); !wrong.empty()) return wrong;
  const auto iat = passport->iat;
  VerificationResult expected = VerificationResult::valid;
  if (iat < test::noon - std::chrono::seconds(60) || iat > test::noon + std::chrono::seconds(60)) {
    expected = VerificationResult::stale;
  }
  if (iat < test::day_before_noon || iat > test::day_after_noon) {
    expected = VerificationResult::certificate_not_valid_now;
  }
  return verdict.result == expected ? "" : "the verdict is " + std::string(to_text(verdict.result));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (auto end = text.find('\n'); end != text.npos && lines.size() < 4; end = text.find('\n')) {
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.push_back(text);
  return lines;
}

std::string check_written(std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.size() != 5 || lines[0].size() != 1) return {};
  const auto level = parse_attestation(lines[0]);
  const auto orig = parse_canonical_number(lines[1]);
  const auto called = parse_canonical_number(lines[2]);
  std::int64_t iat = -1;
  const auto end = lines[3].data() + lines[3].size();
  if (std::from_chars(lines[3].data(), end, iat).ptr != end || iat < 0 || iat > 253402300799) {
    return {};
  }
  if (!level || !orig || lines[4].size() != 16) return {};
  std::array<std::uint8_t, 16> bytes{};
  std::copy(lines[4].begin(), lines[4].end(), bytes.begin());
  ShakenClaims claims;
  claims.attest = *level;
  claims.orig = *orig;
  claims.dest = called ? Destination(*called) : Destination(std::string_view("urn:service:sos"));
  claims.iat = UnixTime(std::chrono::seconds(iat));
  claims.origid = Uuid::from_bytes(bytes);

  std::array<char, 4096> buffer;
  BoundedText out(buffer);
  append_signing_input(out, make_shaken_header_segment("https://cert.example.com/a.pem"), claims);
  const std::string input(out.view());
  const std::string token = input + "." + base64url(signatory().sign(input));
  const auto read = parse_passport(token);
  if (out.overflowed() || !read) return "our own token cannot be read";
  const auto uuid = Uuid::parse(claims.origid.text());
  if (!uuid || *uuid != claims.origid) return "a UUID that is not read again";
  if (read->attest != claims.attest || read->orig.tn != std::vector{std::string(orig->digits())} ||
      read->iat != claims.iat || read->origid != std::string(claims.origid.text()) ||
      (called ? read->dest.tn != std::vector{std::string(called->digits())}
              : read->dest.uri != std::vector<std::string>{"urn:service:sos"})) {
    return "our own token says something else";
  }
  if (json::parse(read->payload_json).dump() != read->payload_json) return "not canonical JSON";
  return wrong_passport(*read, token);
}

}  // namespace

std::string broken_by(std::string_view input) {
  if (input.empty()) return {};
  const auto rest = input.substr(1);
  switch (input.front()) {
    case 'j':
      return check_signed(rest);
    case 'w':
      return check_written(rest);
    default:
      return check_stranger(rest);
  }
}

}  // namespace shaken302::fuzz
